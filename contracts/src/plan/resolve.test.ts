// Resolving references and conditions at run time, with values written by hand.

import { describe, expect, test } from "vitest"
import { canonicalBytes } from "../json/canonical.ts"
import type { Json } from "../json/json.ts"
import { asLiteral, referencesOf, toleratesSkip } from "./reference.ts"
import { evaluateCondition, resolveInput, type Scope, type StepValue } from "./resolve.ts"

const done = (output: Json): StepValue => ({ status: "completed", output })
const scope: Scope = {
  outputs: new Map<string, StepValue>([
    [
      "charge",
      done({
        "id": "ch_81",
        "amount": 4200,
        "notify": true,
        "a/b": 1,
        "at": "2026-11-21T08:35:00.000Z",
        "none": null,
      }),
    ],
    ["mail", { status: "skipped" }],
    ["all", done([{ id: "x" }, null])],
  ]),
  item: { name: "ana", tags: ["t"] },
  index: 3,
}

/** More characters than any value here has. */
const roomy = 10_000

describe("many references to one large value", () => {
  const long = "x".repeat(1_000)
  const large: Scope = { outputs: new Map([["read", done({ text: long, list: [long, { deep: long }] })]]) }
  const text = { $from: "read", at: "/text" }

  test.each<readonly [string, Json, string]>([
    ["in a list", [1, text, text, text], "/3"],
    ["in a text", { a: { $text: ["x", text, text, text] } }, "/a/$text/3"],
    ["to a whole list", [{ $from: "read", at: "/list" }, text], "/1"],
    ["to a whole output", { a: { $from: "read", at: "" } }, "/a"],
  ])("are refused by their size, where it is too much: %s", (_title, input, at) => {
    expect(resolveInput(input, large, 2_500)).toEqual({ ok: false, error: { kind: "size", at } })
  })

  test("are resolved while all of them fit, as they are spelled", () => {
    const input = [text, { a: { $from: "read", at: "/list" } }]
    const resolved = resolveInput(input, large, roomy)
    if (!resolved.ok) throw new Error("it was refused")
    const { length } = canonicalBytes(resolved.value)
    expect(resolveInput(input, large, length)).toEqual(resolved)
  })

  test("cost no more than looking at each of them", () => {
    const many = Array.from({ length: 100_000 }, () => text)
    const huge: Scope = { outputs: new Map([["read", done({ text: "x".repeat(1_000_000) })]]) }
    const sized = { ok: false, error: { kind: "size" } }
    expect(resolveInput(many, huge, 1_500_000)).toMatchObject(sized)
    expect(resolveInput({ $text: many }, huge, 1_500_000)).toMatchObject(sized)
    expect(evaluateCondition({ eq: [{ $text: many }, "x"] }, huge)).toMatchObject(sized)
    expect(evaluateCondition({ in: [text, many] }, huge)).toMatchObject(sized)
  })
})

describe("resolveInput", () => {
  const cases: readonly (readonly [string, Json, Json])[] = [
    ["a reference becomes the value it names", { id: { $from: "charge", at: "/id" } }, { id: "ch_81" }],
    ["an escaped pointer reads the member it spells", [{ $from: "charge", at: "/a~1b" }], [1]],
    ["a default takes the place of a skipped step", { $from: "mail", at: "/id", default: "none" }, "none"],
    ["a default takes the place of an absent value", { $from: "charge", at: "/email", default: null }, null],
    ["a null that is there is a value, not an absence", { $from: "charge", at: "/none", default: 1 }, null],
    [
      "an absent member without default is left out",
      { a: 1, email: { $from: "charge", at: "/email" } },
      { a: 1 },
    ],
    [
      "an instance sees its element and its index",
      [{ $item: "/name" }, { $item: "/tags/0" }, { $index: true }],
      ["ana", "t", 3],
    ],
    [
      "text joins strings, integers and booleans",
      { $text: ["a ", { $from: "charge", at: "/amount" }, " ", { $from: "charge", at: "/notify" }] },
      "a 4200 true",
    ],
    [
      "a literal is data, with any keys",
      { $literal: { $from: "charge", at: "/id" } },
      { $from: "charge", at: "/id" },
    ],
    [
      "INV-13 a secret stays a name",
      { key: { $secret: "stripe/live" } },
      { key: { $secret: "stripe/live" } },
    ],
  ]
  test.each(cases)("%s", (_title, input, value) => {
    expect(resolveInput(input, scope, roomy)).toEqual({ ok: true, value })
  })

  const refused: readonly (readonly [string, Json, string, string])[] = [
    ["an absent element of a list is missing", [1, { $from: "charge", at: "/email" }], "missing", "/1"],
    ["an absent whole input is missing", { $from: "charge", at: "/email" }, "missing", ""],
    ["a step that was skipped has no value", { a: { $from: "mail", at: "/id" } }, "skipped", "/a"],
    [
      "text does not join objects",
      { a: { $text: ["x", { $from: "charge", at: "" }] } },
      "text",
      "/a/$text/1",
    ],
    ["an unknown form has no value", { a: { $env: "HOME" } }, "shape", "/a"],
  ]
  test.each(refused)("%s", (_title, input, kind, at) => {
    expect(resolveInput(input, scope, roomy)).toEqual({ ok: false, error: { kind, at } })
  })

  test("an element outside a fan-out has no value", () => {
    expect(resolveInput({ $item: "" }, { outputs: new Map() }, roomy)).toEqual({
      ok: false,
      error: { kind: "shape", at: "" },
    })
  })
})

describe("evaluateCondition", () => {
  const amount = { $from: "charge", at: "/amount" }
  const absent = { $from: "charge", at: "/email" }
  const cases: readonly (readonly [Json, boolean])[] = [
    [null, true],
    [false, false],
    [{ eq: [{ $from: "charge", at: "/notify" }, true] }, true],
    [{ ne: [amount, 4200] }, false],
    [{ eq: [{ $literal: { b: 1, a: 2 } }, { a: 2, b: 1 }] }, true],
    [{ gt: [amount, 1000] }, true],
    [{ le: [amount, 4200] }, true],
    [{ lt: [{ $from: "charge", at: "/at" }, "2026-11-21T09:35:00+01:00"] }, false],
    [{ ge: [{ $from: "charge", at: "/at" }, "2026-11-21T09:35:00+01:00"] }, true],
    [{ in: [{ $from: "charge", at: "/id" }, ["ch_80", "ch_81"]] }, true],
    [{ exists: absent }, false],
    [{ exists: { ...absent, default: 1 } }, false],
    [{ exists: { $from: "mail", at: "/id", default: 1 } }, false],
    [{ exists: { $item: "/name" } }, true],
    [{ all: [] }, true],
    [{ any: [] }, false],
    [{ not: { all: [{ exists: absent }, { eq: [absent, "x"] }] } }, true],
    [{ any: [{ eq: [amount, 4200] }, { lt: [amount, "x"] }] }, true],
  ]
  test.each(cases)("%j is %s", (when, value) => {
    expect(evaluateCondition(when, scope)).toEqual({ ok: true, value })
  })

  const errors: readonly (readonly [Json, string, string])[] = [
    [{ eq: [absent, 1] }, "missing", "/eq/0"],
    [{ lt: [amount, "2026-11-21T08:35:00Z"] }, "comparison", "/lt"],
    [{ lt: [true, false] }, "comparison", "/lt"],
    [{ all: [true, { eq: [{ $from: "mail", at: "/id" }, 1] }] }, "skipped", "/all/1/eq/0"],
    [{ matches: ["a", "b"] }, "shape", "/matches"],
  ]
  test.each(errors)("%j is an error and not just false: %s", (when, kind, at) => {
    expect(evaluateCondition(when, scope)).toEqual({ ok: false, error: { kind, at } })
  })
})

describe("references", () => {
  test("are found in composites and text, and never inside a literal or a default", () => {
    const input: Json = {
      a: { $from: "x", at: "/1", default: { $from: "no", at: "" } },
      b: [{ $text: ["t", { $from: "y", at: "" }] }],
      c: { $literal: { $from: "no", at: "" } },
    }
    expect(referencesOf(input).map((reference) => reference.step)).toEqual(["x", "y"])
  })

  test("a step runs past a skipped need only when every reference to it has a default", () => {
    const input: Json = { a: { $from: "x", at: "/1", default: 1 }, b: { $from: "y", at: "" } }
    const step = { input, when: { eq: [{ $from: "x", at: "/2" }, 1] }, each: null }
    expect(toleratesSkip(step, "x")).toBe(false)
    expect(toleratesSkip({ ...step, when: null }, "x")).toBe(true)
    expect(toleratesSkip({ ...step, when: null }, "y")).toBe(false)
  })

  test("a value from outside that looks like a reference is written as a literal and comes back unchanged", () => {
    const value: Json = { a: [{ $from: "charge", at: "/id" }], b: { c: { $literal: 1 } }, d: 2 }
    expect(asLiteral(value)).toEqual({
      a: [{ $literal: { $from: "charge", at: "/id" } }],
      b: { c: { $literal: { $literal: 1 } } },
      d: 2,
    })
    expect(resolveInput(asLiteral(value), scope, roomy)).toEqual({ ok: true, value })
  })
})
