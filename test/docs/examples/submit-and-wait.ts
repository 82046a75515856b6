// Submitting over HTTP and waiting for the end, as README.md shows it below this header.
// Owns: nothing but the example; a test runs it against a started control plane.

import { Submitted } from "@counterfoil/contracts"

const response = await fetch(`${process.env["COUNTERFOIL_URL"]}/v1/intents`, {
  method: "POST",
  headers: { "authorization": `Bearer ${process.env["COUNTERFOIL_TOKEN"]}`, "content-type": "application/json" },
  body: JSON.stringify({ key: "greet-mia", wait: "PT20S", as: { contract: "text.template.render@1", input: { template: "Hello {{name}}", values: { name: "Mia" } } } }),
})
const { status, output } = Submitted.parse(await response.json())
process.stdout.write(`${status} ${JSON.stringify(output)}\n`)
