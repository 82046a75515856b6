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
  ])("does not depend on the words %s", (_place, schema) => {
    for (const field of ["input", "output", "payload"])
      expect(digestOf({ [field]: schema("one") })).toBe(digestOf({ [field]: schema("two") }))
  })

  test.each([
    ["const", (value: object) => ({ input: { const: value } })],
    ["enum", (value: object) => ({ input: { enum: [value] } })],
    ["default", (value: object) => ({ input: { properties: { order: { default: value } } } })],
    ["the input of its undo", (value: object) => ({ undo: { contract: "demo.undo@1", input: value } })],
    [
      "the input of what it observes",
      (value: object) => ({ observes: { contract: "demo.read@1", input: value } }),
    ],
    ["a keyword that is not known", (value: object) => ({ input: { "x-form": value } })],
  ])("covers a literal in %s, with any names of members", (_place, fields) => {
    for (const name of ["title", "description", "examples", "$comment", "deprecated"])
      expect(digestOf(fields({ [name]: "one" }))).not.toBe(digestOf(fields({ [name]: "two" })))
  })

  test.each([
    [
      "the sentence of a check",
      { checks: [{ id: "a", version: 1, says: "one" }] },
      { checks: [{ id: "a", version: 1, says: "two" }] },
    ],
    [
      "the order of checks",
      {
        checks: [
          { id: "a", version: 1 },
          { id: "b", version: 1 },
        ],
      },
      {
        checks: [
          { id: "b", version: 1 },
          { id: "a", version: 1 },
        ],
      },
    ],
    [
      "an example in a schema",
      { payload: { properties: { a: { examples: ["one"] } } } },
      { payload: { properties: { a: {} } } },
    ],
    [
      "the order of required fields",
      { input: { items: { required: ["a", "b"] } } },
      { input: { items: { required: ["b", "a"] } } },
    ],
    [
      "the order of the values of an enum",
      { output: { enum: [1, { a: 1 }] } },
      { output: { enum: [{ a: 1 }, 1] } },
    ],
    ["the order of types", { input: { type: ["string", "null"] } }, { input: { type: ["null", "string"] } }],
    [
      "the order of who may call it",
      { auth: { kinds: ["human", "agent"] } },
      { auth: { kinds: ["agent", "human"] } },
    ],
    [
      "the order of errors and events",
      { errors: ["A", "B"], emits: ["c@1", "d@1"] },
      { errors: ["B", "A"], emits: ["d@1", "c@1"] },
    ],
    ["the minor and the patch version", { version: "1.0.0" }, { version: "1.4.2" }],
    [
      "how a duration is written",
      { limits: { deadline: "PT120S" }, window: "PT1H", probe: { settle: "P1D" } },
      { limits: { deadline: "PT2M" }, window: "PT60M", probe: { settle: "PT24H" } },
    ],
  ])("says nothing of %s", (_what, one, other) => {
    expect(digestOf(one)).toBe(digestOf(other))
  })

  test.each([
    ["the version of a check", { checks: [{ id: "a", version: 1 }] }, { checks: [{ id: "a", version: 2 }] }],
    ["which fields are required", { input: { required: ["a"] } }, { input: { required: ["a", "b"] } }],
    ["the order of a literal list", { input: { const: ["a", "b"] } }, { input: { const: ["b", "a"] } }],
    [
      "the order in a default",
      { input: { default: { required: ["a", "b"] } } },
      { input: { default: { required: ["b", "a"] } } },
    ],
    [
      "the order of alternatives, of which the first that fits parses",
      { input: { anyOf: [{ type: "string" }, { type: "number" }] } },
      { input: { anyOf: [{ type: "number" }, { type: "string" }] } },
    ],
    [
      "the words of a preview, which approvals are bound to",
      { preview: [{ label: "a", at: "/a" }] },
      { preview: [{ label: "b", at: "/a" }] },
    ],
    ["the major version", { version: "1.0.0" }, { version: "2.0.0" }],
    ["a longer deadline", { limits: { deadline: "PT2M" } }, { limits: { deadline: "PT3M" } }],
  ])("covers %s", (_what, one, other) => {
    expect(digestOf(one)).not.toBe(digestOf(other))
  })

  test("covers a property of any name", () => {
    for (const name of [
      "required",
      "enum",
      "title",
      "description",
      "examples",
      "$comment",
      "deprecated",
      "const",
      "$defs",
    ])
      expect(digestOf({ input: { properties: { [name]: { type: "string" } } } })).not.toBe(
        digestOf({ input: { properties: { [name]: { type: "number" } } } }),
      )
  })

  test("covers every field beside its schemas", () => {
    expect(digestOf({ title: "one" })).not.toBe(digestOf({ title: "two" }))
  })
})
