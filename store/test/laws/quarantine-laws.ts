// The laws of the quarantine: the newest of each sender is kept, what is dropped is counted, and no sender takes another's room.
// Owns: the sentences, for both forms. Does not own: when a message is quarantined, nor how often (adapters/bus).

import type { PrincipalId, TenantId } from "@counterfoil/contracts"
import type { Quarantine, QuarantineLimits, QuarantineRow } from "@counterfoil/contracts/ports"
import { beforeEach, describe, expect, test } from "vitest"

/** Limits that a test reaches. */
export const smallLimits: QuarantineLimits = {
  sender: { rows: 3, bytes: 1_000 },
  tenant: { rows: 8, bytes: 2_000 },
  strangers: { rows: 4, bytes: 1_500 },
}

/** The tenants that have principals. */
export const knownTenants = ["acme", "globex"] as const

const acme = "acme" as TenantId
const globex = "globex" as TenantId
const senders = ["0", "1", "2", "3", "4"].map((n) => `agt_01kaz3v8g0e8r4n2t6w0y3b5a${n}` as PrincipalId)

/** Runs the laws against quarantines that `open` gives: each time an empty one with the small limits. */
export function quarantineLaws(name: string, open: () => Promise<Quarantine>): void {
  let quarantine: Quarantine
  let number = 0
  beforeEach(async () => {
    quarantine = await open()
  })

  const rowOf = (given: Partial<QuarantineRow> = {}): QuarantineRow => ({
    tenant: acme,
    messageId: `message-${(number += 1)}`,
    reason: "refused",
    principal: senders[0] ?? null,
    key: null,
    problem: null,
    deliveries: 1,
    body: new Uint8Array(10),
    bodyBytes: 10,
    ...given,
  })
  const keep = async (count: number, given: Partial<QuarantineRow> = {}) => {
    const ids: string[] = []
    let dropped = 0
    for (let each = 0; each < count; each += 1) {
      const row = rowOf(given)
      ids.push(row.messageId)
      dropped += await quarantine.keep(row)
    }
    return { ids, dropped }
  }
  const listed = async (tenant = acme, own: PrincipalId | null = null) => {
    const { items, dropped } = await quarantine.list(tenant, own, null, 100)
    return { ids: items.map(({ messageId }) => messageId), dropped: dropped?.count ?? 0 }
  }

  describe(`${name} keeps the laws of the quarantine`, { timeout: 20_000 }, () => {
    test("a sender's newest are kept up to its number of rows, and each older one is counted", async () => {
      const { ids, dropped } = await keep(5)
      expect(dropped).toBe(2)
      expect(await listed()).toEqual({ ids: ids.slice(2).toReversed(), dropped: 2 })
      expect(await listed(acme, senders[0])).toEqual({ ids: ids.slice(2).toReversed(), dropped: 2 })
    })

    test("bytes count as rows do, with those of the problem, and the newest stays however large it is", async () => {
      const { ids } = await keep(3, { body: new Uint8Array(400), bodyBytes: 400 })
      expect(await listed()).toEqual({ ids: ids.slice(1).toReversed(), dropped: 1 })
      const large = await keep(1, { body: new Uint8Array(1_200), bodyBytes: 1_200 })
      expect(await listed()).toEqual({ ids: large.ids, dropped: 3 })
    })

    test("INV-10 a sender that sends without end takes no room of another, nor of another tenant", async () => {
      const other = await keep(2, { principal: senders[1] ?? null })
      const foreign = await keep(2, { tenant: globex, principal: senders[2] ?? null })
      await keep(20)
      expect(await listed(acme, senders[1])).toEqual({ ids: other.ids.toReversed(), dropped: 0 })
      expect(await listed(globex)).toEqual({ ids: foreign.ids.toReversed(), dropped: 0 })
      expect(await listed(acme)).toMatchObject({ dropped: 17 })
    })

    test("many senders together keep no more than their tenant's room", async () => {
      for (const principal of senders) await keep(3, { principal })
      const { ids, dropped } = await listed()
      expect([ids.length, dropped]).toEqual([8, 7])
    })

    test("INV-10 senders without a valid token share one limit over all tenants, and messages to unknown tenants count for no tenant", async () => {
      const known = await keep(1)
      for (let each = 0; each < 10; each += 1) await keep(1, { tenant: `name-${each}`, principal: null })
      const last = await keep(2, { principal: null })
      expect(await listed()).toEqual({ ids: [...last.ids.toReversed(), ...known.ids], dropped: 0 })
      expect(await listed("name-0" as TenantId)).toEqual({ ids: [], dropped: 0 })
      await keep(4, { principal: null, tenant: globex })
      expect(await listed()).toEqual({ ids: known.ids, dropped: 2 })
    })

    test("INV-10 those without a valid token take no room of the senders that have one", async () => {
      const first = await keep(3)
      const second = await keep(3, { principal: senders[1] ?? null })
      await keep(10, { principal: null })
      expect(await listed(acme, senders[0])).toEqual({ ids: first.ids.toReversed(), dropped: 0 })
      expect(await listed(acme, senders[1])).toEqual({ ids: second.ids.toReversed(), dropped: 0 })
      const third = await keep(3, { principal: senders[2] ?? null })
      expect(third.dropped).toBe(1)
    })

    test("what is not kept at all is counted under its sender", async () => {
      await quarantine.skip({ tenant: acme, principal: senders[0] ?? null })
      await quarantine.skip({ tenant: acme, principal: senders[0] ?? null })
      await quarantine.skip({ tenant: acme, principal: null })
      expect([(await listed()).dropped, (await listed(acme, senders[0])).dropped]).toEqual([3, 2])
      expect((await listed(acme, senders[1])).dropped).toBe(0)
      const { dropped } = await quarantine.list(acme, null, null, 1)
      expect((dropped?.firstAt ?? "z") <= (dropped?.lastAt ?? "")).toBe(true)
    })

    test("the same message is kept once, with its newest answer", async () => {
      const row = rowOf()
      await keep(1)
      expect(await quarantine.keep(row)).toBe(0)
      expect(await quarantine.keep({ ...row, reason: "poison", deliveries: 5 })).toBe(0)
      const { items } = await quarantine.list(acme, null, null, 100)
      expect(items).toHaveLength(2)
      expect(items[0]).toMatchObject({ messageId: row.messageId, reason: "poison", deliveries: 5 })
    })

    test("a list goes on behind its last row", async () => {
      const { ids } = await keep(3)
      const first = await quarantine.list(acme, null, null, 2)
      const rest = await quarantine.list(acme, null, first.next, 2)
      expect([...first.items, ...rest.items].map(({ messageId }) => messageId)).toEqual(ids.toReversed())
      expect(rest.next).toBeNull()
    })

    test("tries are counted until they are forgiven, and forgotten with the end of the message", async () => {
      expect([await quarantine.begin("m"), await quarantine.begin("m")]).toEqual([1, 2])
      await quarantine.forgive("m")
      expect(await quarantine.begin("m")).toBe(2)
      await quarantine.forget("m")
      expect(await quarantine.begin("m")).toBe(1)
      await quarantine.forget("m")
    })
  })
}
