import { describe, expect, test } from "vitest"
import { z } from "zod"
import { fieldRows } from "../docs/field-rows.ts"
import { placesOf } from "../drift/places.ts"
import { typeOf } from "../shape/schema-type.ts"
import { text } from "../primitives.ts"
import { declareCommand, declareQuery, defineCapability, DefinitionError, defineQuery } from "./define.ts"
import { makeRegistry } from "./registry.ts"
import { definitionAt, markConflicts } from "../schema/schema.ts"

const meta = {
  title: "Read an order",
  goal: "The order is known to the caller.",
  context: "For orders of the caller's own shop.",
  owners: ["shop"],
  tags: ["shop"],
  stability: "beta",
} as const
const order = {
  name: "shop.order.get",
  version: "1.0.0",
  capability: "shop.read",
  meta: { ...meta, owners: [...meta.owners], tags: [...meta.tags] },
  input: z.strictObject({ order: text(40) }),
  output: z.strictObject({ order: text(40) }),
  examples: [{ title: "an order", input: { order: "a" }, output: { order: "a" } }],
}
const query = (resource: { readonly kind: string; readonly at: string }) =>
  defineQuery({ ...order, resource })

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

describe("a contract of this release", () => {
  test("is what its definition makes of it, and makes schema, document and digests once, when they are first read", () => {
    let read = 0
    const input = z.strictObject({
      order: z.lazy(() => {
        read += 1
        return text(40)
      }),
    })
    const declared = declareQuery({ ...order, input })
    expect(read).toBe(0)
    const schema = declared.inputSchema
    const once = read
    expect(once).toBeGreaterThan(0)
    expect(declared.inputSchema).toBe(schema)
    expect(declared.document).toBe(declared.document)
    expect(read).toBe(once)
    const defined = defineQuery({ ...order, input })
    expect(defined).toEqual(declared)
    expect({ ...declared }.digest).toBe(defined.digest)
    expect(Object.keys(declared)).toContain("documentDigest")
  })

  test("that cannot be is refused when its schema or a digest is first read, so that no registry has it", () => {
    const declared = declareCommand({ ...order, effect: "keyed" })
    const shop = defineCapability({ name: "shop.read", meta: order.meta, requires: [] })
    const refused = new DefinitionError("shop.order.get", ["a keyed command states its window"])
    const reads = ["inputSchema", "outputSchema", "document", "digest", "formerDigest", "pin"] as const
    for (const read of reads) expect(() => declared[read]).toThrow(refused)
    expect(() => makeRegistry([declared], [shop])).toThrow(refused)
  })
})
