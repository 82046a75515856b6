// A schema as it constrains values: without marks, units, defaults and words.
// Owns: that form. Does not own: reading it (shape/).

import type { JsonSchema } from "../schema/schema.ts"
import { isObject, type Json } from "../json/json.ts"
import { isList } from "../plan/reference.ts"

const annotations = new Set(["title", "description", "examples", "$comment", "deprecated", "default"])
/** Keywords below which keys are names that an author chose, not keywords: a field may be called `title`. */
const named = new Set([
  "properties",
  "patternProperties",
  "dependentSchemas",
  "dependentRequired",
  "$defs",
  "definitions",
])
/** Keywords whose value is data, even when it looks like a schema. */
const data = new Set(["const", "enum", "required"])

/** The schema without what says nothing about which values are accepted. */
export function bareSchema(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): [string, Json][] => {
      if (annotations.has(key) || key.startsWith("x-")) return []
      if (data.has(key)) return [[key, value]]
      if (!named.has(key) || !isObject(value)) return [[key, inside(value)]]
      return [
        [key, Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inside(member)]))],
      ]
    }),
  )
}

function inside(value: Json): Json {
  if (isList(value)) return value.map(inside)
  return isObject(value) ? bareSchema(value) : value
}
