// What `--json` prints, as one JSON Schema (2020-12) per command, for commands with a declared shape.
// Owns: the form and the path of each schema. Does not own: the shapes, which come from the contracts and the operations.

import { objectOf, isList, jsonSchemaOf, type JsonObject, type JsonSchema } from "@counterfoil/contracts"
import type { Leaf } from "../command.ts"
import { schemaVersion } from "../show-ending.ts"

/** The schema of a command's document. `path` is below the folder of generated documents. */
export interface CliSchema {
  readonly words: string
  readonly path: string
  readonly schema: JsonObject
}

/** The schemas of these commands, in their order; none for a command that declares no shape. */
export async function cliSchemas(commands: readonly Leaf[]): Promise<readonly CliSchema[]> {
  const loaded = await Promise.all(commands.map(async (leaf) => ({ ...leaf, command: await leaf.load() })))
  return loaded.flatMap(({ words, summary, command: { document } }) => {
    if (document === undefined) return []
    const { $defs, ...shape } = jsonSchemaOf(document, "output")
    const schema = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: `urn:counterfoil:cli:${words.replaceAll(" ", ":")}`,
      title: `counterfoil ${words} --json`,
      description: `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`,
      ...versioned(shape),
      ...($defs === undefined ? {} : { $defs }),
    }
    return [{ words, path: `cli/${words.replaceAll(" ", "-")}.json`, schema }]
  })
}

/** An object's schema with the version that every document begins with; for a union, in each of its objects. */
function versioned(schema: JsonSchema): JsonObject {
  const { anyOf, properties, required } = schema
  if (isList(anyOf)) return { ...schema, anyOf: anyOf.map((one) => versioned(objectOf(one))) }
  return {
    ...schema,
    properties: { schemaVersion: { const: schemaVersion }, ...objectOf(properties) },
    required: ["schemaVersion", ...(isList(required) ? required : [])],
  }
}
