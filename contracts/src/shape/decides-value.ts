// Whether a shape says all there is to say about one value, or leaves something to the contract's own parser.
// Owns: this yes or no: a keyword that is not known, a format without a pattern and a pattern that cannot be
// tested within bounds leave the answer open.
// Does not own: the answer (accepts-value.ts).

import { isObject } from "../json/json.ts"
import type { Json } from "../json/json.ts"
import { isList } from "../plan/reference.ts"
import { patternsAnswer, shapeAccepts } from "./accepts-value.ts"
import type { SchemaType, Shape } from "./shape.ts"

/** Formats whose patterns, where they have any, are not all that they ask for. */
const beyondPatterns = new Set(["uri", "jwt"])

/** True when the shape accepts the value and its own parser does so too. */
export const surelyAccepts = (shape: Shape, value: Json): boolean =>
  shapeAccepts(shape, value) && decides(shape, value)

function decides(shape: Shape, value: Json): boolean {
  switch (shape.kind) {
    case "opaque":
      return false
    case "string":
      return (
        (shape.format === null || (shape.patterns.length > 0 && !beyondPatterns.has(shape.format))) &&
        typeof value === "string" &&
        patternsAnswer(shape, value) !== "undecided"
      )
    case "array":
      return (
        isList(value) && value.every((item, index) => someSurely(shape.prefix[index] ?? shape.rest, item))
      )
    case "object":
      return (
        isObject(value) &&
        Object.entries(value).every(
          ([name, member]) =>
            (shape.names === null || someSurely(shape.names, name)) &&
            someSurely(shape.properties.get(name) ?? shape.additional, member),
        )
      )
    case "any":
    case "literals":
    case "null":
    case "boolean":
    case "number":
      return true
  }
}

const someSurely = (type: SchemaType | null, value: Json): boolean =>
  type?.variants.some(({ shape }) => surelyAccepts(shape, value)) === true
