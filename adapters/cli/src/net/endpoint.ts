// An endpoint of the server: a contract, or an operation on identity. Both have the same form here.
// Owns: that form, and making it from a contract. Does not own: making it from an operation on identity (identity-endpoint.ts), the
// request (sdk/http-request.ts), sending it (client.ts), nor the schemas (contracts, auth).

import type { z } from "zod"
import { Submitted, type Callable, type JsonSchema, isObject } from "@counterfoil/contracts"

/** One operation over HTTP, with everything that a command needs from it. */
export interface Endpoint {
  readonly name: string
  readonly says: string
  readonly method: "GET" | "POST"
  /** The path below `/v1`, with `:field` for each field in it. */
  readonly path: string
  readonly input: z.ZodType
  readonly inputSchema: JsonSchema
  /** The schema of the server's answer; the record of the execution where it is gated. */
  readonly output: z.ZodType
  /** True when the request carries an idempotency key: it may then be sent again after a lost answer. */
  readonly keyed: boolean
  /** True when it only reads. */
  readonly reads: boolean
  /** True when the answer is the record of an execution of its own. */
  readonly gated: boolean
}

/** The endpoint of a contract with an HTTP route. */
export function endpointOf(contract: Callable): Endpoint {
  if (contract.http === null) throw new Error(`${contract.ref} has no place in HTTP`)
  const gated = contract.path === "gate"
  return {
    name: contract.ref,
    says: contract.meta.goal,
    method: contract.http.method,
    path: contract.http.path,
    input: contract.input,
    inputSchema: contract.inputSchema,
    output: gated ? Submitted : contract.output,
    keyed: gated || "key" in propertiesOf(contract.inputSchema),
    reads: contract.path === "read",
    gated,
  }
}

/** The properties of an object schema. */
export function propertiesOf(schema: JsonSchema): { readonly [field: string]: JsonSchema } {
  const properties = schema["properties"]
  return isObject(properties)
    ? Object.fromEntries(
        Object.entries(properties).flatMap(([name, child]) => (isObject(child) ? [[name, child]] : [])),
      )
    : {}
}
