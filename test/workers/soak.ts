// `npm run soak -- --executions 5000 --workers 4`: many workers under load, killed at random, and the verdict.
// `npm run soak -- --minutes 10`: four fifths of the highest rate for so long, and what memory and latency do.
// Owns: flags, what is printed, the exit code: 0 only when every promise held. Does not own: the plays.

import { parseArgs } from "node:util"
import { playLoad } from "./soak-load.ts"
import { playSoak } from "./soak-play.ts"
import { verdictTable } from "./verdict.ts"

const { values } = parseArgs({
  options: {
    executions: { type: "string", default: "5000" },
    workers: { type: "string" },
    "kill-every": { type: "string", default: "5" },
    minutes: { type: "string" },
  },
})
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const findings =
  values.minutes === undefined
    ? await playSoak({
        executions: Number(values.executions),
        workers: Number(values.workers ?? 4),
        killEveryMs: Number(values["kill-every"]) * 1_000,
        say,
      })
    : await playLoad({ minutes: Number(values.minutes), workers: Number(values.workers ?? 2), say })
say(verdictTable(findings))
process.exitCode = findings.every(({ holds }) => holds) ? 0 : 1
