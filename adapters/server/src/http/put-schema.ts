// Schemas of a generated description: each below `components/schemas`, with its own definitions beside it.
// Owns: names and references inside a document. Does not own: the schemas; those come from the contracts.
// Any JSON value is written as the empty schema, which means the same as zod's recursive one: client generators make a
// type of each definition, and a type that is a union with arrays of itself does not compile (TS2502).

import {
  objectOf,
  AnyJson,
  jsonSchemaOf,
  type Json,
  type JsonObject,
  type JsonSchema,
} from "@counterfoil/contracts"

/** Stores a schema under a name, with its own definitions beside it, and returns the reference to it. */
export function putSchema(
  schemas: Record<string, Json>,
  name: string,
  schema: JsonSchema,
): { readonly $ref: string } {
  schemas[name] = inlineSchema(schemas, name, schema)
  return { $ref: placeOf(name) }
}

/** Stores only a schema's definitions, under names that start with `name`, and returns the schema itself for use inline. */
export function inlineSchema(
  schemas: Record<string, Json>,
  name: string,
  { $defs, ...rest }: JsonSchema,
): JsonObject {
  const moved = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(moved)
    return typeof value === "object" && value !== null ? movedObject(value as JsonObject) : value
  }
  const movedObject = (value: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === "$ref" && typeof inner === "string" ? movedRef(inner) : moved(inner),
      ]),
    )
  const definitions = Object.entries(objectOf($defs))
  const ofAny = definitions.flatMap(([key, inner]) =>
    isAnyJson(inner, `#/$defs/${key}`) ? [`#/$defs/${key}`] : [],
  )
  const movedRef = (ref: string): string => {
    if (ofAny.includes(ref)) return placeOf(anyName)
    return ref === "#" ? placeOf(name) : ref.replace(/^#\/\$defs\/(.+)$/, `${placeOf(name)}.$1`)
  }
  if (isAnyJson(rest, "#")) return anyValue
  if (ofAny.length > 0) schemas[anyName] = anyValue
  for (const [key, inner] of definitions)
    if (!ofAny.includes(`#/$defs/${key}`)) schemas[`${name}.${key}`] = moved(inner)
  return movedObject(rest)
}

const anyName = "AnyJson"
const anyValue: JsonObject = { description: "Any JSON value." }

/** True when a schema that refers to itself by `ref` accepts any JSON value. */
const isAnyJson = (schema: Json, ref: string): boolean =>
  JSON.stringify(schema).replaceAll(JSON.stringify(ref), `"#"`) === ofAnyJson
const ofAnyJson = JSON.stringify(jsonSchemaOf(AnyJson, "output"))

const placeOf = (name: string): string => `#/components/schemas/${name}`
