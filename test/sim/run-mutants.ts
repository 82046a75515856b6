// Every mutant against the seeds until something catches it: what proves the checks.
// Owns: how often each is tried, and the table. Does not own: the mutants (mutants.ts), planting (plant.ts).

import { mutants } from "./mutants.ts"
import type { Mutant } from "./plant.ts"
import { openPool } from "./pool.ts"

/** Which mutants to run, and where to say how it goes. */
export interface MutantOptions {
  readonly only: string | null
  readonly threads: number
  readonly tell: (line: string) => void
}

/** The answer: a table for the terminal, a table for the page, and how many nothing caught. */
export interface MutantTable {
  readonly run: number
  readonly survived: number
  readonly text: string
  readonly page: string
}

interface Row {
  readonly mutant: Mutant
  readonly caughtBy: readonly string[]
  /** Seeds to the first violation in each trial; null where the trial ended without one. */
  readonly seeds: readonly (number | null)[]
}

const trials = 3
const seedsMax = 1_000
// Each trial has seeds of its own.
const trialSpan = 100_000
const batch = 10
const hangsAfterMs = 60_000

/** Runs all mutants, or the one that is named. */
export async function runMutants({ only, threads, tell }: MutantOptions): Promise<MutantTable> {
  const chosen = mutants.filter(({ id }) => only === null || only.split(",").includes(id))
  const rows = new Map<string, Row>()
  let next = 0
  const work = async (): Promise<void> => {
    for (let mutant = chosen[next++]; mutant !== undefined; mutant = chosen[next++]) {
      const row = await tryMutant(mutant)
      rows.set(mutant.id, row)
      tell(
        `${mutant.id}  ${row.caughtBy.length === 0 ? "SURVIVED" : `${median(row.seeds)} seeds, ${row.caughtBy[0]}`}`,
      )
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
  const ordered = chosen.flatMap(({ id }) => rows.get(id) ?? [])
  const survived = ordered.filter(({ caughtBy }) => caughtBy.length === 0).length
  return { run: ordered.length, survived, text: textOf(ordered, survived), page: pageOf(ordered) }
}

/** Runs one mutant in all trials; a thread that breaks or hangs has caught it too. */
export async function tryMutant(mutant: Mutant, trialCount = trials): Promise<Row> {
  const caughtBy = new Map<string, number>()
  const seeds: (number | null)[] = []
  for (let trial = 0; trial < trialCount; trial += 1) {
    const found = await oneTrial(mutant, 1 + trial * trialSpan)
    seeds.push(found?.seeds ?? null)
    if (found !== null) caughtBy.set(found.check, (caughtBy.get(found.check) ?? 0) + 1)
    // What a whole trial did not find is not found by four more in a time that anybody waits.
    else break
  }
  const ordered = [...caughtBy].toSorted(([, a], [, b]) => b - a).map(([check]) => check)
  return { mutant, seeds, caughtBy: seeds.includes(null) && seeds.length === 1 ? [] : ordered }
}

async function oneTrial(
  mutant: Mutant,
  from: number,
): Promise<{ readonly seeds: number; readonly check: string } | null> {
  const pool = await openPool(mutant)
  try {
    for (let seed = from; seed < from + seedsMax; seed += batch) {
      const cases = Array.from({ length: batch }, (_, i) => ({ seed: seed + i, without: [], wishesMax: 9 }))
      const answers = await Promise.race([pool.run(cases), hang()])
      if (answers === null) return { seeds: seed - from + 1, check: "the run ends" }
      const index = answers.findIndex(({ violations }) => violations.length > 0)
      const check = answers[index]?.violations[0]?.check
      if (check !== undefined) return { seeds: seed - from + index + 1, check }
    }
    return null
  } catch (error) {
    return {
      seeds: 1,
      check: `the run breaks: ${error instanceof Error ? error.message.slice(0, 60) : "unknown"}`,
    }
  } finally {
    await pool.close()
  }
}

const hang = (): Promise<null> =>
  new Promise((resolve) => setTimeout(() => resolve(null), hangsAfterMs).unref())

function median(seeds: readonly (number | null)[]): string {
  const found = seeds.filter((one) => one !== null).toSorted((a, b) => a - b)
  return found.length === 0 ? "–" : String(found[Math.floor(found.length / 2)])
}

const textOf = (rows: readonly Row[], survived: number): string =>
  [
    ...rows.map(
      ({ mutant, caughtBy, seeds }) =>
        `${mutant.id.padEnd(5)} ${(caughtBy[0] ?? "SURVIVED").padEnd(60)} ${median(seeds).padStart(5)}  ${mutant.says}`,
    ),
    `${rows.length} mutants, ${rows.length - survived} caught, ${survived} survived`,
  ].join("\n")

const pageOf = (rows: readonly Row[]): string =>
  [
    "| mutant | what is wrong with it | caught by | median seeds |",
    "| --- | --- | --- | --- |",
    ...rows.map(
      ({ mutant, caughtBy, seeds }) =>
        `| ${mutant.id} | ${mutant.says} | ${caughtBy[0] ?? "**survived**"} | ${median(seeds)} |`,
    ),
    "",
  ].join("\n")
