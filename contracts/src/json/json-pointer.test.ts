import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { formatPointer, parsePointer, readPointer, showablePointer } from "./json-pointer.ts"

/** The document of RFC 6901 section 5. */
const document = {
  "foo": ["bar", "baz"],
  "": 0,
  "a/b": 1,
  "c%d": 2,
  "e^f": 3,
  "g|h": 4,
  "i\\j": 5,
  'k"l': 6,
  " ": 7,
  "m~n": 8,
}

describe("a JSON Pointer names one place in a document (RFC 6901)", () => {
  test.each([
    ["", document],
    ["/foo", ["bar", "baz"]],
    ["/foo/0", "bar"],
    ["/", 0],
    ["/a~1b", 1],
    ["/c%d", 2],
    ["/e^f", 3],
    ["/g|h", 4],
    ["/i\\j", 5],
    ['/k"l', 6],
    ["/ ", 7],
    ["/m~0n", 8],
  ])("%j of section 5 names its value", (pointer, value) => {
    expect(readPointer(document, pointer)).toEqual({ ok: true, value })
  })

  test("segments go to a pointer and back", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (segments) => {
        expect(parsePointer(formatPointer(segments))).toEqual({ ok: true, value: segments })
      }),
    )
    expect(parsePointer("/~01")).toEqual({ ok: true, value: ["~1"] })
    expect(formatPointer(["items", 0, "a/b"])).toBe("/items/0/a~1b")
  })

  test.each(["foo", "/~", "/~2", "/a~", "#/foo"])("%j is not a pointer", (pointer) => {
    expect(readPointer(document, pointer)).toEqual({ ok: false, error: { kind: "malformed" } })
  })

  test.each([
    ["/foo/-", "/foo/-"],
    ["/foo/01", "/foo/01"],
    ["/foo/+1", "/foo/+1"],
    ["/foo/2/deeper", "/foo/2"],
    ["/foo/length", "/foo/length"],
    ["/ /deeper", "/ /deeper"],
    ["/missing/deeper", "/missing"],
    ["/toString", "/toString"],
    ["/__proto__", "/__proto__"],
  ])("%j leads nowhere from %j on", (pointer, at) => {
    expect(readPointer(document, pointer)).toEqual({ ok: false, error: { kind: "absent", at } })
  })

  test("a place that is too long or could steer a display is shown as its nearest ancestor", () => {
    expect(showablePointer(["items", 3, "note"])).toBe("/items/3/note")
    expect(showablePointer(["items", "\u001b[2J", "x"])).toBe("/items")
    expect(showablePointer(["items", "\u202e"])).toBe("/items")
    expect(showablePointer(["items", "x".repeat(1024)])).toBe("/items")
    expect(showablePointer(["\n"])).toBe("")
  })
})
