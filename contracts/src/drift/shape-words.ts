// Types in a word, for the before and after of a finding.
// Owns: those words. Does not own: the words of documents (docs/field-rows.ts), which read schemas.

import type { SchemaType, Shape, Variant } from "../shape/shape.ts"

/** A type in one word or a few: `text`, `integer or null`, `"a" or "b"`. */
export const wordOf = (type: SchemaType): string => wordsOf(type.variants)

/** Variants in words. */
export function wordsOf(variants: readonly Variant[]): string {
  const words = [...new Set(variants.map(({ shape }) => shapeWord(shape)))]
  return words.length === 0 ? "nothing" : words.join(" or ")
}

function shapeWord(shape: Shape): string {
  switch (shape.kind) {
    case "any":
      return "any JSON"
    case "opaque":
      return "a schema that cannot be compared"
    case "literals":
      return shape.values.map((value) => JSON.stringify(value)).join(" or ")
    case "number":
      return shape.integer ? "integer" : "number"
    case "string":
      return "text"
    case "array":
      return "list"
    case "null":
    case "boolean":
      return shape.kind
    case "object":
      return shape.properties.size === 0 && shape.additional !== null ? "map" : "object"
  }
}
