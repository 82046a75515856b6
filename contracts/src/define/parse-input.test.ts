// Parsing an input: targets in their one spelling wherever the schema marks them, at definition and from a document alike.

import { describe, expect, test } from "vitest"
import { z } from "zod"
import type { Json } from "../json/json.ts"
import { CapabilityName } from "../primitives.ts"
import { contractOfDocument } from "./from-document.ts"
import { defineQuery, DefinitionError } from "./define.ts"
import { parseInput } from "./parse-input.ts"
import { jsonSchemaOf, mark, marksOf } from "../schema/schema.ts"

const url = mark(z.string().max(60), ["policy", "target", "url"])
const query = <I>(
  input: z.ZodType<I>,
  example: Json,
  checks: { readonly test: (input: I) => readonly string[] }[] = [],
) =>
  defineQuery({
    name: "tests.fetch",
    version: "1.0.0",
    meta: {
      title: "Fetch",
      goal: "The content at the addresses that were given.",
      context: "Exists in tests alone, to show how inputs are parsed.",
      owners: ["tests"],
      tags: ["test"],
      stability: "beta",
    },
    capability: CapabilityName.parse("tests.fetch"),
    input,
    output: z.strictObject({}),
    checks: checks.map((check, index) => ({ id: `check-${index}`, version: 1, says: "Not this.", ...check })),
    examples: [{ title: "one", input: example }],
  })
const odd = "HTTPS://A.example:443//%61/./b#x"
const spelled = "https://a.example/a/b"

describe("an input", () => {
  const deep = query(
    z.strictObject({
      one: url,
      many: z.array(url),
      named: z.record(z.string(), url),
      pair: z.tuple([z.string(), url]),
      maybe: url.nullable().optional(),
      either: z.union([
        z.strictObject({ by: z.literal("mail"), to: mark(z.string(), ["target", "email"]) }),
        z.strictObject({ by: z.literal("web"), to: url }),
      ]),
      text: z.string(),
    }),
    { one: spelled, many: [], named: {}, pair: ["", spelled], either: { by: "web", to: spelled }, text: "" },
  )
  const wide = {
    text: odd,
    one: odd,
    many: [odd, spelled],
    named: { x: odd },
    pair: [odd, odd],
    maybe: odd,
    either: { by: "mail", to: "a@B.example" },
  }
  const narrow = {
    either: { by: "mail", to: "a@b.example" },
    many: [spelled, spelled],
    maybe: spelled,
    named: { x: spelled },
    one: spelled,
    pair: [odd, spelled],
    text: odd,
  }

  test("has each marked target in its one spelling, and nothing else changed", () => {
    expect(parseInput(deep, wide)).toEqual({ ok: true, value: narrow })
    expect(parseInput(deep, { ...wide, maybe: null })).toMatchObject({ value: { maybe: null } })
  })

  test("INV-08 is parsed alike with the contract of a document, and parsing it again changes nothing", () => {
    const documented = contractOfDocument(deep.document)?.contract
    if (documented?.kind !== "query") throw new Error("no query")
    expect(parseInput(documented, wide)).toEqual(parseInput(deep, wide))
    expect(parseInput(deep, narrow)).toEqual({ ok: true, value: narrow })
  })

  test("with a target that has no single spelling is refused at its place, without its text", () => {
    const parsed = parseInput(deep, { ...wide, many: [spelled, "https://u@a.example/"] })
    expect(parsed).toEqual({
      ok: false,
      error: [{ at: "/many/1", code: "format", message: "An address carries no user name." }],
    })
  })

  test("is held against its schema again, because a spelling can be longer or of another form", () => {
    const bounded = query(
      z.strictObject({
        url: mark(
          z
            .string()
            .max(30)
            .regex(/^[^%]*$/),
          ["target", "url"],
        ),
      }),
      { url: spelled },
    )
    expect(parseInput(bounded, { url: "https://a.example/é" })).toMatchObject({ ok: false })
  })

  test("is checked in its one spelling, and a check that throws has not agreed", () => {
    const seen: string[] = []
    const checked = query(z.strictObject({ url }), { url: spelled }, [
      { test: (input) => (seen.push(input.url), []) },
    ])
    parseInput(checked, { url: odd })
    expect(seen).toEqual([spelled])
    const broken = query(z.strictObject({ url }), { url: spelled }, [
      {
        test: () => {
          throw new Error("broken")
        },
      },
    ])
    expect(parseInput(broken, { url: odd })).toMatchObject({ error: [{ at: "", message: "Not this." }] })
  })

  test("that holds itself is respelled at every depth", () => {
    interface Node {
      readonly next?: Node | undefined
      readonly url: string
    }
    const Node: z.ZodType<Node> = z.strictObject({ next: z.lazy(() => Node).optional(), url })
    const nested = query(Node, { url: spelled })
    expect(parseInput(nested, { url: odd, next: { url: odd, next: { url: odd } } })).toEqual({
      ok: true,
      value: { next: { next: { url: spelled }, url: spelled }, url: spelled },
    })
  })
})

describe("the form of a target", () => {
  test.each([
    ["z.url()", z.url(), "url"],
    ["z.email()", z.email(), "email"],
    ["z.hostname()", z.hostname(), "host"],
    ["an optional address", z.url().optional(), "url"],
  ])("%s has one by itself", (_what, schema, form) => {
    expect(marksOf(jsonSchemaOf(mark(schema, ["target"]), "input"))).toContain(form)
    expect(marksOf(jsonSchemaOf(mark(schema, ["policy"]), "input"))).not.toContain(form)
  })

  const text = z.string()
  test.each([
    [
      "on a field that is not a target",
      z.strictObject({ a: mark(text, ["policy", "url"]) }),
      "/a: url is the form of a target",
    ],
    ["on a number", z.strictObject({ a: mark(z.int(), ["target", "url"]) }), "/a: url is the form of a text"],
    [
      "on a list",
      z.strictObject({ a: mark(z.array(text), ["target", "url"]) }),
      "/a: url is the form of a text",
    ],
    ["twice", z.strictObject({ a: mark(text, ["target", "url", "path"]) }), "/a: a target has one form"],
    [
      "on names",
      z.strictObject({ a: z.record(mark(text, ["target", "url"]), text) }),
      "/a: the names of fields",
    ],
    [
      "where it would not be found",
      z.strictObject({ a: z.intersection(z.strictObject({ b: url }), z.strictObject({ b: text })) }),
      ": a form inside keywords that are not read",
    ],
  ])("%s is refused when the contract is defined", (_what, input, says) => {
    const problems = (): readonly string[] => {
      try {
        query<unknown>(input, {})
        return []
      } catch (error) {
        if (error instanceof DefinitionError) return error.problems
        throw error
      }
    }
    expect(problems().join("\n")).toContain(says)
  })
})
