// Every place of a type and the variants that may be there.
// Owns: the way through a type. Does not own: what is read off a place (unread.ts).

import { formatPointer } from "../json/json-pointer.ts"
import type { SchemaType, Shape, Variant } from "../shape/shape.ts"

/**
 * A place: its path, with `*` for every element or member and `*name` for the names of members. A field whose own name
 * begins with `*` has one more in front.
 */
export interface SchemaPlace {
  readonly path: readonly string[]
  readonly variants: readonly Variant[]
}

/** The places of a type by their JSON Pointers. A type that is met again is not walked again. */
export function placesOf(root: SchemaType): ReadonlyMap<string, SchemaPlace> {
  const found = new Map<string, { readonly path: readonly string[]; readonly variants: Variant[] }>()
  const walked = new Set<SchemaType>()
  const visit = (type: SchemaType, path: readonly string[]): void => {
    if (walked.has(type)) return
    walked.add(type)
    const at = formatPointer(path)
    const place = found.get(at) ?? { path, variants: [] }
    found.set(at, place)
    for (const variant of type.variants) {
      place.variants.push(variant)
      for (const [segment, inner] of partsOf(variant.shape)) visit(inner, [...path, segment])
    }
  }
  visit(root, [])
  return found
}

/** The types directly inside a shape, with the segment that leads to each. */
export function partsOf(shape: Shape): readonly (readonly [string, SchemaType])[] {
  if (shape.kind === "array") {
    return [
      ...shape.prefix.map((type, index) => [String(index), type] as const),
      ...(shape.rest === null ? [] : [["*", shape.rest] as const]),
    ]
  }
  if (shape.kind !== "object") return []
  return [
    ...[...shape.properties].map(([name, type]) => [name.startsWith("*") ? `*${name}` : name, type] as const),
    ...(shape.additional === null ? [] : [["*", shape.additional] as const]),
    ...(shape.names === null ? [] : [["*name", shape.names] as const]),
  ]
}
