import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { PrincipalId, TenantId } from "@counterfoil/contracts"
import { placeCodec } from "./sealed-place.ts"

const [acme, globex] = [TenantId.parse("acme"), TenantId.parse("globex")]
const [mia, ana] = ["a0", "b0"].map((end) => PrincipalId.parse(`hum_01kaz3v8g0e8r4n2t6w0y3b5${end}`)) as [
  PrincipalId,
  PrincipalId,
]
const owner = { tenant: acme, principal: mia }
const places = placeCodec(new Uint8Array(32).fill(7))

describe("a sealed place", () => {
  test("opens to its position for the reader that it was given to", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), (position) => {
        expect(places.open(owner, places.seal(owner, position))).toBe(position)
      }),
    )
  })

  test("INV-10 opens nothing for another reader, another tenant or another installation, nor once it was changed", () => {
    const sealed = places.seal(owner, 4711)
    expect(places.open({ ...owner, principal: ana }, sealed)).toBeNull()
    expect(places.open({ ...owner, tenant: globex }, sealed)).toBeNull()
    expect(placeCodec(new Uint8Array(32).fill(8)).open(owner, sealed)).toBeNull()
    for (const forged of ["", "4711", `${sealed}A`, `${sealed.slice(0, -2)}AA`, "A".repeat(22)])
      expect(places.open(owner, forged)).toBeNull()
  })

  test("INV-10 says nothing of how far apart two places are", () => {
    const [one, next, far] = [1, 2, 1_000_000].map((position) => places.seal(owner, position))
    expect(new Set([one, next, far].map((sealed) => sealed?.length))).toEqual(new Set([22]))
    expect(one?.slice(0, 4)).not.toBe(next?.slice(0, 4))
  })
})
