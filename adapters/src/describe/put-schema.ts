// Schemas of a generated description: each below `components/schemas`, with its own definitions beside it.
// Owns: names and references inside a document. Does not own: a single schema; those are the contracts'.

import type { Json, JsonObject, JsonSchema } from "@counterfoil/contracts"

/** Puts a schema under a name, its own definitions beside it, and answers the reference to it. */
export function putSchema(
  schemas: Record<string, Json>,
  name: string,
  schema: JsonSchema,
): { readonly $ref: string } {
  const { $defs, ...rest } = schema
  const place = `#/components/schemas/${name}`
  const moved = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(moved)
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === "$ref" && typeof inner === "string" ? movedRef(inner) : moved(inner),
      ]),
    )
  }
  const movedRef = (ref: string): string =>
    ref === "#" ? place : ref.replace(/^#\/\$defs\/(.+)$/, `${place}.$1`)
  schemas[name] = moved(rest)
  for (const [definition, inner] of Object.entries(asObject($defs)))
    schemas[`${name}.${definition}`] = moved(inner)
  return { $ref: place }
}

const asObject = (value: Json | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
