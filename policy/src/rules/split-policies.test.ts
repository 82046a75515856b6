import { describe, expect, test } from "vitest"
import { engine } from "../../test/world.ts"
import { splitPolicies } from "./split-policies.ts"

const rule = "forbid (principal, action, resource)"

describe("a text cut into policies", () => {
  test.each([
    ["a line feed", "\n"],
    ["a carriage return", "\r"],
    ["both", "\r\n"],
    ["a vertical tab", "\v"],
    ["a form feed", "\f"],
    ["a next line", "\u0085"],
    ["a line separator", "\u2028"],
    ["a paragraph separator", "\u2029"],
    ["a space", " "],
  ])("INV-04 has a comment end with %s exactly where the engine ends it", (_name, end) => {
    const endsForEngine = engine.open().policyToJson(`${rule} //${end};`).type === "success"
    const pieces = splitPolicies(`${rule} //${end};\n;`)
    expect(pieces.ok ? pieces.value.length : 0).toBe(endsForEngine ? 2 : 1)
  })

  test("INV-04 counts what follows a carriage return: no bracket and no operator reaches the engine uncounted", () => {
    for (const hidden of [`${"(".repeat(60)}${")".repeat(60)}`, "1+".repeat(300)])
      expect(splitPolicies(`${rule} when { true //\r && ${hidden}1\n };`).ok).toBe(false)
  })
})
