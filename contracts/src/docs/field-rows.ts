// A contract's schema as rows that a person reads: one a field, nested fields by their path.
// Owns: the words for types and bounds. Does not own: the page around them (contract-page.ts).

import { isObject, type Json } from "../json/json.ts"
import { marksOf, type JsonSchema } from "../schema/schema.ts"
import { isList } from "../plan/reference.ts"

/** One field. `path` is dotted, `[]` means the items of a list and `*` any name of a map. */
interface FieldRow {
  readonly path: string
  readonly type: string
  readonly required: boolean
  /** What the schema says beyond the type: bounds, marks, unit, description. */
  readonly notes: string
}

/** Deeper fields are left to the schema: a page is for reading. */
const depthMax = 3
/** Bounds that only say "a number that JSON can carry". */
const integerMax = 9_007_199_254_740_991
const wordsOfPattern: readonly (readonly [RegExp, string])[] = [
  [/^\^sha256:/, "digest"],
  [/^\^\\d\{4\}-\\d\\d-\\d\\dT/, "time"],
  [/^\^P\(\?=/, "duration"],
  [/^\^\(\(hum\|svc\|agt\|tol\)/, "principal"],
  [/^\^(\()?hum_?\|/, "principal"],
]

/** The fields of a closed object, in the order of the schema, nested ones after their parent. */
export function fieldRows(schema: JsonSchema): readonly FieldRow[] {
  return rowsBelow(schema, "", 1)
}

/** The type of a schema in a few words. */
export function typeWord(schema: JsonSchema): string {
  if (schema["const"] !== undefined) return `\`${said(schema["const"])}\``
  const choices = schema["enum"]
  if (isList(choices)) return choices.map((choice) => `\`${said(choice)}\``).join(", ")
  const variants = variantsOf(schema)
  if (variants.length > 0) return [...new Set(variants.map(typeWord))].join(" or ")
  if (schema["type"] === "array") return `list of ${typeWord(asSchema(schema["items"]))}`
  if (schema["type"] === "object") return schema["additionalProperties"] === false ? "object" : "map"
  if (schema["type"] === "string") return stringWord(said(schema["pattern"]))
  return typeof schema["type"] === "string" ? schema["type"] : "any JSON"
}

function rowsBelow(schema: JsonSchema, under: string, depth: number): readonly FieldRow[] {
  const required = Array.isArray(schema["required"]) ? schema["required"] : []
  return Object.entries(asSchema(schema["properties"])).flatMap(([name, inner]) => {
    const field = asSchema(inner)
    const path = below(under, name)
    const row = { path, type: typeWord(field), required: required.includes(name), notes: notesOf(field) }
    return [row, ...(depth < depthMax ? nested(field, path, depth + 1) : [])]
  })
}

/** Names that are not plain words are quoted, so that a dot in a name does not read as a level. */
function below(under: string, name: string): string {
  if (!/^[\w$-]+$/.test(name)) return `${under}[${JSON.stringify(name)}]`
  return under === "" ? name : `${under}.${name}`
}

function nested(field: JsonSchema, path: string, depth: number): readonly FieldRow[] {
  if (field["type"] === "array") return nested(asSchema(field["items"]), `${path}[]`, depth)
  const named = field["additionalProperties"]
  if (typeof named === "object") return nested(asSchema(named), `${path}.*`, depth)
  const variants = variantsOf(field).filter((variant) => variant["type"] === "object")
  return variants.length > 0
    ? variants.flatMap((variant) => rowsBelow(variant, path, depth))
    : rowsBelow(field, path, depth)
}

function notesOf(field: JsonSchema): string {
  const { minimum, maximum, minItems, maxItems, minLength, maxLength, description } = field
  const unit = field["x-unit"]
  return [
    ...(typeof description === "string" ? [description] : []),
    between(
      numberOr(minimum, -integerMax),
      numberOr(maximum, integerMax),
      typeof unit === "string" ? unit : "",
    ),
    between(minItems, maxItems, "items"),
    field["pattern"] !== undefined && stringWord(said(field["pattern"])) !== "text"
      ? ""
      : between(minLength === 0 ? undefined : minLength, maxLength, "characters"),
    marksOf(field).length === 0 ? "" : `marks: ${marksOf(field).join(", ")}`,
  ]
    .filter((note) => note !== "")
    .join("; ")
}

function between(min: Json | undefined, max: Json | undefined, what: string): string {
  if (min === undefined && max === undefined) return ""
  const bounds =
    min === undefined
      ? `at most ${said(max)}`
      : max === undefined
        ? `at least ${said(min)}`
        : `${said(min)} to ${said(max)}`
  return what === "" ? bounds : `${bounds} ${what}`
}

const numberOr = (bound: Json | undefined, meaningless: number): Json | undefined =>
  bound === meaningless ? undefined : bound

/** The type that a pattern of the primitives describes; `text` for all others. */
function stringWord(pattern: string): string {
  const id = /^\^([a-z]{3})_\[/.exec(pattern)
  if (id !== null) return `id \`${id[1] ?? ""}_…\``
  return wordsOfPattern.find(([form]) => form.test(pattern))?.[1] ?? "text"
}

function variantsOf(schema: JsonSchema): readonly JsonSchema[] {
  const variants = schema["anyOf"] ?? schema["oneOf"]
  return Array.isArray(variants) ? variants.map(asSchema) : []
}

function asSchema(value: Json | undefined): JsonSchema {
  return isObject(value) ? (value as JsonSchema) : {}
}

/** A value of a schema as it reads: text without quotes, nothing for what is absent. */
function said(value: Json | undefined): string {
  if (value === undefined) return ""
  return typeof value === "string" ? value : JSON.stringify(value)
}
