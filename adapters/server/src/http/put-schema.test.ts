import { AnyJson, jsonSchemaOf, type Json } from "@counterfoil/contracts"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { putSchema } from "./put-schema.ts"

const placed = (schema: z.ZodType): { readonly [name: string]: Json } => {
  const schemas: Record<string, Json> = {}
  expect(putSchema(schemas, "x.Input", jsonSchemaOf(schema, "input"))).toEqual({
    $ref: "#/components/schemas/x.Input",
  })
  return schemas
}
const any = { description: "Any JSON value." }

describe("a schema in a generated description", () => {
  test("says any JSON value without referring to itself, since a generated type of that does not compile", () => {
    const schemas = placed(z.strictObject({ one: AnyJson, many: z.array(AnyJson) }))
    expect(Object.keys(schemas)).toEqual(["AnyJson", "x.Input"])
    expect(schemas).toMatchObject({
      "AnyJson": any,
      "x.Input": {
        properties: {
          one: { $ref: "#/components/schemas/AnyJson" },
          many: { items: { $ref: "#/components/schemas/AnyJson" } },
        },
      },
    })
    expect(JSON.stringify(schemas)).not.toContain("__schema")
  })

  test("that is any JSON value itself is the empty one", () => {
    expect(placed(AnyJson)).toEqual({ "x.Input": any })
  })

  test("keeps a recursion of its own", () => {
    const Tree = z.strictObject({
      get branches() {
        return z.array(Tree)
      },
    })
    expect(placed(Tree)).toMatchObject({
      "x.Input": { properties: { branches: { items: { $ref: "#/components/schemas/x.Input" } } } },
    })
    // A schema of any JSON value except numbers is not simplified to the empty schema.
    const NoNumbers: z.ZodType<Json> = z.lazy(() => z.union([z.string(), z.array(NoNumbers)]))
    expect(JSON.stringify(placed(z.strictObject({ a: NoNumbers })))).toContain("x.Input.__schema0")
  })
})
