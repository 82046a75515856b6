import { describe, expect, test } from "vitest"
import { z } from "zod"
import { mark, schemaSecrets } from "./schema.ts"

describe("a contract's schema hides nothing from its JSON Schema", () => {
  test.each([
    ["a refinement", z.strictObject({ a: z.string().refine((a) => a !== "x") }), "/a"],
    ["a transform", z.strictObject({ a: z.string().transform(Number) }), "/a"],
    ["an open object", z.object({ a: z.string() }), ": the object is open"],
    ["a date", z.strictObject({ a: z.array(z.date()) }), "date is not JSON"],
    ["a format that only zod knows", z.strictObject({ a: z.string().startsWith("urn:") }), "starts_with"],
    // Its schema would say another pattern, and no comparison of contracts could see the flag change.
    [
      "a pattern with flags",
      z.strictObject({ a: z.string().regex(/^[a-z]+$/i) }),
      "/a: the flags of a pattern",
    ],
  ])("%s is found, with its place", (_name, schema, says) => {
    expect(schemaSecrets(schema).join()).toContain(says)
  })

  test("what JSON Schema can say is not found", () => {
    const schema = z.strictObject({
      id: z.uuid(),
      name: z.string().regex(/^\p{L}+$/u),
      a: mark(z.string().regex(/^a/).max(3), ["policy"]),
      b: z.union([z.int().min(1), z.null()]).optional(),
      c: z.record(z.string(), z.array(z.enum(["x", "y"]))),
    })
    expect(schemaSecrets(schema)).toEqual([])
  })
})
