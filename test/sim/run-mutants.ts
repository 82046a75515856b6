// Every mutant against the seeds, and the table that comes of it: what proves the checks.
// Owns: the order and the table. Does not own: the mutants (mutants.ts, check-mutants.ts), one mutant's trials (try-mutant.ts).

import { invariant } from "@counterfoil/contracts"
import { blindMutants, wrongMutants } from "./check-mutants.ts"
import { mutants } from "./mutants.ts"
import type { Mutant } from "./plant.ts"
import { tryBlind, tryMutant, type Trial } from "./try-mutant.ts"

/** Which mutants to run, and where to say how it goes. */
export interface MutantOptions {
  readonly only: string | null
  readonly threads: number
  readonly tell: (line: string) => void
}

/** The answer: a table for the page, a last line, and how many nothing caught. */
export interface MutantTable {
  readonly run: number
  readonly survived: number
  readonly text: string
  readonly page: string
}

interface Row {
  readonly mutant: Mutant
  readonly trials: readonly Trial[]
}

/** Runs all mutants, or those that are named. */
export async function runMutants({ only, threads, tell }: MutantOptions): Promise<MutantTable> {
  const chosen = entrants.filter(({ mutant }) => only === null || only.split(",").includes(mutant.id))
  const rows = new Map<string, Row>()
  let next = 0
  const work = async (): Promise<void> => {
    for (let entrant = chosen[next++]; entrant !== undefined; entrant = chosen[next++]) {
      const { mutant } = entrant
      const row = { mutant, trials: await entrant.run() }
      rows.set(mutant.id, row)
      tell(`${mutant.id.padEnd(5)} ${medianOf(row).padStart(5)} seeds  ${caughtBy(row)}`)
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
  const ordered = chosen.flatMap(({ mutant }) => rows.get(mutant.id) ?? [])
  const survived = ordered.filter(({ trials }) => trials.includes(null)).length
  return {
    run: ordered.length,
    survived,
    text: `${ordered.length} mutants, ${ordered.length - survived} caught, ${survived} survived`,
    page: pageOf(ordered),
  }
}

interface Entrant {
  readonly mutant: Mutant
  run(): Promise<readonly Trial[]>
}

const entrants: readonly Entrant[] = [
  ...[...mutants, ...wrongMutants].map((mutant): Entrant => ({ mutant, run: () => tryMutant(mutant) })),
  ...blindMutants.map((mutant): Entrant => {
    const planted = mutants.find(({ id }) => id === mutant.lets)
    invariant(planted !== undefined, "INV-08", { mutant: mutant.id })
    return { mutant, run: () => tryBlind(mutant, planted) }
  }),
]

/** What caught it most often. */
function caughtBy({ trials }: Row): string {
  if (trials.includes(null)) return "**survived**"
  const counts = Map.groupBy(trials, (trial) => trial?.by ?? "")
  const [first] = [...counts].toSorted(([, a], [, b]) => b.length - a.length)
  return first?.[0] ?? "**survived**"
}

function medianOf({ trials }: Row): string {
  const seeds = trials.flatMap((trial) => (trial === null ? [] : [trial.seeds])).toSorted((a, b) => a - b)
  return seeds.length === 0 ? "–" : String(seeds[Math.floor(seeds.length / 2)])
}

const pageOf = (rows: readonly Row[]): string =>
  [
    "| mutant | what is wrong with it | caught by | median seeds |",
    "| --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row.mutant.id} | ${row.mutant.says} | ${caughtBy(row)} | ${medianOf(row)} |`),
    "",
  ].join("\n")
