// An agent in a process of its own, for the test that kills it: it submits, says which execution that is, and waits for ever.
// Owns: that life. Does not own: any assertion.

import { counterfoil } from "@counterfoil/sdk"

const [url, token, contract, key] = process.argv.slice(2)
if (url === undefined || token === undefined || contract === undefined || key === undefined)
  throw new Error("usage: agent.child.ts <url> <token> <contract> <key>")
const agent = counterfoil({ url, token })
const answer = await agent.submit(contract, { label: key, point: "none" }, { key, waitMs: 0 })
if (answer.kind === "refused") throw new Error(answer.problem.detail)
process.send?.(answer.executionId)
await agent.wait(answer.executionId, { timeoutMs: 3_600_000 })
