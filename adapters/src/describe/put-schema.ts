// Schemas of a generated description: each below `components/schemas`, with its own definitions beside it.
// Owns: names and references inside a document. Does not own: a single schema; those are the contracts'.

import type { Json, JsonObject, JsonSchema } from "@counterfoil/contracts"

/** Puts a schema under a name, its own definitions beside it, and answers the reference to it. */
export function putSchema(
  schemas: Record<string, Json>,
  name: string,
  schema: JsonSchema,
): { readonly $ref: string } {
  schemas[name] = inlineSchema(schemas, name, schema)
  return { $ref: placeOf(name) }
}

/** Puts only a schema's definitions, under names that start with `name`, and answers the schema itself, to stand elsewhere. */
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
  const movedRef = (ref: string): string =>
    ref === "#" ? placeOf(name) : ref.replace(/^#\/\$defs\/(.+)$/, `${placeOf(name)}.$1`)
  for (const [definition, inner] of Object.entries(asObject($defs)))
    schemas[`${name}.${definition}`] = moved(inner)
  return movedObject(rest)
}

const placeOf = (name: string): string => `#/components/schemas/${name}`
const asObject = (value: Json | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
