// The quarantine in memory: the same laws as the tables.
// Owns: the rows and the counts. Does not own: when a message is quarantined.

import { addMs, type PrincipalId, type Time } from "@counterfoil/contracts"
import {
  quarantineLimits,
  type Quarantine,
  type QuarantineDropped,
  type QuarantineItem,
  type QuarantineLimits,
  type QuarantineRoom,
  type QuarantineRow,
} from "@counterfoil/contracts/ports"

/** What the memory form needs. */
export interface MemoryQuarantineParts {
  readonly now: () => Time
  /** True for a tenant that has a principal. */
  readonly isTenant: (tenant: string) => boolean
  readonly limits?: QuarantineLimits
}

interface Kept {
  readonly row: QuarantineRow
  readonly at: Time
  /** The order of keeping, which breaks ties of time. */
  readonly turn: number
}

/** An empty quarantine. */
export function memoryQuarantine({
  now,
  isTenant,
  limits = quarantineLimits,
}: MemoryQuarantineParts): Quarantine {
  let kept: readonly Kept[] = []
  let turn = 0
  const begun = new Map<string, { readonly count: number; readonly at: Time }>()
  const dropped = new Map<string, QuarantineDropped & { readonly tenant: string; readonly sender: string }>()
  const count = ({ tenant, principal }: Pick<QuarantineRow, "tenant" | "principal">): void => {
    const place = { tenant: isTenant(tenant) ? tenant : "", sender: principal ?? "" }
    const key = JSON.stringify([place.tenant, place.sender])
    const before = dropped.get(key)
    dropped.set(key, {
      ...place,
      count: (before?.count ?? 0) + 1,
      firstAt: before?.firstAt ?? now(),
      lastAt: now(),
    })
  }
  const dropOldest = (isIn: (row: QuarantineRow) => boolean, room: QuarantineRoom): number => {
    let [place, bytes] = [0, 0]
    const gone = new Set<Kept>()
    for (const each of newest(kept.filter(({ row }) => isIn(row)))) {
      place += 1
      bytes += keptBytes(each.row)
      if (place > 1 && (place > room.rows || bytes > room.bytes)) gone.add(each)
    }
    for (const { row } of gone) count(row)
    kept = kept.filter((each) => !gone.has(each))
    return gone.size
  }
  return {
    keep: async (row) => {
      turn += 1
      kept = [
        ...kept.filter((one) => one.row.tenant !== row.tenant || one.row.messageId !== row.messageId),
        { row, at: now(), turn },
      ]
      if (row.principal === null) return dropOldest(({ principal }) => principal === null, limits.strangers)
      const isKnown = ({ tenant, principal }: QuarantineRow): boolean =>
        tenant === row.tenant && principal !== null
      const first = dropOldest((one) => isKnown(one) && one.principal === row.principal, limits.sender)
      return first + dropOldest(isKnown, limits.tenant)
    },
    skip: async (row) => count(row),
    begin: async (messageId) => {
      const tries = (begun.get(messageId)?.count ?? 0) + 1
      begun.set(messageId, { count: tries, at: now() })
      return tries
    },
    forgive: async (messageId) => {
      const before = begun.get(messageId)
      if (before !== undefined) begun.set(messageId, { ...before, count: Math.max(0, before.count - 1) })
    },
    forget: async (messageId) => void begun.delete(messageId),
    list: async (tenant, own, after, limit) => {
      const all = newest(kept).filter(
        ({ row }) => row.tenant === tenant && (own === null || row.principal === own),
      )
      const from = after === null ? 0 : 1 + all.findIndex((each) => String(each.turn) === after.value)
      const part = all.slice(from, from + limit)
      const last = part.at(-1)
      return {
        items: part.map(itemOf),
        next:
          last === undefined || from + limit >= all.length
            ? null
            : { value: String(last.turn), id: last.row.messageId },
        dropped: droppedOf(
          [...dropped.values()].filter((one) => one.tenant === tenant),
          own,
        ),
      }
    },
    expire: async (days) => {
      const oldest = addMs(now(), -days * 86_400_000)
      kept = kept.filter(({ at }) => at >= oldest)
      for (const [key, { lastAt }] of dropped) if (lastAt < oldest) dropped.delete(key)
      for (const [messageId, { at }] of begun) if (at < oldest) begun.delete(messageId)
    },
  }
}

const newest = (rows: readonly Kept[]): readonly Kept[] => rows.toSorted((a, b) => b.turn - a.turn)
const keptBytes = ({ body, problem }: QuarantineRow): number =>
  body.length + (problem === null ? 0 : Buffer.byteLength(JSON.stringify(problem)))

const itemOf = ({ row: { body: _body, ...row }, at }: Kept): QuarantineItem => ({ ...row, at })

function droppedOf(
  counts: readonly (QuarantineDropped & { readonly sender: string })[],
  own: PrincipalId | null,
): QuarantineDropped | null {
  const mine = counts.filter(({ sender }) => own === null || sender === own)
  const [first, ...others] = mine
  return first === undefined
    ? null
    : others.reduce<QuarantineDropped>(
        (sum, one) => ({
          count: sum.count + one.count,
          firstAt: one.firstAt < sum.firstAt ? one.firstAt : sum.firstAt,
          lastAt: one.lastAt > sum.lastAt ? one.lastAt : sum.lastAt,
        }),
        { count: first.count, firstAt: first.firstAt, lastAt: first.lastAt },
      )
}
