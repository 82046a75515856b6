// What the comparison does not understand is said to be not checked, never to be safe.

import type { ContractDocument, Json } from "@counterfoil/contracts"
import { compareLocks, compareValues, type Part } from "@counterfoil/contracts/drift"
import { describe, expect, test } from "vitest"
import { changed, command, event, intent, lockOfDocuments, meta } from "./corpus/lock-of.ts"

type Schema = { readonly [keyword: string]: Json }
const inField = (field: Json): Schema => ({
  type: "object",
  properties: { field },
  additionalProperties: false,
})
const unreadAt = (part: Part, before: Json, after: Json): readonly string[] =>
  compareValues(part, inField(before), inField(after)).unread.map(({ at }) => at)

/** Keywords of JSON Schema that our contracts never use, but a document from elsewhere may have. */
const unknown: readonly (readonly [string, Json, Json])[] = [
  ["not", { type: "string" }, { type: "string", not: { const: "a" } }],
  ["if", { type: "string" }, { type: "string", if: { const: "a" }, else: false }],
  ["contains", { type: "array" }, { type: "array", contains: { const: 1 } }],
  ["dependentRequired", { type: "object" }, { type: "object", dependentRequired: { a: ["b"] } }],
  ["minProperties", { type: "object" }, { type: "object", minProperties: 1 }],
  ["unevaluatedProperties", { type: "object" }, { type: "object", unevaluatedProperties: false }],
  ["patternProperties", { type: "object" }, { type: "object", patternProperties: { "^a": false } }],
  ["a reference that leads nowhere", { type: "string" }, { $ref: "#/$defs/gone" }],
  ["a reference elsewhere", { type: "string" }, { $ref: "https://example.org/schema" }],
  ["a pattern that cannot be read", { type: "string" }, { type: "string", pattern: "(?<" }],
  ["a format inside allOf", { type: "string" }, { type: "string", allOf: [{ format: "email" }] }],
  ["both anyOf and oneOf", { type: "string" }, { anyOf: [{ type: "string" }], oneOf: [{ type: "string" }] }],
  [
    "oneOf with members that overlap",
    { type: "integer" },
    { oneOf: [{ type: "integer" }, { type: "number" }] },
  ],
  [
    "names with unknown keywords",
    { type: "object", propertyNames: { type: "string" } },
    { type: "object", propertyNames: { not: { const: "a" } } },
  ],
]

describe("a schema that is not understood", () => {
  test.each(unknown)("is not checked when it changes: %s", (_says, plain, odd) => {
    for (const part of ["input", "output", "payload"] as const) {
      expect(unreadAt(part, plain, odd).length).toBeGreaterThan(0)
      expect(unreadAt(part, odd, plain).length).toBeGreaterThan(0)
    }
  })

  test.each(unknown)("is called neither breaking nor safe when it changes: %s", (_says, plain, odd) => {
    for (const part of ["input", "output", "payload"] as const) {
      expect(compareValues(part, inField(plain), inField(odd)).changes).toEqual([])
      expect(compareValues(part, inField(odd), inField(plain)).changes).toEqual([])
    }
  })

  test("hides no change of another field", () => {
    const both = (field: Json, other: Json): Schema => ({
      type: "object",
      properties: { field, other },
      additionalProperties: false,
    })
    const [before, after] = [
      both({ type: "string" }, { type: "string" }),
      both({ not: {} }, { type: "integer" }),
    ]
    const { changes, unread } = compareValues("input", before, after)
    expect(changes.map(({ rule, at }) => `${rule} ${at}`)).toEqual(["C015 /input/other"])
    expect(unread.map(({ at }) => at)).toEqual(["/input/field"])
  })

  test.each(unknown)("is nothing to report while it stays: %s", (_says, _plain, odd) => {
    const [before, after] = [inField(odd), { ...inField(odd), title: "Another title" }]
    expect(compareValues("input", before, after)).toEqual({ changes: [], unread: [] })
  })

  test("is not checked when something that it may refer to changes", () => {
    const odd = { not: { $ref: "#/$defs/name" } }
    const [before, after] = ["string", "integer"].map((type) => ({
      ...inField(odd),
      $defs: { name: { type } },
    }))
    expect(compareValues("input", before ?? {}, after ?? {}).unread).not.toEqual([])
  })

  test("is named with its contract and its place", () => {
    const locks = [{ type: "object" }, { type: "object", minProperties: 1 }]
      .map((field) => inField({ ...field, properties: {}, additionalProperties: false }))
      .map((payload) => lockOfDocuments([changed(event, { version: "1.5.0", payload })]))
    const [before, after] = locks
    if (before === undefined || after === undefined) throw new Error("two locks were made")
    expect(compareLocks({ before, after, today: "2026-11-21" }).notChecked).toEqual([
      {
        contract: "payments.refunded@1",
        at: "/payload/field",
        why: "Its schema uses keywords that cannot be compared.",
      },
    ])
  })
})

describe("every field of a contract", () => {
  const others: { readonly [field: string]: Json } = {
    version: "1.9.0",
    kind: "query",
    capability: "payments.admin",
    input: inField({ type: "string" }),
    output: inField({ type: "string" }),
    payload: inField({ type: "string" }),
    checks: [{ id: "another", version: 1, says: "another" }],
    errors: ["NAME_TAKEN"],
    emits: [],
    auth: { kinds: ["human"], assurance: "key" },
    limits: { deadline: "PT1S", attempts: 1, inputBytes: 1, outputBytes: 1, inFlight: 1 },
    resource: null,
    effect: "unsafe",
    irreversible: true,
    floor: "high",
    window: "PT1H",
    probe: { settle: "PT1M" },
    undo: null,
    preview: [],
    path: "gate",
    onFailure: "undo",
    deadline: "P1D",
    examples: [],
    meta: { ...meta, title: "Another title" },
  }
  const cases = Object.entries({ command, event, intent }).flatMap(([kind, document]) =>
    Object.keys(document)
      .filter((field) => !["name", "version", "kind"].includes(field))
      .filter((field) => document !== event || field !== "examples")
      .map((field) => [kind, field, document] as const),
  )

  test.each(cases)("of an %s that changes is found: %s", (_kind, field, document: ContractDocument) => {
    const [old, now] = [document, changed(document, { version: "1.5.0", [field]: others[field] ?? null })]
    const drift = compareLocks({
      before: lockOfDocuments([old]),
      after: lockOfDocuments([now]),
      today: "2026-11-21",
    })
    expect(drift.findings.length + drift.notChecked.length).toBeGreaterThan(0)
  })
})
