// What a forger can do to a stored trace: change entries as they lie there, hash a tail again, or rewrite in concert.
// Owns: the tools. Does not own: which forgeries there are (tamper.test.ts), nor finding them.

import {
  canonical,
  canonicalBytes,
  emptyHead,
  type EntryHead,
  type Json,
  type JsonObject,
  type TraceEntry,
} from "@counterfoil/contracts"
import { chainHash, digestOf, entryDigestOf, payloadDigestOf } from "@counterfoil/contracts/digest"

type Entries = readonly [TraceEntry, ...TraceEntry[]]

/** A forged trace; throws when nothing is left of it. */
export function entriesOf(list: readonly TraceEntry[]): Entries {
  const [first, ...rest] = list
  if (first === undefined) throw new Error("nothing is left")
  return [first, ...rest]
}

/** An entry with other contents under its old digests: what an edit in the database leaves. */
export function edited(
  entry: TraceEntry,
  change: { readonly head?: JsonObject; readonly payload?: Json },
): TraceEntry {
  // A forged head need not be one: that is for the verifier to find.
  const head = { ...entry.head, ...change.head } as EntryHead
  const payload = change.payload === undefined ? entry.payload : change.payload
  return {
    ...entry,
    head,
    headBytes: canonicalBytes(head),
    payload,
    payloadBytes: payload === null ? null : canonicalBytes(payload),
  }
}

/** All digests and links made again, from the first entry on: what someone with the code and the database can do. */
export function rehashed(list: readonly TraceEntry[]): Entries {
  const [first] = entriesOf(list)
  let before = emptyHead(first.head.environment, first.head.tenant, first.head.executionId).hash
  return entriesOf(
    list.map((entry, i) => {
      const payloadDigest =
        entry.payloadBytes === null
          ? entry.head.payloadDigest
          : payloadDigestOf(entry.head.kind, entry.payloadBytes)
      const head = { ...entry.head, seq: i + 1, payloadDigest }
      const headBytes = canonicalBytes(head)
      const digest = entryDigestOf(headBytes)
      const prevHash = before
      before = chainHash({ executionId: head.executionId, seq: head.seq, prevHash, entryDigest: digest })
      return { ...entry, head, headBytes, digest, prevHash, hash: before }
    }),
  )
}

/** Every digest of a changed verdict or statement is rewritten too, then all is hashed again: a consistent lie. */
export function inConcert(list: readonly TraceEntry[]): Entries {
  const renamed = new Map<string, string>()
  return rehashed(
    list.map((entry) => {
      const payload = asObject(replaced(entry.payload, renamed))
      if (entry.head.kind === "controlPlane.policy.decided@1") {
        const request = asObject(payload["request"])
        const requestDigest = digestOf("counterfoil.policy-request.v1", canonicalBytes(request))
        const verdict = asObject(payload["verdict"])
        const circumstances = { ...asObject(verdict["circumstances"]), requestDigest }
        const verdictDigest = digestOf("counterfoil.verdict.v1", canonicalBytes(asObject(verdict["core"])))
        renamed.set(canonical(payload["verdictDigest"] ?? null), canonical(verdictDigest))
        return edited(entry, {
          payload: { ...payload, requestDigest, verdictDigest, verdict: { ...verdict, circumstances } },
        })
      }
      if (entry.head.kind === "controlPlane.approval.requested@1") {
        const previewDigest = digestOf("counterfoil.preview.v1", canonicalBytes(payload["preview"] ?? null))
        const statement = { ...asObject(payload["statement"]), previewDigest }
        const approvalDigest = digestOf("counterfoil.approval.v1", canonicalBytes(statement))
        renamed.set(canonical(payload["approvalDigest"] ?? null), canonical(approvalDigest))
        return edited(entry, { payload: { ...payload, previewDigest, statement, approvalDigest } })
      }
      return edited(entry, { payload })
    }),
  )
}

function replaced(value: Json, renamed: ReadonlyMap<string, string>): Json {
  let text = canonical(value)
  for (const [from, to] of renamed) text = text.replaceAll(from, to)
  return JSON.parse(text) as Json
}

/** A JSON object, or an empty one for anything else. */
export const asObject = (value: Json | undefined): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}

/** Every place of a value that holds no object and no list. */
export function leavesOf(
  value: Json,
  path: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((item: Json, i) => leavesOf(item, [...path, i]))
  if (typeof value !== "object" || value === null) return [path]
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member as Json, [...path, key]))
}

/** The value with another one at a place. */
export function withLeaf(
  value: Json,
  [key, ...rest]: readonly (string | number)[],
  change: (old: Json) => Json,
): Json {
  if (key === undefined) return change(value)
  if (Array.isArray(value))
    return value.map((item: Json, i) => (i === key ? withLeaf(item, rest, change) : item))
  const object = asObject(value)
  return { ...object, [key]: withLeaf(object[key] ?? null, rest, change) }
}

/** Another value of the same type, close to the old one. */
export function otherLeaf(old: Json): Json {
  if (typeof old === "number") return old + 1
  if (typeof old === "boolean") return !old
  const text = typeof old === "string" ? old : "x"
  const last = text.at(-1)
  return text.slice(0, -1) + (last === "0" ? "1" : "0")
}
