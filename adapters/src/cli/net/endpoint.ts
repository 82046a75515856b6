// A place of the server that a command calls: a contract, or an operation on identity. Both have the same form here.
// Owns: that form. Does not own: how it becomes a request (sdk/http-request.ts), sending (client.ts), nor the schemas (contracts, auth).

import type { z } from "zod"
import { jsonSchemaOf, Submitted, type Callable, type JsonSchema, isObject } from "@counterfoil/contracts"
import { identityOperations } from "../../auth/identity-operations.ts"

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

/** The properties of an object schema. */
export function propertiesOf(schema: JsonSchema): { readonly [field: string]: JsonSchema } {
  const properties = schema["properties"]
  return isObject(properties)
    ? Object.fromEntries(
        Object.entries(properties).flatMap(([name, child]) => (isObject(child) ? [[name, child]] : [])),
      )
    : {}
}
