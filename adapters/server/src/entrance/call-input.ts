// Builds the one input of a contract from the parts of a request: path, query or body, and the key of its header.
// Owns: where each field may come from, and the refusal when two places disagree. Does not own: the contract's own parse (the gate).
// Keeps INV-12: this file adds nothing that the caller did not write; principal, tenant and channel come from the session.

import {
  isObject,
  err,
  ok,
  refuse,
  type ContractRef,
  type Json,
  type JsonObject,
  type JsonSchema,
  type Refusal,
  type Result,
} from "@counterfoil/contracts"
import { keyHeaderProblem, keyOfHeader } from "./call-headers.ts"

/** Where a route takes its input from: `inPath` lists the fields of its path; with `keyed` the header may carry `key`. */
export interface InputPlaces {
  readonly name: ContractRef
  readonly method: string
  readonly inputSchema: JsonSchema
  readonly inPath: readonly string[]
  readonly keyed: boolean
}

/** The parts of a request, *untrusted*. `query` is the text behind the question mark; `body` passed the strict parser. */
export interface RequestParts {
  readonly path: Readonly<Record<string, string>>
  readonly query: string
  readonly body: Json | undefined
  readonly idempotencyKey: string | undefined
}

/** The input. A POST without a body has an input without fields. Errors: INPUT_INVALID, for parts that contradict each other. */
export function inputOf(places: InputPlaces, parts: RequestParts): Result<JsonObject, Refusal> {
  const given =
    places.method === "GET"
      ? queryInput(places.inputSchema, parts.query)
      : parts.body === undefined
        ? {}
        : parts.body
  if (!isObject(given)) return invalid(places.name, "", "type", "A value of type object is expected.")
  const input: Record<string, Json> = { ...given }
  const elsewhere = places.inPath.flatMap((field): [string, string][] => {
    const value = parts.path[field]
    return value === undefined ? [] : [[field, value]]
  })
  const unreadable = places.keyed ? keyHeaderProblem(parts.idempotencyKey) : null
  if (unreadable !== null) return invalid(places.name, "/key", "header", unreadable)
  const key = places.keyed ? keyOfHeader(parts.idempotencyKey) : undefined
  for (const [field, value] of key === undefined ? elsewhere : [...elsewhere, ["key", key] as const]) {
    if (Object.hasOwn(input, field) && input[field] !== value)
      return invalid(places.name, `/${field}`, "value", "Two places of the request disagree.")
    input[field] = value
  }
  return ok(input)
}

/** The fields of a query string, in the types of the schema. A value that does not fit stays text; the contract refuses it. */
export function queryInput(schema: JsonSchema, query: string): JsonObject {
  const fields = new URLSearchParams(query)
  const properties = asSchema(schema["properties"])
  return Object.fromEntries(
    [...new Set(fields.keys())].map((field) => {
      const property = asSchema(properties[field])
      const values = fields.getAll(field)
      if (property["type"] === "array")
        return [field, values.map((value) => scalar(asSchema(property["items"]), value))]
      const [first, ...more] = values
      return [field, first !== undefined && more.length === 0 ? scalar(property, first) : values]
    }),
  )
}

function scalar(schema: JsonSchema, value: string): Json {
  const { type } = schema
  if (type === "integer" || type === "number")
    return /^-?(0|[1-9]\d{0,14})$/.test(value) ? Number(value) : value
  if (type === "boolean" && (value === "true" || value === "false")) return value === "true"
  return value
}

const invalid = (contract: ContractRef, at: string, code: string, message: string): Result<never, Refusal> =>
  err(refuse("INPUT_INVALID", { contract, count: 1 }, { issues: [{ at, code, message }] }))

const asSchema = (value: Json | undefined): JsonSchema =>
  value !== undefined && isObject(value) ? value : {}
