import { describe, expect, test } from "vitest"
import { approvalList, executionPause, jsonSchemaOf } from "@counterfoil/contracts"
import { z } from "zod"
import { flagWord } from "../help-text.ts"
import { flagsOf } from "../flags.ts"
import { fieldsOfFlags, flagsOfSchema } from "./schema-flags.ts"

const reading = {
  now: Date.parse("2026-03-02T10:00:00.000Z"),
  read: () => new TextEncoder().encode('{"from":"a file"}'),
}
const fields = (
  schema: Parameters<typeof fieldsOfFlags>[0],
  values: { readonly [flag: string]: string | boolean | readonly string[] },
) => fieldsOfFlags(schema, [], {}, flagsOf(new Map(Object.entries(values))), reading)

describe("flags made from a schema", () => {
  test("every field of a contract is a flag, in the contract's order", () => {
    expect(flagsOfSchema(approvalList.inputSchema, ["approvalId"], {}).map(flagWord)).toEqual([
      "--status STATUS",
      "--tier TIER",
      "--contract CONTRACT",
      "--requester REQUESTER",
      "--execution-id ID",
      "--expires-before TIME",
      "--cursor CURSOR",
      "--limit N",
    ])
  })

  test("a time is typed as a time or as a duration from now", () => {
    expect(fields(executionPause.inputSchema, { until: "2h" })).toEqual({ until: "2026-03-02T12:00:00.000Z" })
    expect(fields(executionPause.inputSchema, { until: "2026-03-02T12:00:00Z" })).toEqual({
      until: "2026-03-02T12:00:00.000Z",
    })
    expect(() => fields(executionPause.inputSchema, { until: "soon" })).toThrow("--until takes a time")
  })

  test("numbers, switches, lists and JSON accept only their own forms", () => {
    const schema = jsonSchemaOf(
      z.strictObject({
        n: z.int().optional(),
        on: z.boolean().optional(),
        many: z.array(z.string()).optional(),
        any: z.json().optional(),
      }),
      "input",
    )
    expect(fields(schema, { n: "3", on: true, many: ["a", "b"], any: "@input.json" })).toEqual({
      n: 3,
      on: true,
      many: ["a", "b"],
      any: { from: "a file" },
    })
    expect(fields(schema, { any: "[1,2]" })).toEqual({ any: [1, 2] })
    expect(() => fields(schema, { n: "3.5" })).toThrow("--n takes a whole number.")
    expect(() => fields(schema, { any: "{" })).toThrow("--any is not valid JSON at byte 1")
    // JavaScript would round it, so another number than the typed one would be sent.
    expect(() => fields(schema, { any: "[9007199254740990.7]" })).toThrow("a number that loses digits at /0")
    expect(() => fields(schema, { any: '{"a":1,"a":2}' })).toThrow("a duplicate key at /a")
    expect(fields(schema, {})).toEqual({})
  })
})
