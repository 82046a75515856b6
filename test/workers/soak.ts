// `npm run soak -- --executions 5000 --workers 4`: many workers under load, killed at random, and the verdict.
// `npm run soak -- --minutes 10`: four fifths of the highest rate for so long, and what memory and latency do.
// Owns: flags, what is printed, the exit code: 0 only when every promise held. Does not own: the plays.

import { parseArgs } from "node:util"
import { countOf, readOptions } from "../support/read-options.ts"
import { playLoad } from "./soak-load.ts"
import { playSoak } from "./soak-play.ts"
import { verdictTable } from "./verdict.ts"

const help = `npm run soak -- [options]

Runs many executions on several workers while some are killed, or a steady load, and judges what is left.

  --executions COUNT    how many executions (5000)
  --kill-every SECONDS  how often a worker is killed (5)
  --minutes COUNT       a steady load of this length instead, without kills
  --workers COUNT       how many workers (4; with --minutes 2)
`
const options = {
  executions: { type: "string", default: "5000" },
  workers: { type: "string" },
  "kill-every": { type: "string", default: "5" },
  minutes: { type: "string" },
} as const

const values = readOptions(help, () => {
  const { executions, workers, minutes, "kill-every": killEvery } = parseArgs({ options }).values
  return {
    executions: countOf("--executions", executions),
    killEveryMs: countOf("--kill-every", killEvery) * 1_000,
    minutes: minutes === undefined ? null : countOf("--minutes", minutes),
    workers: workers === undefined ? null : countOf("--workers", workers),
  }
})
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const { executions, killEveryMs, minutes, workers } = values
const findings =
  minutes === null
    ? await playSoak({ executions, workers: workers ?? 4, killEveryMs, say })
    : await playLoad({ minutes, workers: workers ?? 2, say })
say(verdictTable(findings))
process.exitCode = findings.every(({ holds }) => holds) ? 0 : 1
