import { describe, expect, test } from "vitest"
import { previewText } from "./preview.ts"

describe("a preview for people", () => {
  test("has a text of several lines as these lines, also inside a list of texts", () => {
    const texts = String.raw`[{"layer":"freeze","name":"stop","text":"@id(\"freeze.all\")\nforbid (principal, action, resource);\n"}]`
    expect(
      previewText([
        { label: "Layer", value: "freeze" },
        { label: "Texts", value: texts },
        { label: "Reason", value: "stop\nreally\u001b" },
      ]),
    ).toBe(
      [
        "  Layer   freeze",
        "  Texts",
        "    1:",
        '      "layer": "freeze"',
        '      "name": "stop"',
        '      "text":',
        '        | @id("freeze.all")',
        "        | forbid (principal, action, resource);",
        "        | ",
        "  Reason",
        "    | stop",
        "    | really\\u{1b}",
      ].join("\n"),
    )
  })

  test.each([
    ["a line that looks like another row", "yes\n  Amount  1", "    | yes\n    |   Amount  1"],
    ["a line that looks like a line of it", "a\n| b", "    | a\n    | | b"],
    ["what is escaped", "a\\\nb", "    | a\\\\\n    | b"],
  ])("distinguishes %s", (_says, value, set) => {
    expect(previewText([{ label: "Text", value }])).toBe(`  Text\n${set}`)
  })

  test.each([
    ["has a field twice", String.raw`{"a":"1\n","a":"2\n"}`],
    ["has other spaces", String.raw`{"a": "1\n"}`],
    ["is not JSON", String.raw`{"a":"1\n"`],
  ])("shows a text unchanged that looks like JSON and %s", (_says, value) => {
    expect(previewText([{ label: "Text", value }])).toBe(`  Text  ${value.replaceAll("\\", "\\\\")}`)
  })

  test("has a structure without such a text on one line", () => {
    expect(previewText([{ label: "All", value: '{"a":[1,"b"]}' }])).toBe('  All  {"a":[1,"b"]}')
  })
})
