// RFC 6901 JSON Pointers: how a place inside a document is named.
// Owns: syntax and reading. Does not own: what a place may be used for (planner).
// Reads own members only, so that no pointer reaches a prototype.

import { err, ok, type Result } from "../result.ts"
import { printsAsIs } from "../text/escape.ts"
import type { Json } from "./json.ts"

/** Why a pointer names nothing: it is not a pointer, or there is nothing at `at`, its shortest part that leads nowhere. */
export type PointerProblem = { readonly kind: "malformed" } | { readonly kind: "absent"; readonly at: string }

const pointerForm = /^(?:\/(?:[^~/]|~[01])*)*$/u
const indexForm = /^(?:0|[1-9][0-9]*)$/

/** The segments of a pointer, unescaped. `""` has none and names the whole document. Source: RFC 6901 §3–4. */
export function parsePointer(pointer: string): Result<readonly string[], PointerProblem> {
  const known = parsedPointers.get(pointer)
  if (known !== undefined) return known
  // "~1" before "~0", or "~01" would become "/" instead of "~1".
  const parsed: Result<readonly string[], PointerProblem> = pointerForm.test(pointer)
    ? ok(
        pointer
          .split("/")
          .slice(1)
          .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~")),
      )
    : err({ kind: "malformed" })
  if (parsedPointers.size >= parsedPointersMax) parsedPointers.clear()
  if (pointer.length <= parsedLengthMax) parsedPointers.set(pointer, parsed)
  return parsed
}

// The pointers of contracts and plans come again and again. Bounded to about 1 MB.
const parsedPointers = new Map<string, Result<readonly string[], PointerProblem>>()
const parsedPointersMax = 4_096
const parsedLengthMax = 128

/** The pointer that names these segments. A number is an index. */
export const formatPointer = (segments: readonly (string | number)[]): string =>
  segments.map((segment) => `/${String(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

const showableCharactersMax = 1024

/**
 * The pointer of a place in an *untrusted* document, fit for an answer or a log line: at most 1,024 characters, none of
 * them one that does not print as itself. A place that cannot be shown so is named by its nearest ancestor that can.
 */
export function showablePointer(segments: readonly (string | number)[]): string {
  const pointer = formatPointer(segments)
  const showable = pointer.length <= showableCharactersMax && printsAsIs(pointer)
  return showable ? pointer : showablePointer(segments.slice(0, -1))
}

/** The value that a pointer names. The index `-` names no element, and indices have no leading zero: both are absent. */
export function readPointer(value: Json, pointer: string): Result<Json, PointerProblem> {
  const segments = parsePointer(pointer)
  if (!segments.ok) return segments
  let place = value
  let depth = 0
  for (const segment of segments.value) {
    depth += 1
    const member = memberOf(place, segment)
    if (member === undefined)
      return err({ kind: "absent", at: formatPointer(segments.value.slice(0, depth)) })
    place = member
  }
  return ok(place)
}

function memberOf(place: Json, segment: string): Json | undefined {
  if (place === null || typeof place !== "object") return undefined
  if (isArray(place)) return indexForm.test(segment) ? place[Number(segment)] : undefined
  return Object.hasOwn(place, segment) ? place[segment] : undefined
}

// `Array.isArray` does not narrow readonly arrays.
const isArray = (value: Json): value is readonly Json[] => Array.isArray(value)
