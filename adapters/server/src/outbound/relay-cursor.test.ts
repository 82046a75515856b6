import type { Digest } from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import type { LoggedAppend, RelayCursor } from "@counterfoil/contracts/ports"
import { describe, expect, test } from "vitest"
import { advanced, standingOf, unpublished } from "./relay-cursor.ts"

const cursor: RelayCursor = { logIndex: 4, position: 10, stream: "first life", number: 7 }
/** Appends of two, one and three entries after the cursor. The contents of the entries do not matter here. */
const appends: readonly LoggedAppend[] = [
  [5, [11, 12]] as const,
  [6, [13]] as const,
  [7, [14, 15, 16]] as const,
].map(([logIndex, positions]) => ({
  logIndex,
  entries: positions.map((position) => ({ position, entry: {} as never })),
}))
const hash: Digest = blobDigest(utf8("an entry"))
const other: Digest = blobDigest(utf8("another entry"))

describe("where a relay goes on", () => {
  test.each([
    [0, { logIndex: 4, position: 10, number: 7 }],
    [1, { logIndex: 4, position: 11, number: 8 }],
    [2, { logIndex: 5, position: 12, number: 9 }],
    [3, { logIndex: 6, position: 13, number: 10 }],
    [5, { logIndex: 6, position: 15, number: 12 }],
    [6, { logIndex: 7, position: 16, number: 13 }],
  ])("INV-14 after %i stored entries the cursor passes whole appends only", (stored, expected) => {
    expect(advanced(cursor, appends, stored)).toEqual({ ...cursor, ...expected })
  })

  test("INV-14 from every cursor within an append, what is left is published and nothing before it", () => {
    for (let stored = 0; stored <= 6; stored += 1) {
      const next = advanced(cursor, appends, stored)
      const left = appends.filter(({ logIndex }) => logIndex > next.logIndex)
      expect(unpublished(next, left).map(({ position }) => position)).toEqual(
        [11, 12, 13, 14, 15, 16].slice(stored),
      )
    }
  })

  test("the last event of the stream counts before the cursor, whether it is ahead of it or behind", () => {
    const end = { stream: "first life", number: 9, last: { id: hash, position: 12 } }
    expect(standingOf(cursor, end, { hash, wholeThrough: 5 })).toEqual({
      kind: "at",
      cursor: { logIndex: 5, position: 12, stream: "first life", number: 9 },
    })
  })

  test("when the last event is no longer kept, the cursor decides, if the stream ends where the cursor left it", () => {
    const end = { stream: "first life", number: 7, last: null }
    expect(standingOf(cursor, end, null)).toEqual({ kind: "at", cursor })
    expect(standingOf(cursor, { ...end, number: 6 }, null)).toMatchObject({ kind: "refill" })
    expect(standingOf(cursor, { ...end, stream: "second life" }, null)).toMatchObject({ kind: "refill" })
  })

  test("a last event that is not in the log means that nothing of this log was published", () => {
    const end = { stream: "first life", number: 7, last: { id: hash, position: 10 } }
    expect(standingOf(cursor, end, null)).toEqual({ kind: "refill", stream: "first life", number: 7 })
    expect(standingOf(cursor, end, { hash: other, wholeThrough: 4 })).toMatchObject({ kind: "refill" })
  })
})
