import { describe, expect, test } from "vitest"
import { previewOf } from "./approval-statement.ts"
import { factsOf } from "./world.test-kit.ts"

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
})
