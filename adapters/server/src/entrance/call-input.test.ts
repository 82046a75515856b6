import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { ContractRef } from "@counterfoil/contracts"
import { keyHeaderProblem, keyOfHeader, waitSecondsOf } from "./call-headers.ts"
import { inputOf, queryInput, type InputPlaces } from "./call-input.ts"

const schema = {
  type: "object",
  properties: {
    status: { type: "array", items: { type: "string" } },
    level: { type: "array", items: { type: "integer" } },
    limit: { type: "integer" },
    held: { type: "boolean" },
    label: { type: "string" },
  },
}
const post: InputPlaces = {
  name: ContractRef.parse("demo.thing.change@1"),
  method: "POST",
  inputSchema: schema,
  inPath: ["executionId"],
  keyed: true,
}
const parts = { path: { executionId: "exe_1" }, query: "", body: undefined, idempotencyKey: undefined }

describe("a query string in the types of the contract", () => {
  test.each([
    ["status=open&status=held", { status: ["open", "held"] }],
    ["status=open,held", { status: ["open,held"] }],
    ["level=1&level=two", { level: [1, "two"] }],
    ["limit=20&held=false", { limit: 20, held: false }],
    ["limit=1e3&held=yes", { limit: "1e3", held: "yes" }],
    ["limit=007", { limit: "007" }],
    ["limit=1&limit=2", { limit: ["1", "2"] }],
    ["label=20", { label: "20" }],
    ["unknown=1", { unknown: "1" }],
    ["", {}],
  ])("%s", (query, input) => {
    expect(queryInput(schema, query)).toEqual(input)
  })

  test("no query reaches a prototype", () => {
    const input = queryInput(schema, "__proto__=1&constructor=2")
    expect(Object.keys(input)).toEqual(["__proto__", "constructor"])
    expect(Object.getPrototypeOf(input)).toBe(Object.prototype)
  })
})

describe("the parts of a request make one input", () => {
  test("path, body and key are put together", () => {
    expect(inputOf(post, { ...parts, body: { label: "x" }, idempotencyKey: "k1" })).toEqual({
      ok: true,
      value: { executionId: "exe_1", label: "x", key: "k1" },
    })
  })

  test("a POST without a body has no fields but those of path and header", () => {
    expect(inputOf(post, parts)).toEqual({ ok: true, value: { executionId: "exe_1" } })
  })

  test("the same value in two places is accepted, another one is not", () => {
    expect(inputOf(post, { ...parts, body: { executionId: "exe_1" } }).ok).toBe(true)
    expect(inputOf(post, { ...parts, body: { executionId: "exe_2" } })).toMatchObject({
      ok: false,
      error: { code: "INPUT_INVALID" },
    })
  })

  test.each([[null], [[]], ["text"], [1]])("a body that is %j is INPUT_INVALID", (body) => {
    expect(inputOf(post, { ...parts, body })).toMatchObject({ ok: false, error: { code: "INPUT_INVALID" } })
  })

  test("the header is ignored for a contract without a key", () => {
    expect(inputOf({ ...post, keyed: false }, { ...parts, idempotencyKey: "k1" })).toEqual({
      ok: true,
      value: { executionId: "exe_1" },
    })
  })
})

describe("headers", () => {
  test.each([
    ["order-81", "order-81"],
    ['"order-81"', "order-81"],
    ['"a \\"b\\" \\\\c"', 'a "b" \\c'],
    [' "x" ', "x"],
    [undefined, undefined],
  ])("Idempotency-Key %s", (header, key) => {
    expect(keyOfHeader(header)).toBe(key)
  })

  test.each(['"open', 'shut"', '"a"b"', '"a";x=1', '"\\x"', '"'])(
    "Idempotency-Key %s is refused: it is neither a key nor a quoted string",
    (header) => {
      const posted = inputOf(post, { ...parts, body: { label: "x" }, idempotencyKey: header })
      expect(posted.ok ? [] : posted.error.problem("0".repeat(32)).issues).toMatchObject([
        { at: "/key", code: "header" },
      ])
      expect(keyHeaderProblem(header)).not.toBeNull()
      expect(inputOf({ ...post, keyed: false }, { ...parts, body: {}, idempotencyKey: header }).ok).toBe(true)
    },
  )

  test("the quoted form preserves any printable key", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]{1,40}$/), (key) => {
        expect(keyOfHeader(`"${key.replaceAll(/["\\]/g, "\\$&")}"`)).toBe(key)
      }),
    )
  })

  test.each([
    ["wait=10", 10],
    ["respond-async, wait=3", 3],
    ['wait="7"; strict', 7],
    ["WAIT = 600", 25],
    ["wait=-1", null],
    ["waiting=4", null],
    [undefined, null],
  ])("Prefer: %s", (header, seconds) => {
    expect(waitSecondsOf(header)).toBe(seconds)
  })
})
