import type { Json } from "@counterfoil/contracts"
import { describe, expect, test } from "vitest"
import { firstDifference } from "./compare.ts"

describe("the first difference of two values", () => {
  test.each<[string, Json, Json, ReturnType<typeof firstDifference>]>([
    ["is null between equal values, in any order of their keys", { a: 1, b: [2] }, { b: [2], a: 1 }, null],
    [
      "is the first in canonical order, not in the order of writing",
      { b: 1, a: 1 },
      { b: 2, a: 2 },
      { at: "/a", recorded: 1, derived: 2 },
    ],
    ["is where a list is shorter", [1, 2], [1], { at: "/1", recorded: 2, derived: null }],
    ["is where a field is absent", { a: { c: 1 } }, { a: {} }, { at: "/a/c", recorded: 1, derived: null }],
    ["names a place with escaped keys", { "a/b": 1 }, { "a/b": 2 }, { at: "/a~1b", recorded: 1, derived: 2 }],
    ["is at the root of values of two types", [1], { 0: 1 }, { at: "", recorded: [1], derived: { 0: 1 } }],
    [
      "is seen where a field is absent that every object inherits",
      { "toString": 1 },
      { "a": 1 },
      { at: "/a", recorded: null, derived: 1 },
    ],
    [
      "takes nothing inherited for a value",
      { ["__proto__"]: {} },
      { a: {} },
      { at: "/__proto__", recorded: {}, derived: null },
    ],
    [
      "shows a large value by its size",
      { a: "x".repeat(500) },
      { a: "y" },
      { at: "/a", recorded: "(502 characters)", derived: "y" },
    ],
  ])("%s", (_says, recorded, derived, expected) => {
    expect(firstDifference(recorded, derived)).toEqual(expected)
  })
})
