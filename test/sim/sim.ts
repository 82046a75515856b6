// `npm run sim`: many seeds, or every mutant, from the command line.
// Owns: options, progress, the last word and the exit code. Does not own: runs, checks, mutants.
// Exits 0 only when something ran, nothing was violated, and every fault, status and check was met.

import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { countOf, readOptions } from "../support/read-options.ts"
import { openCoverage } from "./coverage.ts"
import type { CaseAnswer } from "./orders.ts"
import { openPool, type Pool } from "./pool.ts"
import { runMutants } from "./run-mutants.ts"
import type { Case } from "./run-seed.ts"
import { shrink } from "./shrink.ts"

const options = {
  seeds: { type: "string", default: "1000" },
  seed: { type: "string" },
  from: { type: "string", default: "1" },
  threads: { type: "string", default: "2" },
  mutants: { type: "boolean", default: false },
  only: { type: "string" },
  write: { type: "string" },
} as const

const help = `npm run sim -- [options]

Simulates a whole control plane with many seeds, and checks every run.

  --seeds COUNT    how many seeds (1000)
  --from SEED      the first of them (1)
  --seed SEED      one seed, twice: prints its executions, and whether both runs were the same to the byte
  --mutants        every planted fault, until a check finds it
  --only M06,M29   with --mutants: these alone
  --write PAGE     with --mutants: writes the table into this page
  --threads COUNT  how many threads (2)
`

const values = readOptions(help, () => {
  const typed = parseArgs({ options }).values
  return {
    ...typed,
    seeds: countOf("--seeds", typed.seeds),
    from: countOf("--from", typed.from),
    threads: countOf("--threads", typed.threads),
    seed: typed.seed === undefined ? null : countOf("--seed", typed.seed),
  }
})

async function main(): Promise<number> {
  if (values.mutants) {
    const table = await runMutants({
      only: values.only ?? null,
      threads: values.threads,
      tell: say,
    })
    say(table.text)
    if (values.write !== undefined) writeBetween(values.write, table.page)
    return table.survived === 0 && table.run > 0 ? 0 : 1
  }
  return values.seed === null ? runMany(values.from, values.seeds) : runOne(values.seed)
}

const caseOf = (seed: number): Case => ({ seed, without: [], wishesMax: 9 })

async function runMany(from: number, count: number): Promise<number> {
  const coverage = openCoverage()
  const failures: CaseAnswer[] = []
  const began = performance.now()
  let [next, done] = [from, 0]
  const pools = await Promise.all(Array.from({ length: values.threads }, () => openPool()))
  const work = async (pool: Pool): Promise<void> => {
    while (next < from + count && failures.length < failuresMax) {
      const seeds = Array.from({ length: Math.min(batch, from + count - next) }, (_, i) => next + i)
      next += seeds.length
      for (const answer of await pool.run(seeds.map(caseOf))) {
        coverage.add(answer)
        done += 1
        if (answer.violations.length > 0) failures.push(answer)
        if (done % 1_000 === 0)
          say(`${done} seeds, ${(done / seconds(began)).toFixed(0)} a second, ${failures.length} violated`)
      }
    }
  }
  await Promise.all(pools.map(work))
  const [pool] = pools
  for (const failing of failures) if (pool !== undefined) report(await shrink(pool, failing))
  await Promise.all(pools.map((one) => one.close()))
  say(coverage.lines().join("\n"))
  const missing = count >= seedsForCoverage ? coverage.missing() : []
  for (const line of missing) say(`NOT MET  ${line}`)
  say(`${done} seeds in ${seconds(began).toFixed(0)} s, ${failures.length} violated`)
  return done > 0 && failures.length === 0 && missing.length === 0 ? 0 : 1
}

// One batch takes about a second, so that progress is seen and threads end together.
const batch = 25
const failuresMax = 5
// Below this, a rare fault may not have had its turn.
const seedsForCoverage = 1_000
const seconds = (began: number): number => (performance.now() - began) / 1_000

async function runOne(seed: number): Promise<number> {
  const pool = await openPool()
  const [answer, again] = [...(await pool.run([caseOf(seed), caseOf(seed)], true))]
  if (answer === undefined || again === undefined) return 1
  const same = answer.fingerprint === again.fingerprint
  say(
    `seed ${seed}: ${answer.events} events, ${answer.statuses.join(", ")}, fingerprint ${answer.fingerprint}`,
  )
  if (!same) say("NOT DETERMINISTIC: a second run of the seed differs")
  if (answer.violations.length === 0) say(answer.trees)
  else report(await shrink(pool, answer))
  await pool.close()
  return same && answer.violations.length === 0 ? 0 : 1
}

function report({ asked, chosen, violations, trees, wishes }: CaseAnswer): void {
  say(
    `\nseed ${asked.seed} at commit ${commit()}: ${wishes} wishes, with ${chosen.join(", ") || "no faults"}`,
  )
  for (const { check, shows, faults } of violations)
    say(`  ${shows} ${check}\n    ${faults.slice(0, 3).join("\n    ")}`)
  say(trees)
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim()
  } catch {
    return "unknown"
  }
}

/** Puts the table between the two marks of a page, and leaves the rest of it alone. */
function writeBetween(path: string, table: string): void {
  const [before, , after] = readFileSync(path, "utf8").split(
    /(?<=<!-- mutants -->\n)|(?=<!-- end of mutants -->)/,
  )
  if (before === undefined || after === undefined)
    throw new RangeError(`${path} has no place for the mutants`)
  writeFileSync(path, `${before}\n${table}\n${after}`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

process.exitCode = await main()
