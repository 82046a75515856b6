// Two implementations of a contract's digest, held to one sentence: words of its schemas do not count, and everything else does.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { canonical, digestsOfDocument, type Json, type JsonObject } from "@counterfoil/contracts"
import { contractDigestOf } from "@counterfoil/adapters"

const words = ["title", "description", "$comment", "deprecated"] as const
/** Names that mean something in a schema: as a property's name, and inside a literal, they mean nothing. */
const names = fc.constantFrom(
  ...words,
  "examples",
  "const",
  "enum",
  "default",
  "properties",
  "$defs",
  "items",
  "a",
)

const literal: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(null, true, 0, "", "title"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(names, tie("value"), { maxKeys: 3 }),
  ),
})).value

const schema: fc.Arbitrary<JsonObject> = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.record(
      { type: fc.constantFrom("string", "number"), title: fc.string(), const: literal, default: literal },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        properties: fc.dictionary(names, tie("schema"), { maxKeys: 3 }),
        $defs: fc.dictionary(names, tie("schema"), { maxKeys: 2 }),
        items: tie("schema"),
        anyOf: fc.array(tie("schema"), { maxLength: 2 }),
        description: fc.string(),
        enum: fc.array(literal, { maxLength: 2 }),
        examples: fc.array(literal, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  ),
})).schema

const contract = fc.record({
  kind: fc.constant("command"),
  name: fc.constant("demo.do"),
  version: fc.constant("1.0.0"),
  input: schema,
  output: schema,
  undo: fc.record({ contract: fc.constant("demo.undo@1"), input: literal }),
  observes: fc.record({ contract: fc.constant("demo.read@1"), input: literal }),
  meta: fc.record({ title: fc.string() }),
})

type Path = readonly (string | number)[]

/** Every place of a document, and whether it is a word of a schema, which nothing but people reads. */
function placesOf(
  value: Json,
  path: Path,
  reads: "schema" | "schemas" | "literal",
): readonly (readonly [Path, boolean])[] {
  if (Array.isArray(value)) return value.flatMap((item: Json, i) => placesOf(item, [...path, i], reads))
  if (typeof value !== "object" || value === null) return [[path, false]]
  return Object.entries(value as JsonObject).flatMap(([name, member]) => {
    const at = [...path, name]
    if (reads === "schemas") return placesOf(member, at, "schema")
    if (reads === "literal") return placesOf(member, at, "literal")
    if ((words as readonly string[]).includes(name)) return [[at, true] as const]
    if (["properties", "$defs"].includes(name)) return placesOf(member, at, "schemas")
    return placesOf(member, at, ["items", "anyOf"].includes(name) ? "schema" : "literal")
  })
}

function changedAt(value: Json, [key, ...rest]: Path): Json {
  if (key === undefined) return value === "changed" ? "changed again" : "changed"
  if (Array.isArray(value)) return value.map((item: Json, i) => (i === key ? changedAt(item, rest) : item))
  const object = value as JsonObject
  return Object.fromEntries(
    Object.entries(object).map(([name, member]) => [name, name === key ? changedAt(member, rest) : member]),
  )
}

const plain = (document: unknown): JsonObject => JSON.parse(canonical(document as Json)) as JsonObject

describe("the digest of a contract", () => {
  test("is one in both implementations, and covers everything of a schema but its words", () => {
    let [literals, ofWords] = [0, 0]
    fc.assert(
      fc.property(contract, fc.nat(), (made, drawn) => {
        const document = plain(made)
        const { digest } = digestsOfDocument(document)
        expect(contractDigestOf(document)).toBe(digest)
        const places = Object.entries(document).flatMap(([field, value]) =>
          field === "meta"
            ? []
            : placesOf(value, [field], ["input", "output"].includes(field) ? "schema" : "literal"),
        )
        const [path, isWord] = places[drawn % places.length] ?? [["name"], false]
        const other = changedAt(document, path) as JsonObject
        const again = digestsOfDocument(other).digest
        expect(contractDigestOf(other)).toBe(again)
        expect(again === digest).toBe(isWord)
        if (isWord) ofWords += 1
        else literals += 1
      }),
      { numRuns: 500 },
    )
    expect([literals > 50, ofWords > 20]).toEqual([true, true])
  })
})
