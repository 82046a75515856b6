import { describe, expect, test } from "vitest"
import fc from "fast-check"
import { escapeJson, escapeLine, escapeText, printsAsIs, unescapeText, withoutUnseen } from "./escape.ts"

// Every kind of character that has hidden something, and what their escapes and other spellings look like.
const tricky = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.string({
    unit: fc.constantFrom(
      "a",
      "e",
      "\\",
      "u",
      "{",
      "}",
      "n",
      "1",
      "b",
      "\n",
      "\t",
      "\u001b",
      "\u202e",
      "\u200b",
      "\ufe0f",
      "\u3164",
      "\u2800",
      "\u0301",
      "\u0323",
      "\u00e9",
      "\u212b",
      "\u1100",
      "\u1161",
      "\u11a8",
      "\u{e0041}",
      "\ud800",
    ),
  }),
)
/** What a terminal would show for certain characters: the normal form, which another spelling prints like. */
const shown = (text: string): string => text.normalize("NFC")

describe("text from outside", () => {
  test("escape sequences, bidi marks and unseen characters are written out, not obeyed", () => {
    expect(escapeText("\u001b[2Jpaid\u202e001\u200b")).toBe("\\u{1b}[2Jpaid\\u{202e}001\\u{200b}")
    expect(escapeLine("one\ntwo")).toBe("one\\ntwo")
    expect(escapeText("Grüße, 日本 🙂 नमस्ते ที่นี่\nnext")).toBe("Grüße, 日本 🙂 नमस्ते ที่นี่\nnext")
  })

  test.each([
    ["a variation selector", "\ufe0f"],
    ["a variation selector of the supplement", "\u{e0100}"],
    ["the Hangul filler", "\u3164"],
    ["the halfwidth Hangul filler", "\uffa0"],
    ["a choseong filler", "\u115f"],
    ["the grapheme joiner", "\u034f"],
    ["an inherent vowel of Khmer", "\u17b4"],
    ["a vowel separator of Mongolian", "\u180e"],
    ["a musical control", "\u{1d173}"],
    ["the null notehead", "\u{1d159}"],
    ["a shorthand control", "\u{1bca0}"],
    ["the blank Braille pattern", "\u2800"],
    ["a no-break space", "\u00a0"],
    ["an em space", "\u2003"],
    ["the ideographic space", "\u3000"],
    ["a line separator", "\u2028"],
    ["a next line", "\u0085"],
    ["a tag", "\u{e0041}"],
    ["a soft hyphen", "\u00ad"],
    ["a character for private use", "\ue000"],
    ["a character that is not assigned", "\u{e0fff}"],
    ["half a pair", "\udc00"],
    ["a hyphen at which no line breaks", "\u2011"],
    ["a Tibetan mark at which no line breaks", "\u0f0c"],
    ["the object replacement character", "\ufffc"],
  ])("%s is written by its number, in text and in JSON", (_what, character) => {
    const number = (character.codePointAt(0) ?? 0).toString(16)
    expect(escapeLine(`a${character}b`)).toBe(`a\\u{${number}}b`)
    expect(printsAsIs(character)).toBe(false)
    expect(escapeJson(`"a${character}b"`)).toMatch(/^"a(\\u[0-9a-f]{4}){1,2}b"$/)
    expect(withoutUnseen(`a${character}b`, " ")).toBe("a b")
  })

  test("a control and its written escape do not print alike, nor do two spellings of one letter", () => {
    expect(escapeLine("\\u{1b}")).toBe("\\\\u{1b}")
    expect(escapeLine("\\n")).toBe("\\\\n")
    expect(escapeLine("\u00e9")).toBe("\u00e9")
    expect(escapeLine("e\u0301")).toBe("e\\u{301}")
    expect(escapeLine("\u212b")).toBe("\\u{212b}")
    expect(escapeLine("\u1100\u1161")).toBe("\u1100\\u{1161}")
  })

  test("marks neither cover the lines around them nor sit on what was written out", () => {
    expect(escapeLine(`x${"\u0336".repeat(6)}`)).toBe(`x${"\u0336".repeat(4)}\\u{336}\\u{336}`)
    expect(escapeLine("\u0336x")).toBe("\\u{336}x")
    expect(escapeLine("\u200b\u0336")).toBe("\\u{200b}\\u{336}")
    expect(escapeText("a\n\u0336")).toBe("a\n\\u{336}")
  })

  test("what is escaped gives the text back, and holds nothing that does not print as itself", () => {
    fc.assert(
      fc.property(tricky, (text) => {
        for (const escape of [escapeText, escapeLine]) {
          expect(unescapeText(escape(text))).toBe(text)
          expect(printsAsIs(escape(text).replaceAll("\n", ""))).toBe(true)
        }
        expect(escapeLine(text)).not.toContain("\n")
      }),
      { numRuns: 2_000 },
    )
  })

  test("no two texts print alike", () => {
    fc.assert(
      fc.property(tricky, tricky, (a, b) => {
        for (const escape of [escapeText, escapeLine])
          expect(shown(escape(a)) === shown(escape(b))).toBe(a === b)
        // The spellings that come closest: each text in its normal forms.
        for (const form of ["NFC", "NFD"] as const)
          expect(shown(escapeLine(a)) === shown(escapeLine(a.normalize(form)))).toBe(a === a.normalize(form))
      }),
      { numRuns: 2_000 },
    )
  })

  test("JSON with escapes still says the same, in one line or several", () => {
    fc.assert(
      fc.property(tricky, (text) => {
        for (const json of [JSON.stringify({ text }), JSON.stringify({ text }, null, 2)]) {
          const safe = escapeJson(json)
          expect(JSON.parse(safe)).toEqual({ text })
          expect(printsAsIs(safe.replaceAll("\n", ""))).toBe(true)
        }
      }),
    )
  })
})
