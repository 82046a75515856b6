import { describe, expect, test } from "vitest"
import { z } from "zod"
import { fieldRows } from "../docs/field-rows.ts"
import { placesOf } from "../drift/places.ts"
import { typeOf } from "../shape/schema-type.ts"
import { text } from "../primitives.ts"
import { defineQuery } from "./define.ts"
import { definitionAt, markConflicts } from "./schema.ts"

const query = (resource: { readonly kind: string; readonly at: string }) =>
  defineQuery({
    name: "shop.order.get",
    version: "1.0.0",
    capability: "shop.read",
    meta: {
      title: "Read an order",
      goal: "The order is known to the caller.",
      context: "For orders of the caller's own shop.",
      owners: ["shop"],
      tags: ["shop"],
      stability: "beta",
    },
    input: z.strictObject({ order: text(40) }),
    output: z.strictObject({ order: text(40) }),
    resource,
    examples: [{ title: "an order", input: { order: "a" }, output: { order: "a" } }],
  })

describe("names of fields, definitions and kinds are kept apart", () => {
  test("INV-04 a kind of resource has no colon, so that kind:id names one resource", () => {
    expect(query({ kind: "order", at: "/order" }).resource).toEqual({ kind: "order", at: "/order" })
    for (const kind of ["order:eu", "none", ""])
      expect(() => query({ kind, at: "/order" })).toThrow("the kind of its resource")
  })

  test("a reference names a definition by its whole name, unescaped, and nothing that an object inherits", () => {
    const root = { $defs: { "a/b": { type: "string" }, "~": { type: "null" } } }
    expect(definitionAt(root, "#/$defs/a~1b")).toEqual({ type: "string" })
    expect(definitionAt(root, "#/$defs/~0")).toEqual({ type: "null" })
    for (const ref of ["#/$defs/a/b", "#/$defs/__proto__", "#/$defs/toString", "#/$defs/~", "#", "a", 7])
      expect(definitionAt(root, ref)).toBeNull()
  })

  test("INV-13 a field that is secret and seen by policy is named by a pointer", () => {
    const both = { "x-marks": ["policy", "secret"] }
    expect(markConflicts({ properties: { "a/b": both } })).toEqual(["/properties/a~1b"])
    for (const seen of ["counted", "dated"])
      expect(markConflicts({ "x-marks": ["secret", seen] })).toEqual([""])
  })

  test("a field called * is another place than the members that have no name of their own", () => {
    const type = typeOf({
      type: "object",
      properties: { "*": { type: "string" }, "*name": { type: "null" } },
      additionalProperties: { type: "integer" },
    })
    expect([...placesOf(type).keys()]).toEqual(expect.arrayContaining(["/**", "/**name", "/*"]))
  })

  test("a document quotes the name of a field that has a dot", () => {
    const inner = { type: "object", properties: { b: { type: "string" } } }
    const rows = fieldRows({ type: "object", properties: { "a.b": { type: "string" }, a: inner } })
    expect(rows.map(({ path }) => path)).toEqual(['["a.b"]', "a", "a.b"])
  })
})
