// The contracts as HTTP: one ts-rest route for each callable that names a place, all below `/v1`.
// Owns: method, path, answers and the fields that a path or header carries. Does not own: the server, nor reading a request
// (adapters/http): the gate parses each input once, by its contract, so the routes here carry no second parser.

import { initContract, type AppRouteMutation, type AppRouteQuery } from "@ts-rest/core"
import type { z } from "zod"
import { DefinitionError } from "./define/define.ts"
import type { Registry } from "./define/registry.ts"
import { servedCalls, type ServedCall } from "./control-plane/served-calls.ts"
import { errorCodes, errors } from "./errors/errors.ts"
import { Problem } from "./errors/problem.ts"
import type { Json } from "./json/json.ts"

const c = initContract()

/** The prefix of every path. */
export const httpPrefix = "/v1"

/** One operation as ts-rest reads it: where it is, what goes in (JSON, parsed elsewhere) and what comes out. */
export type HttpOperation = AppRouteQuery | AppRouteMutation

/** A callable in HTTP. `operation.path` is whole, such as `/v1/executions/:executionId/cancel`. */
export interface HttpCall extends ServedCall {
  readonly operation: HttpOperation
  /** Names of the fields that the path holds, in its order. */
  readonly inPath: readonly string[]
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
  const calls = servedCalls(registry).flatMap(callsOf)
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

function callsOf(served: ServedCall): readonly HttpCall[] {
  if (served.contract.http === null) return []
  const { method, path } = served.contract.http
  return [{ ...served, operation: httpOperation(method, path, served.answer), inPath: pathFields(path) }]
}
