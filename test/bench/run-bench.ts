// One run: rounds of every measurement in turn on one installation, and a look into the database after each round.
// Owns: sizes, order, rounds. Does not own: any measurement, nor how the report is shown (bench.ts).

import { checkDatabase, type DatabaseCheck } from "./check-database.ts"
import { openInstallation } from "./installation.ts"
import { loadNow, machineOf } from "./machine.ts"
import { appendsBesideInserts } from "./measure-appends.ts"
import { replays } from "./measure-replays.ts"
import { versionTime, warmStart } from "./measure-starts.ts"
import { submissionsInProcess, submissionsOverHttp, type Counts } from "./measure-submissions.ts"
import { installedEngine, verdictsUnder } from "./measure-verdicts.ts"
import { searchBesideWaiting } from "./measure-waiting.ts"
import { figuresOf, type Measure, type Sample } from "./measure.ts"
import type { BenchReport } from "./report.ts"
import { inProcess, runSubmitters } from "./submitters.ts"

/** How much is measured. `starts`: also `npm start`, which installs what the lock file pins. */
export interface Sizes {
  readonly rounds: number
  readonly warmUp: number
  readonly submissions: Counts
  readonly overHttp: readonly [inFlight: number, executions: number]
  readonly appended: number
  readonly policies: readonly number[]
  readonly questions: number
  readonly replayed: number
  readonly waiting: number
  readonly starts: boolean
}

/** Long enough to quote: about three minutes. */
export const fullSizes: Sizes = {
  rounds: 5,
  warmUp: 400,
  submissions: [
    [1, 150],
    [16, 600],
    [64, 1000],
    [256, 1500],
  ],
  overHttp: [16, 400],
  appended: 400,
  policies: [10, 100, 1000],
  questions: 2000,
  replayed: 200,
  waiting: 100_000,
  starts: true,
}

/** A few seconds: shows that everything is measured and checked, and nothing to quote. */
export const quickSizes: Sizes = {
  rounds: 1,
  warmUp: 2,
  submissions: [
    [1, 3],
    [16, 16],
    [64, 64],
    [256, 256],
  ],
  overHttp: [4, 8],
  appended: 10,
  policies: [10, 100],
  questions: 50,
  replayed: 4,
  waiting: 1_000,
  starts: false,
}

/** Measures everything. Calls `tell` for each round. Throws when an answer, a replay or the database is not as it must be. */
export async function runBench(sizes: Sizes, tell: (line: string) => void): Promise<BenchReport> {
  const before = loadNow()
  const engine = installedEngine()
  const start = sizes.starts ? await warmStart() : null
  const installation = await openInstallation()
  try {
    let written = sizes.warmUp
    await runSubmitters(inProcess(installation), { inFlight: 16, count: sizes.warmUp })
    const measures: readonly Measure[] = [
      ...submissionsInProcess(installation, sizes.submissions),
      submissionsOverHttp(installation, ...sizes.overHttp),
      await appendsBesideInserts(installation, sizes.appended),
      ...sizes.policies.map((policies) => verdictsUnder(engine, policies, sizes.questions)),
      await replays(installation, engine, sizes.replayed),
      searchBesideWaiting(installation, sizes.waiting),
      versionTime,
      ...(start === null ? [] : [start.measure]),
    ]
    const aRound = sizes.submissions.reduce(
      (sum, [, count]) => sum + count,
      sizes.overHttp[1] + sizes.appended,
    )
    const samples: Sample[] = []
    const checks: DatabaseCheck[] = []
    for (let round = 1; round <= sizes.rounds; round += 1) {
      tell(`round ${round} of ${sizes.rounds}, load ${loadNow()}`)
      for (const measure of measures) samples.push(...(await measure()))
      written += aRound
      checks.push(await checkDatabase(installation, written))
    }
    return {
      format: "counterfoil.bench/1",
      at: installation.plane.store.clock.now(),
      quick: sizes.rounds === 1,
      machine: machineOf(installation.version, installation.facts, before),
      figures: figuresOf(samples),
      checks,
    }
  } finally {
    await installation.close()
    start?.close()
  }
}
