// An operation on identity as an endpoint of the server.
// It is separate from the endpoints of contracts because the table of operations also loads their implementation: commands that may
// need such an endpoint load it only when they do.

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
