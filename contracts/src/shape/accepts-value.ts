// Whether a value is of a type: the schema's answer, without the contract's code.
// Owns: this yes or no. Does not own: what to tell the author of a draft (planner).

import { canonical } from "../json/canonical.ts"
import { isObject, type Json } from "../json/json.ts"
import { isList } from "../plan/reference.ts"
import { isMultiple } from "./number-set.ts"
import { boundedPattern, type BoundedPattern, type PatternAnswer } from "./pattern.ts"
import type { ArrayShape, NumberShape, ObjectShape, SchemaType, Shape, StringShape } from "./shape.ts"

/** True when the value fits a variant. A variant with keywords that the planner does not know accepts: parsing decides. */
export const acceptsValue = (type: SchemaType, value: Json): boolean =>
  type.variants.some((variant) => shapeAccepts(variant.shape, value))

/** True when the value fits this one shape. */
export function shapeAccepts(shape: Shape, value: Json): boolean {
  switch (shape.kind) {
    case "any":
    case "opaque":
      return true
    case "literals":
      return shape.values.some((one) => one === value || canonical(one) === canonical(value))
    case "null":
      return value === null
    case "boolean":
      return typeof value === "boolean"
    case "string":
      return typeof value === "string" && stringAccepts(shape, value)
    case "number":
      return typeof value === "number" && numberAccepts(shape, value)
    case "array":
      return isList(value) && arrayAccepts(shape, value)
    case "object":
      return isObject(value) && objectAccepts(shape, value)
  }
}

/** The patterns of a string shape, ready to test: read once for each shape. */
const patternsOf = new WeakMap<StringShape, readonly BoundedPattern[]>()

// Lengths count UTF-16 code units, as the contract's own parser does. What a pattern leaves undecided, that parser decides.
const stringAccepts = (shape: StringShape, value: string): boolean =>
  value.length >= shape.min && value.length <= shape.max && patternsAnswer(shape, value) !== "differs"

/** What the patterns of a shape say of a text together: every one has to match. */
export function patternsAnswer(shape: StringShape, value: string): PatternAnswer {
  const patterns = patternsOf.get(shape) ?? shape.patterns.map(boundedPattern)
  patternsOf.set(shape, patterns)
  const answers = patterns.map((pattern) => pattern.test(value, shape.steps))
  if (answers.includes("differs")) return "differs"
  return answers.includes("undecided") ? "undecided" : "matches"
}

function numberAccepts(shape: NumberShape, value: number): boolean {
  return (
    (!shape.integer || Number.isSafeInteger(value)) &&
    value >= shape.min &&
    value <= shape.max &&
    value > shape.above &&
    value < shape.below &&
    (shape.multipleOf === null || isMultiple(value, shape.multipleOf))
  )
}

function arrayAccepts(shape: ArrayShape, value: readonly Json[]): boolean {
  if (value.length < shape.min || value.length > shape.max) return false
  if (shape.unique && new Set(value.map((item) => canonical(item))).size < value.length) return false
  return value.every((item, index) => {
    const type = shape.prefix[index] ?? shape.rest
    return type !== null && acceptsValue(type, item)
  })
}

function objectAccepts(shape: ObjectShape, value: { readonly [key: string]: Json }): boolean {
  for (const name of shape.required) if (!Object.hasOwn(value, name)) return false
  return Object.entries(value).every(([name, member]) => {
    if (shape.names !== null && !acceptsValue(shape.names, name)) return false
    const type = shape.properties.get(name) ?? shape.additional
    return type !== null && acceptsValue(type, member)
  })
}
