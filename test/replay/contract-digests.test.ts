// Two implementations of a contract's digests, held to one sentence: words of its schemas do not count, and everything else does.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { canonical, digestsOfDocument, type Json, type JsonObject } from "@counterfoil/contracts"
import { contractDigestsOf } from "@counterfoil/verifier"

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
/** Words never count. Examples of a schema counted in the former digest alone. */
type Place = readonly [at: Path, is: "counted" | "word" | "example"]

function placesOf(value: Json, path: Path, reads: "schema" | "schemas" | Place[1]): readonly Place[] {
  if (Array.isArray(value)) return value.flatMap((item: Json, i) => placesOf(item, [...path, i], reads))
  if (typeof value !== "object" || value === null)
    return [[path, reads === "word" || reads === "example" ? reads : "counted"]]
  return Object.entries(value as JsonObject).flatMap(([name, member]) => {
    const at = [...path, name]
    if (reads === "schemas") return placesOf(member, at, "schema")
    if (reads !== "schema") return placesOf(member, at, reads)
    if ((words as readonly string[]).includes(name)) return placesOf(member, at, "word")
    if (name === "examples") return placesOf(member, at, "example")
    if (["properties", "$defs"].includes(name)) return placesOf(member, at, "schemas")
    return placesOf(member, at, ["items", "anyOf"].includes(name) ? "schema" : "counted")
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

describe("the digests of a contract", () => {
  test("are the same in both implementations, and cover everything of a schema but its words", () => {
    const met = new Map<Place[1], number>()
    fc.assert(
      fc.property(contract, fc.nat(), (made, drawn) => {
        const document = plain(made)
        const before = digestsOfDocument(document)
        const places = Object.entries(document).flatMap(([field, value]) =>
          ["meta", "version"].includes(field)
            ? []
            : placesOf(value, [field], ["input", "output"].includes(field) ? "schema" : "counted"),
        )
        const [path, is] = places[drawn % places.length] ?? [["name"], "counted"]
        const other = changedAt(document, path) as JsonObject
        const after = digestsOfDocument(other)
        for (const [one, own] of [
          [document, before],
          [other, after],
        ] as const)
          expect(contractDigestsOf(one)).toEqual({ digest: own.digest, former: own.formerDigest })
        expect([after.digest === before.digest, after.formerDigest === before.formerDigest]).toEqual([
          is !== "counted",
          is === "word",
        ])
        met.set(is, (met.get(is) ?? 0) + 1)
      }),
      { numRuns: 600 },
    )
    for (const is of ["counted", "word", "example"] as const) expect(met.get(is) ?? 0).toBeGreaterThan(10)
  })
})
