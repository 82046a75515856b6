// A type as its readers take it: they overlook fields that they do not know.
// Owns: that form. A schema that no rule reads stays as it is spelled, so that it is still known to be the same.

import { plainAnyType } from "../shape/schema-type.ts"
import type { SchemaType, Shape } from "../shape/shape.ts"

/** The type with no object closed. One that holds itself gives one that holds itself. */
export function openedType(root: SchemaType): SchemaType {
  const known = new Map<SchemaType, SchemaType>()
  const opened = (type: SchemaType): SchemaType => {
    const before = known.get(type)
    if (before !== undefined) return before
    const made = { variants: type.variants }
    known.set(type, made)
    made.variants = type.variants.map((variant) => ({
      ...variant,
      shape: openedShape(variant.shape, opened),
    }))
    return made
  }
  return opened(root)
}

function openedShape(shape: Shape, opened: (type: SchemaType) => SchemaType): Shape {
  if (shape.kind === "array") {
    return {
      ...shape,
      prefix: shape.prefix.map(opened),
      rest: shape.rest === null ? null : opened(shape.rest),
    }
  }
  if (shape.kind !== "object") return shape
  return {
    ...shape,
    properties: new Map([...shape.properties].map(([name, type]) => [name, opened(type)])),
    additional: shape.additional === null ? plainAnyType : opened(shape.additional),
  }
}
