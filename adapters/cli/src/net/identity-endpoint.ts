// An operation on identity as a place of the server that a command calls.
// Apart from the endpoints of contracts, because the table of operations brings what performs them: commands that may need one
// of these load it when they do.

import { jsonSchemaOf } from "@counterfoil/contracts"
import { identityOperations } from "@counterfoil/gate"
import type { Endpoint } from "./endpoint.ts"

/** The endpoint of an operation on identity, such as `token.create`. */
export function identityEndpoint(name: string): Endpoint {
  const found = identityOperations.find((operation) => operation.name === `identity.${name}@1`)
  if (found === undefined) throw new Error(`no operation ${name} on identity`)
  return {
    name: found.name,
    says: found.says,
    method: found.method,
    path: found.path,
    input: found.input,
    inputSchema: jsonSchemaOf(found.input, "input"),
    output: found.output,
    keyed: false,
    reads: found.method === "GET",
    gated: false,
  }
}
