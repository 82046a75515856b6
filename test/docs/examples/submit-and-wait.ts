// The call that README.md shows, which a test runs against the demo. The document shows everything below this header.
// Owns: that code. Does not own: where and as whom it runs (the environment says so).

import { counterfoil } from "@counterfoil/sdk"

const { COUNTERFOIL_URL: url = "", COUNTERFOIL_TOKEN: token = "" } = process.env
const agent = counterfoil({ url, token })
const input = { template: "Hello {{name}}", values: { name: "Mia" } }
const answer = await agent.submit("text.template.render@1", input, { key: "greet-mia" })
if (answer.kind === "completed") process.stdout.write(`completed ${JSON.stringify(answer.output)}\n`)
else process.stdout.write(`${answer.kind}\n`)
await agent.close()
