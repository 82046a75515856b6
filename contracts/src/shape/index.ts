// The types that JSON Schemas describe, as data: reading them, judging values by them, comparing them.
// A way in of its own, because only the planner and the drift rules need it.

export { acceptsValue, shapeAccepts } from "./accepts-value.ts"
export { patternAnswer } from "./pattern.ts"
export { misfit } from "./fit.ts"
export type { Misfit, Side } from "./fit.ts"
export {
  anyType,
  arrayOf,
  either,
  hasMark,
  literalType,
  nullType,
  plainAnyType,
  typeOf,
  typeOfShape,
} from "./schema-type.ts"
export type { SchemaType, Shape, Variant } from "./shape.ts"
