import { describe, expect, test } from "vitest"
import fc from "fast-check"
import { escapeText, printsAsIs } from "@counterfoil/contracts"
import { columns } from "./print/columns.ts"
import type { Page } from "./print/page.ts"
import { showEnding } from "./show-ending.ts"

const page = (over: Partial<Page>): Page => ({
  format: "human",
  terminal: false,
  width: 80,
  colour: false,
  now: 0,
  fields: [],
  ...over,
})
const list = {
  document: { items: [], asOf: "2026-03-02T10:00:00.000Z" },
  items: [],
  text: () => columns(["name"], []),
}
const two = {
  document: {
    items: [
      { id: "a", deep: { n: 1 } },
      { id: "b", deep: { n: 2 } },
    ],
  },
  items: [
    { id: "a", deep: { n: 1 } },
    { id: "b", deep: { n: 2 } },
  ],
  text: () => "",
}

describe("an ending on stdout", () => {
  test("an empty list is an empty list in every format", () => {
    expect(JSON.parse(showEnding(list, page({ format: "json" })))).toEqual({
      schemaVersion: 1,
      items: [],
      asOf: "2026-03-02T10:00:00.000Z",
    })
    expect(showEnding(list, page({ format: "jsonl" }))).toBe("")
    expect(showEnding(list, page({}))).toBe("NAME\n")
  })

  test("a list is one object a line with --jsonl", () => {
    expect(showEnding(two, page({ format: "jsonl" }))).toBe(
      '{"schemaVersion":1,"id":"a","deep":{"n":1}}\n{"schemaVersion":1,"id":"b","deep":{"n":2}}\n',
    )
  })

  test("--fields picks fields of every item, also nested ones, in every format", () => {
    expect(showEnding(two, page({ fields: ["deep.n", "id"] }))).toBe("DEEP.N  ID\n1       a\n2       b\n")
    expect(JSON.parse(showEnding(two, page({ format: "json", fields: ["id"] })))).toEqual({
      schemaVersion: 1,
      items: [{ id: "a" }, { id: "b" }],
    })
  })

  test("columns align by what a terminal shows, not by code units", () => {
    expect(
      columns(
        ["a", "b"],
        [
          ["日本", "x"],
          ["ab", "y"],
        ],
      ),
    ).toBe("A     B\n日本  x\nab    y")
  })

  test("no format prints a character raw that does not print as itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const format of ["human", "plain", "json", "jsonl"] as const) {
          const fields = format === "human" ? ["said"] : []
          const shown = { document: { said: text }, text: () => escapeText(text) }
          expect(printsAsIs(showEnding(shown, page({ format, fields })).replaceAll("\n", ""))).toBe(true)
        }
      }),
    )
  })

  test("JSON with escapes still has the same value", () => {
    const text = showEnding(
      { document: { said: "a\u202eb\u{e0041}" }, text: () => "" },
      page({ format: "json" }),
    )
    expect(JSON.parse(text)).toEqual({ schemaVersion: 1, said: "a\u202eb\u{e0041}" })
  })
})
