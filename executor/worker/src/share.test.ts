import { expect, test } from "vitest"
import type { TenantId } from "@counterfoil/contracts"
import { firstsInHandMax, inHandMax, makeShares } from "./share.ts"

const tenantOf = (n: number) => `tenant-${n}` as TenantId

test("a tenant takes half of what the others leave, so nine busy tenants leave a place for the tenth", () => {
  const shares = makeShares()
  let all = 0
  for (let n = 0; n < 9; n += 1) {
    const before = all
    while (!shares.hasItsShare(tenantOf(n))) {
      shares.add(tenantOf(n))
      all += 1
    }
    expect(all).toBeGreaterThan(before)
  }
  expect(all).toBeLessThan(inHandMax)
  expect(shares.full()).toContain(tenantOf(0))
  expect(shares.hasItsShare(tenantOf(9))).toBe(false)
})

test("a tenant that is alone has half of all places, and one that gives a place back may take it again", () => {
  const shares = makeShares()
  for (let n = 0; n < 512; n += 1) shares.add(tenantOf(0))
  expect(shares.full()).toEqual([tenantOf(0)])
  shares.remove(tenantOf(0))
  expect(shares.full()).toEqual([])
})

test("INV-10 a search of a full worker asks for what goes first, until those places are taken too", () => {
  const shares = makeShares()
  for (let n = 0; n < inHandMax; n += 1) shares.add(tenantOf(n))
  expect(shares.asks(10)).toEqual({ room: 10, full: "all" })
  for (let n = 1; n < firstsInHandMax; n += 1) shares.add(tenantOf(n))
  expect(shares.asks(10)).toEqual({ room: 1, full: "all" })
  shares.add(tenantOf(0))
  expect(shares.asks(10)).toBe(null)
  for (let n = 0; n < firstsInHandMax + 3; n += 1) shares.remove(tenantOf(n))
  expect(shares.asks(10)).toMatchObject({ room: 3 })
})
