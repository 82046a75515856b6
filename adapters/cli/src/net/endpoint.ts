// A place of the server that a command calls: a contract, or an operation on identity. Both have the same form here.
// Owns: that form, and how a contract has it. Does not own: how an operation on identity does (identity-endpoint.ts), how it becomes a
// request (sdk/http-request.ts), sending (client.ts), nor the schemas (contracts, auth).

import type { z } from "zod"
import { Submitted, type Callable, type JsonSchema, isObject } from "@counterfoil/contracts"

/** One operation over HTTP, with everything that a command derives from it. */
export interface Endpoint {
  readonly name: string
  readonly says: string
  readonly method: "GET" | "POST"
  /** Below `/v1`, with `:field` for what stands in the path. */
  readonly path: string
  readonly input: z.ZodType
  readonly inputSchema: JsonSchema
  /** What the server answers; the record of the execution where it is gated. */
  readonly output: z.ZodType
  /** True when the request carries an idempotency key: it may then be sent again after a lost answer. */
  readonly keyed: boolean
  /** True when it only reads. */
  readonly reads: boolean
  /** True when the answer is the record of an execution of its own. */
  readonly gated: boolean
}

/** The endpoint of a contract that has a place in HTTP. */
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
