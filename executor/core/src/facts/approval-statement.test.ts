import { describe, expect, test } from "vitest"
import { previewOf } from "./approval-statement.ts"
import { factsOf } from "../../test/world.ts"

const preview = [
  { label: "Text", at: "/text" },
  { label: "All", at: "" },
]
const shown = (text: string): readonly string[] =>
  previewOf(factsOf("keyed", { preview }), { text }).map(({ value }) => value)

describe("what an approver reads", () => {
  test("is text as it is, and anything else in canonical JSON", () => {
    expect(shown('a "b"\n')).toEqual(['a "b"\n', '{"text":"a \\"b\\"\\n"}'])
  })

  test("holds no U+0000, which no row could hold, but its symbol", () => {
    expect(shown("a\u0000b")).toEqual(["a\u2400b", '{"text":"a\\u0000b"}'])
  })

  test("INV-02 shows no two texts alike, whether U+0000, its symbol or the symbol's escape is in them", () => {
    expect(shown("a\u2400b")[0]).toBe("a\\u{2400}b")
    expect(shown("C:\\users \\u{1b}")[0]).toBe("C:\\users \\u{1b}")
    const parts = ["\\", "\u0000", "\u2400", "u{2400}", "a"]
    const texts = [1, 2, 3, 4].reduce<readonly string[]>(
      (all) => [...new Set(["", ...all.flatMap((text) => parts.map((part) => text + part)), ...all])],
      [""],
    )
    expect(new Set(texts.map((text) => shown(text)[0])).size).toBe(texts.length)
    expect(texts.every((text) => shown(text)[0]?.includes("\u0000") === false)).toBe(true)
  })
})
