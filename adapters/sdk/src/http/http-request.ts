// A call as an HTTP request: fields of the path into the path, `key` into its header, the rest into query or body.
// Owns: that mapping, for every client of the product. Does not own: the list of places, nor sending.

import type { Json, JsonObject } from "@counterfoil/contracts"

/** The address of a call; `path` is below `/v1`, with `:field` for a field of the input. `keyed`: the input has a `key`. */
interface HttpPlace {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly keyed: boolean
}

/** A request before it is sent. `target` is path and query; `key` goes into the header `Idempotency-Key`. */
export interface HttpRequest {
  readonly method: "GET" | "POST"
  readonly target: string
  readonly body: string | null
  readonly key: string | null
}

/** The request for an input. */
export function httpRequest(place: HttpPlace, input: JsonObject): HttpRequest {
  const inPath = [...place.path.matchAll(/:([A-Za-z]+)/g)].flatMap(([, name]) => name ?? [])
  const path = place.path.replaceAll(/:([A-Za-z]+)/g, (_, name: string) =>
    encodeURIComponent(textOf(input[name])),
  )
  const key = place.keyed && typeof input["key"] === "string" ? input["key"] : null
  const rest = Object.entries(input).filter(
    ([field]) => !inPath.includes(field) && !(field === "key" && key !== null),
  )
  if (place.method === "POST")
    return { method: "POST", target: `/v1${path}`, body: JSON.stringify(Object.fromEntries(rest)), key }
  const query = new URLSearchParams(
    rest.flatMap(([field, value]) =>
      (isList(value) ? value : [value]).map((one): [string, string] => [field, textOf(one)]),
    ),
  )
  const target = `/v1${path}${query.size === 0 ? "" : `?${query.toString()}`}`
  return { method: "GET", target, body: null, key }
}

/** A key in its header, as a structured-field string (RFC 8941 §3.3.3). */
export const keyHeader = (key: string): string => `"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
const textOf = (value: Json | undefined): string =>
  typeof value === "string" ? value : JSON.stringify(value ?? "")
