import { describe, expect, test } from "vitest"
import fc from "fast-check"
import { showEnding } from "../show-ending.ts"
import { escapeLine, escapeText } from "./escape.ts"

const raw =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

describe("text from outside", () => {
  test("CLI-22 escape sequences, bidi marks and zero-width characters are shown, not obeyed", () => {
    expect(escapeText("\u001b[2Jpaid\u202e001\u200b")).toBe("\\u{1b}[2Jpaid\\u{202e}001\\u{200b}")
    expect(escapeLine("one\ntwo")).toBe("one\\ntwo")
    expect(escapeText("Grüße, 日本 🙂\nnext")).toBe("Grüße, 日本 🙂\nnext")
  })

  test("CLI-22 no text whatever leaves a dangerous character in any format", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const format of ["human", "plain", "json", "jsonl"] as const) {
          const page = {
            format,
            terminal: true,
            colour: false,
            now: 0,
            fields: format === "human" ? ["said"] : [],
          }
          expect(
            showEnding({ document: { said: text }, text: () => escapeText(text) }, page).replaceAll("\n", ""),
          ).not.toMatch(raw)
        }
      }),
    )
  })

  test("JSON with escapes still says the same", () => {
    const page = { format: "json", terminal: false, colour: false, now: 0, fields: [] } as const
    const text = showEnding({ document: { said: "a\u202eb\u{e0041}" }, text: () => "" }, page)
    expect(JSON.parse(text)).toEqual({ schemaVersion: 1, said: "a\u202eb\u{e0041}" })
  })
})
