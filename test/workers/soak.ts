// `npm run soak -- --executions 5000 --workers 4`: many workers under load, killed at random, and the verdict.
// Owns: flags, what is printed, the exit code: 0 only when every promise held. Does not own: the play (soak-play.ts).

import { parseArgs } from "node:util"
import { playSoak } from "./soak-play.ts"
import { verdictTable } from "./verdict.ts"

const { values } = parseArgs({
  options: {
    executions: { type: "string", default: "5000" },
    workers: { type: "string", default: "4" },
    "kill-every": { type: "string", default: "5" },
  },
})
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const findings = await playSoak({
  executions: Number(values.executions),
  workers: Number(values.workers),
  killEveryMs: Number(values["kill-every"]) * 1_000,
  say,
})
say(verdictTable(findings))
process.exitCode = findings.every(({ holds }) => holds) ? 0 : 1
