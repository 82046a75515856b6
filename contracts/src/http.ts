// The contracts as HTTP: one ts-rest route for each callable that names a place, all below `/v1`.
// Owns: method, path, answers and the fields that a path or header carries. Does not own: the server, nor reading a request
// (adapters/http): the gate parses each input once, by its contract, so the routes here carry no second parser.

import { initContract, type AppRouteMutation, type AppRouteQuery } from "@ts-rest/core"
import type { z } from "zod"
import { Submitted } from "./control-plane/answers.ts"
import type { Callable } from "./define/contract.ts"
import { DefinitionError } from "./define/define.ts"
import type { Registry } from "./define/registry.ts"
import { errorCodes, errors } from "./errors/errors.ts"
import { Problem } from "./errors/problem.ts"
import type { Json } from "./json/json.ts"

const c = initContract()

/** What stands before every path of ours. */
export const httpPrefix = "/v1"

/** One operation as ts-rest reads it: where it is, what goes in (JSON, parsed elsewhere) and what comes out. */
export type HttpOperation = AppRouteQuery | AppRouteMutation

/** A callable in HTTP. `operation.path` is whole, such as `/v1/executions/:executionId/cancel`. */
export interface HttpCall {
  readonly contract: Callable
  readonly operation: HttpOperation
  /** Names of the fields that stand in the path, in its order. */
  readonly inPath: readonly string[]
  /** What 200 and 202 carry: the contract's output, or `Submitted` for a contract that runs as an execution of its own. */
  readonly answer: z.ZodType
  /** True when the input has a `key`, which the header `Idempotency-Key` may carry. */
  readonly keyed: boolean
}

const problemAnswer = c.otherResponse({ contentType: "application/problem+json", body: Problem })
const problemAnswers = Object.fromEntries(errorCodes.map((code) => [errors[code].status, problemAnswer]))

/** The operation at a place: it answers 200 when the record is final, 202 while it can change, and problems of the table. */
export function httpOperation(method: "GET" | "POST", path: string, answer: z.ZodType): HttpOperation {
  const common = {
    path: `${httpPrefix}${path}`,
    responses: { ...problemAnswers, 200: answer, 202: answer },
    strictStatusCodes: true,
  }
  return method === "GET"
    ? { ...common, method, query: c.type<Json>() }
    : { ...common, method, body: c.type<Json>() }
}

/** The names of a path's parameters, in order. */
export const pathFields = (path: string): readonly string[] =>
  [...path.matchAll(/:([A-Za-z]+)/g)].flatMap(([, name]) => name ?? [])

/** Every callable of the registry that has a place in HTTP, by reference. Throws `DefinitionError` when two share one. */
export function httpCalls(registry: Registry): readonly HttpCall[] {
  const calls = registry.contracts.flatMap((contract) =>
    contract.kind === "command" || contract.kind === "query" ? callsOf(contract) : [],
  )
  const places = calls.map(({ operation }) => `${operation.method} ${operation.path}`)
  const twice = places.filter((place, at) => places.indexOf(place) !== at)
  if (twice.length > 0)
    throw new DefinitionError(
      "the HTTP interface",
      twice.map((place) => `${place} belongs to two contracts`),
    )
  return calls
}

/** The ts-rest contract of an installation, by contract reference: what its server serves and a typed client calls. */
export function httpRoutes(registry: Registry): Readonly<Record<string, HttpOperation>> {
  return Object.fromEntries(httpCalls(registry).map(({ contract, operation }) => [contract.ref, operation]))
}

function callsOf(contract: Callable): readonly HttpCall[] {
  if (contract.http === null) return []
  const { method, path } = contract.http
  const answer = contract.path === "gate" ? Submitted : contract.output
  const keyed = contract.path === "gate" || Object.hasOwn(propertiesOf(contract), "key")
  return [
    { contract, operation: httpOperation(method, path, answer), inPath: pathFields(path), answer, keyed },
  ]
}

function propertiesOf(contract: Callable): object {
  const properties = contract.inputSchema["properties"]
  return typeof properties === "object" && properties !== null ? properties : {}
}
