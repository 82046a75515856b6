// Checks that a contract's schema hides nothing from its JSON Schema: an unwritten rule could change without anyone seeing it.
// Owns: the lists of what zod writes down in full. They are allow lists, so a kind of schema or check that a
// later zod adds is refused until a maintainer has examined it.

import { z } from "zod"
import { formatPointer } from "../json/json-pointer.ts"
import { reservedKeys } from "../json/parse-json.ts"
import { existingInstant } from "../primitives.ts"

/** Kinds of schemas that JSON Schema can say, all of it. */
const written = new Set([
  "array",
  "boolean",
  "default",
  "enum",
  "int",
  "intersection",
  "lazy",
  "literal",
  "never",
  "nonoptional",
  "null",
  "nullable",
  "number",
  "object",
  "optional",
  "prefault",
  "readonly",
  "record",
  "string",
  "template_literal",
  "tuple",
  "union",
  "unknown",
])
const writtenChecks = new Set([
  "greater_than",
  "length_equals",
  "less_than",
  "max_length",
  "min_length",
  "multiple_of",
  "number_format",
  "string_format",
])
/** Formats that zod writes down and JSON Schema does not know; a pattern says the same to every reader. */
const foreignFormats = new Set(["starts_with", "ends_with", "includes", "lowercase", "uppercase"])
/** Options of a format that its name does not show. */
const formatOptions = ["alg", "hostname", "protocol"] as const
/** What metadata may add to a schema. Any other key would be in the JSON Schema and claim what the schema does not do. */
const writtenMeta = new Set(["$comment", "deprecated", "description", "examples", "id", "title"])

/**
 * What a schema holds that its JSON Schema would not say: refinements, transforms, open objects, types that are not JSON.
 * Empty for a schema that a contract may have.
 */
export function schemaSecrets(schema: z.ZodType): readonly string[] {
  return [...placesOf(schema)].flatMap(([node, at]) => {
    const def: Definition = { ...node._zod.def }
    return [...nodeSecrets(node, def), ...checkSecrets(def)].map((says) => `${formatPointer(at)}: ${says}`)
  })
}

/** Every schema inside a schema, itself included, each once. */
export const schemaNodes = (schema: z.ZodType): readonly z.ZodType[] => [...placesOf(schema).keys()]

/** The same, with the place where each was met first. */
function placesOf(schema: z.ZodType): ReadonlyMap<z.ZodType, readonly string[]> {
  const places = new Map<z.ZodType, readonly string[]>()
  const visit = (node: unknown, at: readonly string[]): void => {
    if (!(node instanceof z.ZodType) || places.has(node)) return
    places.set(node, at)
    for (const [name, child] of children(node, { ...node._zod.def })) visit(child, [...at, name])
  }
  visit(schema, [])
  return places
}

type Definition = { readonly [field: string]: unknown }

function nodeSecrets(node: z.ZodType, def: Definition): readonly string[] {
  const type = String(def["type"])
  const added = Object.keys(node.meta() ?? {}).filter((key) => !writtenMeta.has(key) && !key.startsWith("x-"))
  return [
    ...(written.has(type) ? [] : [`${type} is not JSON, or says less than it does`]),
    ...(def["coerce"] === true ? ["a coercion is not visible in the schema"] : []),
    ...(type === "object" && def["catchall"] === undefined ? ["the object is open"] : []),
    ...namesIn(def)
      .filter((name) => reservedKeys.has(name))
      .map((name) => `no input can have a field ${name}`),
    ...added.map((key) => `metadata may not say ${key}: the schema does`),
  ]
}

const namesIn = ({ shape }: Definition): readonly string[] =>
  typeof shape === "object" && shape !== null ? Object.keys(shape) : []

// Whether an instant exists is said by the pattern of `Time` itself: the parsers here read that pattern as the form
// (shape/pattern.ts), so nothing of it is hidden.
// A format is a schema of its own (`z.url()`) or a check of a text (`z.string().url()`); both are defined alike.
function checkSecrets(def: Definition): readonly string[] {
  const checks = Array.isArray(def["checks"])
    ? def["checks"].filter((check) => check !== existingInstant).map(definitionOf)
    : []
  return [...("check" in def ? [def] : []), ...checks].flatMap((check) => {
    const kind = String(check["check"])
    if (!writtenChecks.has(kind)) return [`a ${kind} check is not visible in the schema`]
    return kind === "string_format" ? formatSecrets(check) : []
  })
}

function formatSecrets(def: Definition): readonly string[] {
  const { format, pattern } = def
  const told = formatOptions.filter((option) => def[option] !== undefined)
  const isCode = typeof def["fn"] === "function" && !(pattern instanceof RegExp)
  // JSON Schema reads every pattern alike; only `u` changes nothing that it says.
  const hasFlags = pattern instanceof RegExp && /[^u]/.test(pattern.flags)
  return [
    ...(foreignFormats.has(String(format))
      ? [`a ${String(format)} check is not JSON Schema: use a pattern`]
      : []),
    ...(isCode ? [`the code of the format ${String(format)} is not visible in the schema`] : []),
    ...(hasFlags ? ["the flags of a pattern are not visible in the schema"] : []),
    ...told.map((option) => `the ${option} of a format is not visible in the schema: use a pattern`),
  ]
}

function definitionOf(check: unknown): Definition {
  if (typeof check !== "object" || check === null || !("_zod" in check)) return {}
  const inner = check._zod
  if (typeof inner !== "object" || inner === null || !("def" in inner)) return {}
  return typeof inner.def === "object" && inner.def !== null ? { ...inner.def } : {}
}

const single = [
  "element",
  "innerType",
  "valueType",
  "keyType",
  "in",
  "out",
  "left",
  "right",
  "rest",
  "catchall",
]
const several = ["options", "items", "parts"]

function children(node: z.ZodType, def: Definition): readonly (readonly [string, unknown])[] {
  const { shape } = def
  return [
    ...(typeof shape === "object" && shape !== null ? Object.entries(shape) : []),
    ...several.flatMap((name): [string, unknown][] => {
      const list = def[name]
      return Array.isArray(list) ? list.map((child, index) => [String(index), child]) : []
    }),
    ...single.map((name): [string, unknown] => [name, def[name]]),
    ...(node instanceof z.ZodLazy ? [["", node.unwrap()] as const] : []),
  ]
}
