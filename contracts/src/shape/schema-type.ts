// A JSON Schema as the planner and the drift rules read it: a union of simple variants with their marks, built once for each schema.
// Owns: understanding the keywords that zod writes (keywords.ts). A keyword it does not know makes a variant `opaque`, about which
// nothing is ever assumed. Does not own: comparing (fit.ts), judging values (accepts-value.ts).

import { isObject } from "../json/json.ts"
import { definitionAt, type JsonSchema } from "../schema/schema.ts"
import { canonical } from "../json/canonical.ts"
import type { Json } from "../json/json.ts"
import { isList } from "../plan/reference.ts"
import { kindOfValue, pairwiseDisjoint } from "./disjoint.ts"
import { hasOnly, isWellFormed, keywordsOf } from "./keywords.ts"
import type { StepBudget } from "./pattern.ts"
import { regExpOf } from "./pattern-tree.ts"
import type { Meaning, NumberShape, SchemaType, Shape, StringShape, Variant } from "./shape.ts"

const noMarks: ReadonlySet<string> = new Set()

/** A type that holds every value, marked so that personal values may flow into it. */
export const anyType: SchemaType = {
  variants: [{ marks: new Set(["pii"]), unit: null, shape: { kind: "any" } }],
}

/** The type of exactly these values. */
export const literalType = (values: readonly Json[]): SchemaType => typeOfShape({ kind: "literals", values })
/** A type of one shape without marks. */
export const typeOfShape = (shape: Shape): SchemaType => ({
  variants: [{ marks: noMarks, unit: null, shape }],
})
/** The type of arrays whose elements are of a type. */
export const arrayOf = (rest: SchemaType, max: number): SchemaType =>
  typeOfShape({ kind: "array", prefix: [], rest, min: 0, max, unique: false })
/** The union of two types. */
export const either = (a: SchemaType, b: SchemaType): SchemaType => ({
  variants: [...a.variants, ...b.variants],
})
/** A type that holds every value that is not personal. */
export const plainAnyType: SchemaType = typeOfShape({ kind: "any" })
/** The type of `null`. */
export const nullType: SchemaType = typeOfShape({ kind: "null" })

/** The type that a whole schema document describes. Built once for each document and kept as long as it lives. */
export function typeOf(schema: JsonSchema): SchemaType {
  const known = built.get(schema)
  if (known !== undefined) return known
  const reader = new SchemaReader(schema)
  const made = reader.read(schema)
  built.set(schema, made)
  if (reader.gaveUp) endless.add(schema)
  return made
}

/** True when a schema unfolds into more variants than are read: what is left of it is `opaque`. */
export function isEndless(schema: JsonSchema): boolean {
  typeOf(schema)
  return endless.has(schema)
}

/** Lets all tests of the patterns of a schema document share these steps. For documents from outside, before their type is read. */
export const limitSteps = (schema: JsonSchema, steps: StepBudget): unknown => limits.set(schema, steps)

/** True when an opaque spelling leads elsewhere: then the same spelling need not be the same schema. */
export const refers = (spelling: string): boolean => /"\$(?:r|dynamicR|recursiveR)ef"/.test(spelling)

/** True when a field of this type has a mark, in whichever variant. */
export const hasMark = (type: SchemaType, mark: string): boolean =>
  type.variants.some((variant) => variant.marks.has(mark))

const built = new WeakMap<JsonSchema, SchemaType>()
const limits = new WeakMap<JsonSchema, StepBudget>()
const endless = new WeakSet<JsonSchema>()
const noMeaning: Meaning = { marks: noMarks, unit: null }

const patternsMax = 20
/** Most variants of one document: a few dozen definitions that each name the next one twice would have more than atoms. */
const variantsMax = 20_000

/** Reads the nodes of one document. A node that refers to itself gives a type that refers to itself. */
class SchemaReader {
  readonly #root: JsonSchema
  readonly #types = new Map<JsonSchema, { variants: readonly Variant[] }>()
  #looked = 0

  /** True when variants were left out because there are too many. */
  get gaveUp(): boolean {
    return this.#looked > variantsMax
  }

  constructor(root: JsonSchema) {
    this.#root = root
  }

  read(node: JsonSchema): SchemaType {
    const known = this.#types.get(node)
    if (known !== undefined) return known
    const type: { variants: readonly Variant[] } = { variants: [] }
    this.#types.set(node, type)
    type.variants = this.#variants(node, noMeaning, [])
    return type
  }

  #readAny(node: Json | undefined): SchemaType {
    if (isObject(node)) return this.read(node)
    if (node === false) return { variants: [] }
    return node === undefined || node === true
      ? plainAnyType
      : typeOfShape({ kind: "opaque", spelling: canonical(node) })
  }

  #variants(node: JsonSchema, outer: Meaning, behind: readonly JsonSchema[]): readonly Variant[] {
    this.#looked += 1
    if (behind.includes(node) || this.gaveUp) return [opaque(node, outer)]
    const meaning = meaningOf(node, outer)
    const inner = [...behind, node]
    const union = node["anyOf"] ?? node["oneOf"]
    if (isList(union)) {
      if (!hasOnly(node, node["anyOf"] === undefined ? oneOfKeyword : anyOfKeyword))
        return [opaque(node, meaning)]
      const members = union.map((member) =>
        isObject(member) ? this.#variants(member, meaning, inner) : [opaque(node, meaning)],
      )
      // `oneOf` refuses a value that two members take; where that could happen it is not a union.
      return node["oneOf"] === undefined || pairwiseDisjoint(members)
        ? members.flat()
        : [opaque(node, meaning)]
    }
    if (node["$ref"] !== undefined) {
      const target = this.#target(node["$ref"])
      if (target === undefined || !hasOnly(node, refKeywords)) return [opaque(node, meaning)]
      return this.#variants(target, meaning, inner)
    }
    return this.#simple(node, meaning)
  }

  #simple(node: JsonSchema, meaning: Meaning): readonly Variant[] {
    const types = isList(node["type"]) ? node["type"] : [node["type"]]
    const listed = "const" in node ? [node["const"] ?? null] : node["enum"]
    if (isList(listed)) {
      const values = listed.filter((value) => types.some((type) => isOfType(value, type)))
      return hasOnly(node, "const" in node ? constKeywords : enumKeywords)
        ? [{ ...meaning, shape: { kind: "literals", values } }]
        : [opaque(node, meaning)]
    }
    return types.map((type): Variant => {
      if (type === undefined && hasOnly(node, none)) return { ...meaning, shape: { kind: "any" } }
      const shape =
        typeof type === "string" && this.#understands(node, types) ? this.#shape(type, node) : null
      return shape === null ? opaque(node, meaning) : { ...meaning, shape }
    })
  }

  // With several types, each keyword belongs to one of them and says nothing about the others.
  #understands(node: JsonSchema, types: readonly (Json | undefined)[]): boolean {
    const known = types.flatMap((type) => (typeof type === "string" ? keywordsOf(type) : []))
    return hasOnly(node, new Set(["type", ...known])) && isWellFormed(node)
  }

  #shape(type: string, node: JsonSchema): Shape | null {
    switch (type) {
      case "null":
      case "boolean":
        return { kind: type }
      case "string":
        return stringShape(node, limits.get(this.#root))
      case "integer":
      case "number":
        return numberShape(node, type === "integer")
      case "array":
        return {
          kind: "array",
          prefix: isList(node["prefixItems"]) ? node["prefixItems"].map((item) => this.#readAny(item)) : [],
          rest: node["items"] === false ? null : this.#readAny(node["items"]),
          min: numberOr(node["minItems"], 0),
          max: numberOr(node["maxItems"], Number.POSITIVE_INFINITY),
          unique: node["uniqueItems"] === true,
        }
      case "object":
        return {
          kind: "object",
          properties: new Map(
            Object.entries(isObject(node["properties"]) ? node["properties"] : {}).map(([name, child]) => [
              name,
              this.#readAny(child),
            ]),
          ),
          required: new Set(
            isList(node["required"]) ? node["required"].filter((name) => typeof name === "string") : [],
          ),
          additional:
            node["additionalProperties"] === false ? null : this.#readAny(node["additionalProperties"]),
          names:
            node["propertyNames"] === undefined || node["propertyNames"] === true
              ? null
              : this.#readAny(node["propertyNames"]),
        }
      default:
        return null
    }
  }

  #target(ref: Json): JsonSchema | undefined {
    if (ref === "#") return this.#root
    return definitionAt(this.#root, ref) ?? undefined
  }
}

const none: ReadonlySet<string> = new Set()
const anyOfKeyword = new Set(["anyOf"])
const oneOfKeyword = new Set(["oneOf"])
const refKeywords = new Set(["$ref"])
const constKeywords = new Set(["const", "type"])
const enumKeywords = new Set(["enum", "type"])

function isOfType(value: Json, type: Json | undefined): boolean {
  if (type === undefined || type === kindOfValue(value)) return true
  return type === "integer" && Number.isInteger(value)
}

function stringShape(node: JsonSchema, steps: StepBudget | undefined): StringShape | null {
  const parts = isList(node["allOf"]) ? node["allOf"] : []
  const patterns = [node, ...parts].flatMap((part) =>
    isObject(part) && typeof part["pattern"] === "string" ? [part["pattern"]] : [],
  )
  // A format beside a pattern is the pattern's name; a format without a pattern says more than is kept here.
  const onlyPatterns = parts.every(
    (part) =>
      isObject(part) &&
      typeof part["pattern"] === "string" &&
      Object.keys(part).every((key) => key === "pattern" || key === "format"),
  )
  if (!onlyPatterns || patterns.length > patternsMax) return null
  if (patterns.some((pattern) => regExpOf(pattern) === null)) return null
  return {
    kind: "string",
    min: numberOr(node["minLength"], 0),
    max: numberOr(node["maxLength"], Number.POSITIVE_INFINITY),
    format: typeof node["format"] === "string" ? node["format"] : null,
    patterns,
    ...(steps === undefined ? {} : { steps }),
  }
}

function numberShape(node: JsonSchema, integer: boolean): NumberShape {
  const above = numberOr(node["exclusiveMinimum"], Number.NEGATIVE_INFINITY)
  const below = numberOr(node["exclusiveMaximum"], Number.POSITIVE_INFINITY)
  const min = numberOr(node["minimum"], Number.NEGATIVE_INFINITY)
  const max = numberOr(node["maximum"], Number.POSITIVE_INFINITY)
  const multipleOf = typeof node["multipleOf"] === "number" ? node["multipleOf"] : null
  if (!integer) return { kind: "number", integer, min, max, above, below, multipleOf }
  return {
    kind: "number",
    integer,
    multipleOf,
    above: Number.NEGATIVE_INFINITY,
    below: Number.POSITIVE_INFINITY,
    min: Math.max(Math.ceil(min), Math.floor(above) + 1),
    max: Math.min(Math.floor(max), Math.ceil(below) - 1),
  }
}

function meaningOf(node: JsonSchema, outer: Meaning): Meaning {
  const marks = node["x-marks"]
  const unit = node["x-unit"]
  const fallback = node["default"] === undefined ? outer.default : node["default"]
  if (marks === undefined && unit === undefined && fallback === outer.default) return outer
  const own = isList(marks) ? marks.filter((mark) => typeof mark === "string") : []
  return {
    marks: new Set([...outer.marks, ...own]),
    unit: typeof unit === "string" ? unit : outer.unit,
    ...(fallback === undefined ? {} : { default: fallback }),
  }
}

const opaque = (node: JsonSchema, meaning: Meaning): Variant => ({
  ...meaning,
  shape: { kind: "opaque", spelling: canonical(node) },
})

const numberOr = (value: Json | undefined, otherwise: number): number =>
  typeof value === "number" ? value : otherwise
