// The laws of governing state: the pointer of policy, and changes that read before they write.
// Owns: the sentences. Does not own: how a store is opened.

import {
  type Digest,
  type IdempotencyKey,
  type PolicySource,
  type PrincipalId,
  type TenantId,
  type Time,
  defaultModeMap,
} from "@counterfoil/contracts"
import type { Governing, PrincipalRow, TraceStore } from "@counterfoil/contracts/ports"
import { beforeEach, describe, expect, test } from "vitest"
import { sampleDigest, sampleId, sampleTenant } from "./sample-append.ts"

const early = "2026-01-01T00:00:00.000Z" as Time

/** A source that says who wrote it. */
const sourceOf = (...names: readonly string[]): PolicySource => ({
  texts: names.map((name) => ({ layer: "tenant", name, text: "" })),
  modeMap: defaultModeMap,
})

/** Runs the laws against the stores that `open` gives. */
export function governingLaws(name: string, open: () => Promise<TraceStore>): void {
  let store: TraceStore
  let tenant: TenantId
  beforeEach(async () => {
    store = await open()
    tenant = sampleTenant()
  })
  const [one, two, three] = [sampleDigest("one"), sampleDigest("two"), sampleDigest("three")]
  const activate = (from: Digest | null, digest: Digest, source = sourceOf(digest)) =>
    store.activatePolicy(tenant, { from, digest, source })

  describe(`${name} keeps the laws of governing state`, { timeout: 20_000 }, () => {
    test("the activated policy is the last one, of its tenant alone", async () => {
      expect(await store.policySource(tenant)).toBeNull()
      expect(await activate(null, one)).toBe(true)
      expect(await activate(one, two)).toBe(true)
      expect(await store.policySource(tenant)).toEqual({ digest: two, source: sourceOf(two) })
      expect(await store.policySource(sampleTenant())).toBeNull()
    })

    test("INV-02 policy is activated only in place of the set that was read, and otherwise nothing moves", async () => {
      expect(await activate(one, two)).toBe(false)
      expect(await store.policySource(tenant)).toBeNull()
      expect(await activate(null, one)).toBe(true)
      expect(await activate(null, two)).toBe(false)
      expect(await activate(three, two)).toBe(false)
      expect(await store.policySource(tenant)).toEqual({ digest: one, source: sourceOf(one) })
    })

    test("INV-02 of activations that read the same set, one takes its place and the others learn that they do not", async () => {
      await activate(null, one)
      const digests = Array.from({ length: 8 }, (_, i) => sampleDigest(`next ${i}`))
      const moved = await Promise.all(digests.map((digest) => activate(one, digest)))
      expect(moved.filter(Boolean)).toHaveLength(1)
      expect((await store.policySource(tenant))?.digest).toBe(digests[moved.indexOf(true)])
    })

    test("changes that read before they write run one after the other in a tenant: none is lost", async () => {
      await activate(null, one, sourceOf())
      const names = Array.from({ length: 8 }, (_, i) => `change-${i}`)
      await Promise.all(
        names.map((added) =>
          store.governing(tenant, async (governing) => {
            const live = await governing.policySource()
            const before = live?.source.texts.map((text) => text.name) ?? []
            // A read between the check and the write, so that others have every chance to interleave.
            await governing.directory.principals(tenant)
            const moved = await governing.activatePolicy({
              from: live?.digest ?? null,
              digest: sampleDigest([...before, added].join(" ")),
              source: sourceOf(...before, added),
            })
            expect(moved).toBe(true)
          }),
        ),
      )
      const live = await store.policySource(tenant)
      expect(live?.source.texts.map((text) => text.name).toSorted()).toEqual(names)
    })

    test("INV-10 a change of one tenant waits for no change of another", async () => {
      await store.governing(tenant, async () => {
        const other = sampleTenant()
        await store.governing(other, (governing) =>
          governing.activatePolicy({ from: null, digest: one, source: sourceOf() }),
        )
        expect(await store.policySource(tenant)).toBeNull()
      })
    })

    test("a change sees and writes the directory that everyone else sees", async () => {
      const person: PrincipalRow = {
        id: sampleId<PrincipalId>("hum"),
        tenant,
        kind: "human",
        name: "ana",
        enabled: true,
        owner: null,
        roles: [],
        addedAt: early,
        addedBy: null,
      }
      await store.directory.addPrincipal(person)
      await store.governing(tenant, async ({ directory }) => {
        expect(await directory.principal(tenant, person.id)).toEqual(person)
        await directory.disablePrincipal(tenant, person.id, early)
      })
      expect((await store.directory.principal(tenant, person.id))?.enabled).toBe(false)
    })

    test("INV-03 what a change came to is remembered under its key, in its tenant alone", async () => {
      const key = "ab".repeat(32) as IdempotencyKey
      const made = (governing: Governing) => governing.made(key)
      expect(await store.governing(tenant, made)).toBeNull()
      await store.governing(tenant, (governing) => governing.remember(key, { disabledAt: early }))
      expect(await store.governing(tenant, made)).toEqual({ disabledAt: early })
      expect(await store.governing(sampleTenant(), made)).toBeNull()
    })

    test("a change that throws answers what it threw, and the next one runs", async () => {
      await expect(
        store.governing(tenant, () => Promise.reject(new Error("no second pair of eyes"))),
      ).rejects.toThrow("no second pair of eyes")
      expect(await store.governing(tenant, () => Promise.resolve("ran"))).toBe("ran")
    })
  })
}
