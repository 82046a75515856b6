// A place of the server that a command calls: a contract, or an operation on identity. Both have the same form here.
// Owns: that form and how it becomes a request. Does not own: sending (client.ts), nor the schemas (contracts, auth).

import type { z } from "zod"
import {
  jsonSchemaOf,
  type Callable,
  type Json,
  type JsonObject,
  type JsonSchema,
} from "@counterfoil/contracts"
import { identityOperations } from "../../auth/identity-operations.ts"
import { isObject, listOf } from "../json-values.ts"

/** One operation over HTTP, with everything that a command derives from it. */
export interface Endpoint {
  readonly name: string
  readonly says: string
  readonly method: "GET" | "POST"
  /** Below `/v1`, with `:field` for what stands in the path. */
  readonly path: string
  readonly input: z.ZodType
  readonly inputSchema: JsonSchema
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
    keyed: false,
    reads: found.method === "GET",
    gated: false,
  }
}

/** A request before it is sent: where, and what. `key` goes into the header `Idempotency-Key`. */
export interface Outgoing {
  readonly method: "GET" | "POST"
  readonly target: string
  readonly body: string | null
  readonly key: string | null
}

/** The request for an input. Fields of the path go into the path, `key` into its header, the rest into query or body. */
export function outgoing(endpoint: Endpoint, input: JsonObject): Outgoing {
  const inPath = [...endpoint.path.matchAll(/:([A-Za-z]+)/g)].flatMap(([, name]) => name ?? [])
  const path = endpoint.path.replaceAll(/:([A-Za-z]+)/g, (_, name: string) =>
    encodeURIComponent(text(input[name])),
  )
  const key = endpoint.keyed && typeof input["key"] === "string" ? input["key"] : null
  const rest = Object.entries(input).filter(
    ([field]) => !inPath.includes(field) && !(field === "key" && key !== null),
  )
  if (endpoint.method === "POST")
    return { method: "POST", target: `/v1${path}`, body: JSON.stringify(Object.fromEntries(rest)), key }
  const query = new URLSearchParams(
    rest.flatMap(([field, value]) =>
      (Array.isArray(value) ? listOf(value) : [value]).map((one): [string, string] => [field, text(one)]),
    ),
  )
  return {
    method: "GET",
    target: `/v1${path}${query.size === 0 ? "" : `?${query.toString()}`}`,
    body: null,
    key,
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
const text = (value: Json | undefined): string =>
  typeof value === "string" ? value : JSON.stringify(value ?? "")
