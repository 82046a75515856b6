// The agent that docs/AGENTS.md shows: it submits, waits through an approval, and prints its result. The document shows everything
// below this header. Owns: that code. Does not own: the address, HTTP or NATS, nor as whom it runs (the environment says so).

import { counterfoil } from "@counterfoil/sdk"
import type { JsonObject } from "@counterfoil/contracts"

const [contract = "", input = "{}", key = ""] = process.argv.slice(2)
const { COUNTERFOIL_URL: url = "", COUNTERFOIL_TOKEN: token = "" } = process.env
const agent = counterfoil({ url, token })

let answer = await agent.submit(contract, JSON.parse(input) as JsonObject, { key })
if (answer.kind === "held") process.stderr.write(`held; people decide at ${answer.url}\n`)
if (answer.kind !== "refused") answer = await agent.wait(answer.executionId, { timeoutMs: 600_000 })
await agent.close()

switch (answer.kind) {
  case "completed":
    process.stdout.write(`${JSON.stringify(answer.output)}\n`)
    break
  case "refused":
    process.stdout.write(`refused ${answer.problem.code}: ${answer.problem.fix}\n`)
    break
  case "planRejected":
    process.stdout.write(`no plan: ${answer.rejections.map(({ message }) => message).join(" ")}\n`)
    break
  case "denied":
  case "reviewRejected":
  case "expired":
  case "failed":
  case "cancelled":
    process.stdout.write(`${answer.kind} ${answer.code}: ${answer.reason}\n`)
    break
  case "held":
  case "working":
  case "inDoubt":
    process.stdout.write(`not over yet, ${answer.kind}: ${answer.executionId}\n`)
}
process.exitCode = answer.kind === "completed" ? 0 : 1
