import { describe, expect, test } from "vitest"
import { digestsOfDocument } from "./from-document.ts"

const digestOf = (fields: object): string =>
  digestsOfDocument({ kind: "command", name: "demo.do", version: "1.0.0", ...fields }).digest

describe("the digest of a contract", () => {
  test.each([
    ["of the whole schema", (says: string) => ({ title: says })],
    ["of a property", (says: string) => ({ properties: { amount: { description: says } } })],
    ["of a definition", (says: string) => ({ $defs: { amount: { $comment: says } } })],
    ["of an alternative", (says: string) => ({ anyOf: [{ type: "null" }, { description: says }] })],
    ["of items", (says: string) => ({ items: { title: says } })],
    [
      "of a property that is called properties",
      (says: string) => ({ properties: { properties: { title: says } } }),
    ],
    ["of a property that is called const", (says: string) => ({ properties: { const: { title: says } } })],
  ])("is the same whatever the words %s say", (_place, schema) => {
    for (const field of ["input", "output", "payload"])
      expect(digestOf({ [field]: schema("one") })).toBe(digestOf({ [field]: schema("two") }))
  })

  test.each([
    ["const", (value: object) => ({ input: { const: value } })],
    ["enum", (value: object) => ({ input: { enum: [value] } })],
    ["default", (value: object) => ({ input: { properties: { order: { default: value } } } })],
    ["examples", (value: object) => ({ payload: { examples: [value] } })],
    ["the input of its undo", (value: object) => ({ undo: { contract: "demo.undo@1", input: value } })],
    [
      "the input of what it observes",
      (value: object) => ({ observes: { contract: "demo.read@1", input: value } }),
    ],
    ["a keyword that is not known", (value: object) => ({ input: { "x-form": value } })],
  ])("covers a literal in %s, whatever its members are called", (_place, fields) => {
    for (const name of ["title", "description", "examples", "$comment", "deprecated"])
      expect(digestOf(fields({ [name]: "one" }))).not.toBe(digestOf(fields({ [name]: "two" })))
  })

  test("covers a property, whatever it is called", () => {
    for (const name of ["title", "description", "examples", "$comment", "deprecated", "const", "$defs"])
      expect(digestOf({ input: { properties: { [name]: { type: "string" } } } })).not.toBe(
        digestOf({ input: { properties: { [name]: { type: "number" } } } }),
      )
  })

  test("covers whatever stands beside its schemas", () => {
    expect(digestOf({ title: "one" })).not.toBe(digestOf({ title: "two" }))
  })
})
