// A JSON Schema as the planner and the drift rules read it: a union of simple variants with their marks, built once for each schema.
// Owns: understanding the keywords that zod writes. A keyword it does not know makes a variant `opaque`, about which
// nothing is ever assumed. Does not own: comparing (fit.ts), judging values (accepts-value.ts).

import type { JsonSchema } from "../define/schema.ts"
import { canonical } from "../json/canonical.ts"
import type { Json, JsonObject } from "../json/json.ts"
import { isList } from "../plan/reference.ts"

/** What a field means beyond its shape, and the unit that it is counted in. */
export interface Meaning {
  readonly marks: ReadonlySet<string>
  readonly unit: string | null
}

/** What the values of one variant look like. `opaque` is a schema with a keyword that is not known. */
export type Shape =
  | { readonly kind: "any" }
  | { readonly kind: "opaque"; readonly spelling: string }
  | { readonly kind: "literals"; readonly values: readonly Json[] }
  | { readonly kind: "null" }
  | { readonly kind: "boolean" }
  | StringShape
  | NumberShape
  | ArrayShape
  | ObjectShape

/** Text; lengths count UTF-16 code units, and every pattern has to match. */
export interface StringShape {
  readonly kind: "string"
  readonly min: number
  readonly max: number
  readonly format: string | null
  readonly patterns: readonly string[]
}

/** Bounds are inclusive; an exclusive bound of an integer is moved by one, any other is kept apart. */
export interface NumberShape {
  readonly kind: "number"
  readonly integer: boolean
  readonly min: number
  readonly max: number
  readonly above: number
  readonly below: number
  readonly multipleOf: number | null
}

/** `rest` is what stands after `prefix`; null when nothing may. */
export interface ArrayShape {
  readonly kind: "array"
  readonly prefix: readonly SchemaType[]
  readonly rest: SchemaType | null
  readonly min: number
  readonly max: number
  readonly unique: boolean
}

/** `additional` is what further members must be; null when there are none. `names` is what their names must be. */
export interface ObjectShape {
  readonly kind: "object"
  readonly properties: ReadonlyMap<string, SchemaType>
  readonly required: ReadonlySet<string>
  readonly additional: SchemaType | null
  readonly names: SchemaType | null
}

/** One way to be a value of a type. */
export type Variant = Meaning & { readonly shape: Shape }

/** A value is of this type when it fits one variant. */
export interface SchemaType {
  readonly variants: readonly Variant[]
}

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
  const made = new SchemaReader(schema).read(schema)
  built.set(schema, made)
  return made
}

/** True when a field of this type has a mark, in whichever variant. */
export const hasMark = (type: SchemaType, mark: string): boolean =>
  type.variants.some((variant) => variant.marks.has(mark))

const built = new WeakMap<JsonSchema, SchemaType>()
const noMeaning: Meaning = { marks: noMarks, unit: null }

const annotations = new Set([
  "title",
  "description",
  "examples",
  "$comment",
  "deprecated",
  "default",
  "$schema",
  "$id",
  "$defs",
  "id",
  "readOnly",
  "writeOnly",
])
const keywordsOf: { readonly [type: string]: ReadonlySet<string> } = {
  string: new Set(["minLength", "maxLength", "format", "pattern", "allOf"]),
  integer: new Set(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
  number: new Set(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
  boolean: new Set(),
  null: new Set(),
  array: new Set(["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]),
  object: new Set(["properties", "required", "additionalProperties", "propertyNames"]),
}
const patternsMax = 20

/** Reads the nodes of one document. A node that refers to itself gives a type that refers to itself. */
class SchemaReader {
  readonly #root: JsonSchema
  readonly #types = new Map<JsonSchema, { variants: readonly Variant[] }>()

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
    if (isSchema(node)) return this.read(node)
    return node === false ? { variants: [] } : plainAnyType
  }

  #variants(node: JsonSchema, outer: Meaning, behind: readonly JsonSchema[]): readonly Variant[] {
    if (behind.includes(node)) return [opaque(node, outer)]
    const meaning = meaningOf(node, outer)
    const inner = [...behind, node]
    const union = node["anyOf"] ?? node["oneOf"]
    if (isList(union)) {
      if (!hasOnly(node, unionKeywords)) return [opaque(node, meaning)]
      return union.flatMap((member) =>
        isSchema(member) ? this.#variants(member, meaning, inner) : [opaque(node, meaning)],
      )
    }
    if (node["$ref"] !== undefined) {
      const target = this.#target(node["$ref"])
      if (target === undefined || !hasOnly(node, refKeywords)) return [opaque(node, meaning)]
      return this.#variants(target, meaning, inner)
    }
    return this.#simple(node, meaning)
  }

  #simple(node: JsonSchema, meaning: Meaning): readonly Variant[] {
    const values = "const" in node ? [node["const"] ?? null] : node["enum"]
    if (isList(values)) {
      return hasOnly(node, literalKeywords)
        ? [{ ...meaning, shape: { kind: "literals", values } }]
        : [opaque(node, meaning)]
    }
    const types = isList(node["type"]) ? node["type"] : [node["type"]]
    return types.map((type): Variant => {
      if (type === undefined && hasOnly(node, none)) return { ...meaning, shape: { kind: "any" } }
      const shape =
        typeof type === "string" && this.#understands(node, types) ? this.#shape(type, node) : null
      return shape === null ? opaque(node, meaning) : { ...meaning, shape }
    })
  }

  // With several types, each keyword belongs to one of them and says nothing about the others.
  #understands(node: JsonSchema, types: readonly (Json | undefined)[]): boolean {
    const known = types.flatMap((type) => (typeof type === "string" ? [...(keywordsOf[type] ?? none)] : []))
    return hasOnly(node, new Set(["type", ...known]))
  }

  #shape(type: string, node: JsonSchema): Shape | null {
    switch (type) {
      case "null":
      case "boolean":
        return { kind: type }
      case "string":
        return stringShape(node)
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
            Object.entries(isSchema(node["properties"]) ? node["properties"] : {}).map(([name, child]) => [
              name,
              this.#readAny(child),
            ]),
          ),
          required: new Set(
            isList(node["required"]) ? node["required"].filter((name) => typeof name === "string") : [],
          ),
          additional:
            node["additionalProperties"] === false ? null : this.#readAny(node["additionalProperties"]),
          names: isSchema(node["propertyNames"]) ? this.read(node["propertyNames"]) : null,
        }
      default:
        return null
    }
  }

  #target(ref: Json): JsonSchema | undefined {
    if (ref === "#") return this.#root
    const name = typeof ref === "string" ? /^#\/\$defs\/([^/~]+)$/.exec(ref)?.[1] : undefined
    const definitions = this.#root["$defs"]
    const target = name !== undefined && isSchema(definitions) ? definitions[name] : undefined
    return isSchema(target) ? target : undefined
  }
}

const none: ReadonlySet<string> = new Set()
const unionKeywords = new Set(["anyOf", "oneOf"])
const refKeywords = new Set(["$ref"])
const literalKeywords = new Set(["const", "enum", "type"])

function stringShape(node: JsonSchema): StringShape | null {
  const parts = isList(node["allOf"]) ? node["allOf"] : []
  const patterns = [node, ...parts].map((part) => (isSchema(part) ? part["pattern"] : null))
  const onlyPatterns = parts.every(
    (part) => isSchema(part) && Object.keys(part).every((key) => key === "pattern" || key === "format"),
  )
  if (!onlyPatterns || patterns.length > patternsMax) return null
  return {
    kind: "string",
    min: numberOr(node["minLength"], 0),
    max: numberOr(node["maxLength"], Number.POSITIVE_INFINITY),
    format: typeof node["format"] === "string" ? node["format"] : null,
    patterns: patterns.filter((pattern) => typeof pattern === "string"),
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
  if (marks === undefined && unit === undefined) return outer
  const own = isList(marks) ? marks.filter((mark) => typeof mark === "string") : []
  return { marks: new Set([...outer.marks, ...own]), unit: typeof unit === "string" ? unit : outer.unit }
}

const opaque = (node: JsonSchema, meaning: Meaning): Variant => ({
  ...meaning,
  shape: { kind: "opaque", spelling: canonical(node) },
})

const hasOnly = (node: JsonSchema, keywords: ReadonlySet<string>): boolean =>
  Object.keys(node).every((key) => keywords.has(key) || annotations.has(key) || key.startsWith("x-"))

const numberOr = (value: Json | undefined, otherwise: number): number =>
  typeof value === "number" ? value : otherwise
const isSchema = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !isList(value)
