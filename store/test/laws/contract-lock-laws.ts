// The laws of the record of locks, for every store that keeps one.
// Owns: what any implementation has to do. Does not own: any implementation.

import type { Digest, Time } from "@counterfoil/contracts"
import type { ContractLocks } from "@counterfoil/contracts/ports"
import { describe, expect, test } from "vitest"
import { sampleTenant } from "./sample-append.ts"

const digest = (of: string): Digest => `sha256:${of.repeat(64)}` as Digest

/** Registers the laws. `open` answers an empty store. */
export function contractLockLaws(
  name: string,
  open: () => Promise<{ readonly contractLocks: ContractLocks; now(): Promise<Time> }>,
): void {
  describe(`${name} keeps the locks of an installation`, () => {
    test("nothing is in force before the first", async () => {
      const { contractLocks } = await open()
      expect(await contractLocks.inForce(sampleTenant())).toBeNull()
    })

    test("the newest is in force, and a lock that was in force before may be so again", async () => {
      const { contractLocks } = await open()
      const tenant = sampleTenant()
      for (const [after, of] of ["a", "b", "a"].entries())
        expect(await contractLocks.record(tenant, after, digest(of))).toBe(true)
      expect(await contractLocks.inForce(tenant)).toMatchObject({ number: 3, digest: digest("a") })
    })

    test("of two that follow the same one at once, one is recorded", async () => {
      const { contractLocks } = await open()
      const tenant = sampleTenant()
      const recorded = await Promise.all(
        ["a", "b", "c"].map((of) => contractLocks.record(tenant, 0, digest(of))),
      )
      expect(recorded.filter((yes) => yes)).toHaveLength(1)
      const winner = ["a", "b", "c"][recorded.indexOf(true)] ?? ""
      expect(await contractLocks.inForce(tenant)).toMatchObject({ number: 1, digest: digest(winner) })
    })

    test("INV-08 a registry finds the lock that was kept for it last before a time, or else the first, and all are listed, the newest first", async () => {
      const store = await open()
      const { contractLocks } = store
      const before = await store.now()
      expect(await contractLocks.ofRegistry(digest("e"), before)).toBeNull()
      const times: Time[] = []
      for (const of of ["a", "a", "b", "a"]) {
        await contractLocks.keep(digest("e"), digest(of))
        const at = await store.now()
        times.push(at)
        // The next one is kept in a later millisecond, which is as exact as times are.
        let later = at
        while (later <= at) later = await store.now()
      }
      await contractLocks.keep(digest("f"), digest("c"))
      const found = await Promise.all(
        [before, ...times].map((at) => contractLocks.ofRegistry(digest("e"), at)),
      )
      expect(found).toEqual(["a", "a", "a", "b", "a"].map(digest))
      expect(await contractLocks.all()).toEqual(["c", "a", "b"].map(digest))
    })

    test("INV-10 a tenant sees its own alone", async () => {
      const { contractLocks } = await open()
      const [tenant, other] = [sampleTenant(), sampleTenant()]
      await contractLocks.record(tenant, 0, digest("a"))
      expect(await contractLocks.inForce(other)).toBeNull()
      expect(await contractLocks.record(other, 0, digest("b"))).toBe(true)
      expect(await contractLocks.inForce(tenant)).toMatchObject({ number: 1, digest: digest("a") })
    })
  })
}
