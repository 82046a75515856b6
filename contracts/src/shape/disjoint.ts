// Whether no value is of two types at once: only then does `oneOf` say the same as `anyOf`.
// Owns: what can be proven from kinds and from a field that both require and list. Anything else may overlap.

import { canonical } from "../json/canonical.ts"
import type { Json } from "../json/json.ts"
import type { ObjectShape, Shape, Variant } from "./shape.ts"

/** True when no value fits variants of two of these members. */
export const pairwiseDisjoint = (members: readonly (readonly Variant[])[]): boolean =>
  members.every((member, index) =>
    members
      .slice(index + 1)
      .every((other) => member.every((a) => other.every((b) => disjoint(a.shape, b.shape)))),
  )

function disjoint(a: Shape, b: Shape): boolean {
  if (a.kind === "object" && b.kind === "object") return toldApart(a, b)
  const [kindsA, kindsB] = [kindsOf(a), kindsOf(b)]
  if (kindsA === null || kindsB === null) return false
  if (a.kind === "literals" && b.kind === "literals") return noneShared(a.values, b.values)
  return kindsA.every((kind) => !kindsB.includes(kind))
}

function toldApart(a: ObjectShape, b: ObjectShape): boolean {
  return [...a.required].some((name) => {
    const [valuesA, valuesB] = [listedValues(a, name), listedValues(b, name)]
    return valuesA !== null && valuesB !== null && noneShared(valuesA, valuesB)
  })
}

/** The values that a required field of an object may have, when each of them is listed; null otherwise. */
export function listedValues(shape: ObjectShape, name: string): readonly Json[] | null {
  const variants = shape.required.has(name) ? (shape.properties.get(name)?.variants ?? []) : []
  const listed = variants.flatMap((one) => (one.shape.kind === "literals" ? [one.shape.values] : []))
  return variants.length > 0 && listed.length === variants.length ? listed.flat() : null
}

function noneShared(a: readonly Json[], b: readonly Json[]): boolean {
  const known = new Set(a.map((value) => canonical(value)))
  return b.every((value) => !known.has(canonical(value)))
}

/** The kinds of JSON values that a shape has; null when it could be any. */
function kindsOf(shape: Shape): readonly string[] | null {
  if (shape.kind === "any" || shape.kind === "opaque") return null
  return shape.kind === "literals" ? shape.values.map(kindOfValue) : [shape.kind]
}

/** The kind of a JSON value, as a schema's `type` calls it; `number` for integers as well. */
export function kindOfValue(value: Json): string {
  if (value === null) return "null"
  if (Array.isArray(value)) return "array"
  return typeof value
}
