// A schema without what the comparison of shapes must not see.
// Owns: the two forms. Does not own: reading them (shape/).

import type { JsonSchema } from "../define/schema.ts"
import type { Json } from "../json/json.ts"
import { isList } from "../plan/reference.ts"

const annotations = new Set(["title", "description", "examples", "$comment", "deprecated", "default"])
/** Keywords below which keys are names that an author chose, not keywords. */
const named = new Set(["properties", "$defs"])
/** Keywords whose value is data, whatever it looks like. */
const data = new Set(["const", "enum", "required"])

/** The schema as it constrains values: without marks, units, defaults and words. */
export const bareSchema = (schema: JsonSchema): JsonSchema =>
  walk(schema, (key) => annotations.has(key) || key.startsWith("x-"))

/** The same as a reader takes it who overlooks fields that it does not know: no object is closed. */
export const openedSchema = (schema: JsonSchema): JsonSchema =>
  walk(schema, (key, value) => key === "additionalProperties" && value === false)

function walk(schema: JsonSchema, drops: (key: string, value: Json) => boolean): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): [string, Json][] => {
      if (drops(key, value)) return []
      if (data.has(key)) return [[key, value]]
      if (!named.has(key)) return [[key, inside(value, drops)]]
      const members = isSchema(value) ? Object.entries(value) : []
      return [[key, Object.fromEntries(members.map(([name, member]) => [name, inside(member, drops)]))]]
    }),
  )
}

function inside(value: Json, drops: (key: string, value: Json) => boolean): Json {
  if (isList(value)) return value.map((item) => inside(item, drops))
  return isSchema(value) ? walk(value, drops) : value
}

const isSchema = (value: Json): value is JsonSchema =>
  typeof value === "object" && value !== null && !isList(value)
