// Checks 3 and 4: entries are numbered without a gap, belong to one execution, never go back in time, and each hangs on all
// before it. Nothing here needs a payload to be there (INV-07).

import { Fault } from "./fault.ts"
import { digestOf, h, raw, u64 } from "./formulas.ts"
import { jcs, numberAt, objectAt, textAt, type JsonObject } from "./json.ts"
import type { Entry, Lines } from "./read-lines.ts"

/** A head that was kept elsewhere: the number and the hash of an entry. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

/** Check 3: order, ownership, time and fence, and that each principal is of the kind that its id says. */
export function checkSequence({ header, entries }: Lines): string {
  if (entries.length === 0) throw new Fault("there is no entry")
  let time = ""
  let fence = 0
  for (const [i, { head }] of entries.entries()) {
    const seq = i + 1
    const differs = (field: string, because: string, recorded: string | number, computed: string | number) =>
      new Fault(because, { seq, at: `/head/${field}`, recorded, computed })
    const number = numberAt(head, "seq")
    if (number !== seq) throw differs("seq", "entries are not numbered from 1 without a gap", number, seq)
    for (const field of ["environment", "tenant", "executionId"]) {
      const owner = textAt(header, field)
      if (head[field] !== owner)
        throw differs(field, `another ${field} than the bundle's`, textAt(head, field), owner)
    }
    if (textAt(head, "time") < time) throw differs("time", "time goes back", textAt(head, "time"), time)
    if (numberAt(head, "fence") < fence)
      throw differs("fence", "the fence goes back", numberAt(head, "fence"), fence)
    const principal = objectAt(head, "principal")
    const kind = kindOfId(textAt(principal, "id"))
    if (principal["kind"] !== kind)
      throw differs("principal", "a principal of another kind than its id", textAt(principal, "kind"), kind)
    time = textAt(head, "time")
    fence = numberAt(head, "fence")
  }
  return `${entries.length} entries, 1 to ${entries.length}`
}

const kinds: { readonly [prefix: string]: string } = {
  hum: "human",
  svc: "service",
  agt: "agent",
  tol: "tool",
}

/** The kind that a principal's id says; the control plane's own services are named `counterfoil.…`. */
export const kindOfId = (id: string): string =>
  id.startsWith("counterfoil.") ? "service" : (kinds[id.slice(0, 3)] ?? "")

/** Check 4: the digest of each payload and head, and each link. `kept` is compared where the trace has such an entry. */
export function checkChain({ header, entries }: Lines, kept: Head | null): string {
  const executionId = textAt(header, "executionId")
  let before = h(
    "counterfoil.genesis.v1",
    textAt(header, "environment"),
    textAt(header, "tenant"),
    executionId,
  )
  for (const entry of entries) {
    const { seq, head } = entry
    checkPayload(entry)
    const link = digestOf("counterfoil.entry.v1", head)
    const computed = h("counterfoil.chain.v1", executionId, u64(seq), raw(before), raw(link))
    if (entry.hash !== computed)
      throw new Fault("the chain is broken", { seq, at: "/hash", recorded: entry.hash, computed })
    if (kept?.seq === seq && kept.hash !== computed)
      throw new Fault("another history than that of the head that was kept elsewhere", {
        seq,
        at: "/hash",
        recorded: computed,
        computed: kept.hash,
      })
    before = computed
  }
  checkEnd(objectAt(header, "head"), { seq: entries.length, hash: before }, kept)
  return kept === null
    ? "every payload, head and link"
    : "every payload, head and link, and the head kept elsewhere"
}

function checkPayload({ seq, kind, head, payload }: Entry): void {
  if (payload === null) return
  const computed = h("counterfoil.payload.v1", kind, jcs(payload))
  if (head["payloadDigest"] !== computed)
    throw new Fault("the payload is not the one recorded", {
      seq,
      at: "/head/payloadDigest",
      recorded: textAt(head, "payloadDigest"),
      computed,
    })
}

function checkEnd(said: JsonObject, end: Head, kept: Head | null): void {
  const { seq } = end
  if (numberAt(said, "seq") !== seq || said["hash"] !== end.hash)
    throw new Fault("the trace ends elsewhere than the header says", {
      seq,
      at: "/hash",
      recorded: textAt(said, "hash"),
      computed: end.hash,
    })
  if (kept !== null && (kept.seq > seq || kept.seq < 1))
    throw new Fault("the trace ends before the head that was kept elsewhere", {
      seq,
      recorded: seq,
      computed: kept.seq,
    })
}
