import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { TenantId } from "@counterfoil/contracts"
import { cursorCodec } from "./cursor.ts"

const acme = TenantId.parse("acme")
const codec = cursorCodec(new Uint8Array(32).fill(7))
const query = { status: ["open"], sort: "createdAt" }
const place = { value: "2026-03-02T10:14:02.119Z", id: "exe_01kaz3v8g0e8r4n2t6w0y3b5d7" }
const cursor = codec.seal(acme, query, place)
const refused = { ok: false, error: { code: "CURSOR_INVALID" } }

describe("a cursor belongs to the query that gave it", () => {
  test("it opens to the sealed place, in any order of the query's fields", () => {
    expect(codec.open(acme, { sort: "createdAt", status: ["open"] }, cursor)).toEqual({
      ok: true,
      value: place,
    })
  })

  test("INV-10 another tenant cannot open it", () => {
    expect(codec.open(TenantId.parse("globex"), query, cursor)).toMatchObject(refused)
  })

  test("another query and another installation cannot open it", () => {
    expect(codec.open(acme, { ...query, sort: "updatedAt" }, cursor)).toMatchObject(refused)
    expect(cursorCodec(new Uint8Array(32).fill(8)).open(acme, query, cursor)).toMatchObject(refused)
  })

  test("a cursor with any character changed is refused", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: cursor.length - 1 }),
        fc.constantFrom("A", "B", "C", "x", "y", "z", "0", "1", "9", "_", "-", "."),
        (at, character) => {
          fc.pre(cursor[at] !== character)
          const altered = cursor.slice(0, at) + character + cursor.slice(at + 1)
          expect(codec.open(acme, query, altered)).toMatchObject(refused)
        },
      ),
    )
  })

  test("text that is not a cursor is refused, and nothing is thrown", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(codec.open(acme, query, text)).toMatchObject(refused)
      }),
    )
  })
})
