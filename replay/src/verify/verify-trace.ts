// Was this trace altered? Order, constants, digests, chain and payload shapes of one execution's entries.
// Owns: checks 3, 4 and 5 of a verification (docs/BUNDLE.md). Does not own: who signed what (verify-evidence.ts), nor re-derivation.
// Shows INV-07 (gap-free, chained) and INV-10 (one tenant throughout). Bad stored data is an answer, never a throw.

import {
  emptyHead,
  err,
  isEntryKind,
  ok,
  parseWith,
  payloads,
  type Digest,
  type EntryHead,
  type Environment,
  type ExecutionId,
  type Fact,
  type Json,
  type JsonLimits,
  type PrincipalId,
  type PrincipalRef,
  type Result,
  type TenantId,
  type TraceEntry,
  type TraceHead,
} from "@counterfoil/contracts"
import { chainHash, entryDigestOf, payloadDigestOf } from "@counterfoil/contracts/digest"
import type { RecordedFact } from "@counterfoil/core"
import { factKnown, headIssue, isSpelling, knowFact } from "../bundle/known-here.ts"

/** What the reader knows from elsewhere: whose trace it must be, and where it must end. Null where it knows nothing. */
export interface TraceExpectations {
  readonly environment: Environment | null
  readonly tenant: TenantId | null
  readonly executionId: ExecutionId | null
  readonly head: TraceHead | null
}

/** A reader that knows nothing but the entries. */
export const expectNothing: TraceExpectations = {
  environment: null,
  tenant: null,
  executionId: null,
  head: null,
}

/** The first thing that does not verify: at which entry, at which field, and what was recorded where what was computed. */
export interface TraceFault {
  readonly check: "BLOB" | "SEQUENCE" | "CHAIN" | "PAYLOAD" | "APPROVAL" | "CONSUMPTION"
  readonly seq: number
  /** JSON Pointer into the entry: `/head/…`, `/payload/…`, `/hash`. */
  readonly at: string
  readonly because: string
  readonly recorded: string | number | null
  readonly computed: string | number | null
}

/** A trace that verifies: where it ends, and which payloads are gone while their proof remains. */
export interface VerifiedTrace {
  readonly head: TraceHead
  readonly withoutPayload: readonly number[]
}

/** Bounds of one stored head or payload: a step's largest output and its request fit. */
export const entryLimits: JsonLimits = {
  bytesMax: 8 * 1024 * 1024,
  depthMax: 64,
  keysMax: 10_000,
  itemsMax: 10_000,
  stringBytesMax: 4 * 1024 * 1024,
}

/** Verifies all entries of one execution, in order. Errors: the first fault, by seq. */
export function verifyTrace(
  entries: readonly TraceEntry[],
  expectations: TraceExpectations,
): Result<VerifiedTrace, TraceFault> {
  const read = readVerified(entries, expectations)
  return read.ok ? ok({ head: read.value.head, withoutPayload: read.value.withoutPayload }) : read
}

/** The same, with each entry's fact as its event contract reads it; null where the payload is gone. */
export function readVerified(
  entries: readonly TraceEntry[],
  expectations: TraceExpectations,
): Result<VerifiedTrace & { readonly facts: readonly (RecordedFact | null)[] }, TraceFault> {
  const [first] = entries
  if (first === undefined) return err(fault("SEQUENCE", 1, "/head/seq", "there is no entry", null, 1))
  const foreign = foreignTo(first.head, expectations)
  if (foreign !== null) return err(foreign)
  let hash = emptyHead(first.head.environment, first.head.tenant, first.head.executionId).hash
  let previous = first
  const facts: (RecordedFact | null)[] = []
  for (const [index, entry] of entries.entries()) {
    const found = sequenceFault(entry, previous, first, index + 1) ?? chainFault(entry, hash, index + 1)
    if (found !== null) return err(found)
    const fact = factOf(entry)
    if (!fact.ok) return fact
    facts.push(fact.value)
    hash = entry.hash
    previous = entry
  }
  const head: TraceHead = { seq: entries.length, hash }
  const missed = headFault(head, expectations.head)
  return missed === null
    ? ok({
        head,
        facts,
        withoutPayload: entries.filter(({ payload }) => payload === null).map((entry) => entry.head.seq),
      })
    : err(missed)
}

function foreignTo(head: EntryHead, expected: TraceExpectations): TraceFault | null {
  for (const field of ["environment", "tenant", "executionId"] as const) {
    const known = expected[field]
    if (known !== null && head[field] !== known)
      return fault("SEQUENCE", 1, `/head/${field}`, "the trace is not the one expected", head[field], known)
  }
  return null
}

function headFault(head: TraceHead, expected: TraceHead | null): TraceFault | null {
  if (expected === null) return null
  if (head.seq !== expected.seq)
    return fault(
      "CHAIN",
      head.seq,
      "/head/seq",
      "the trace ends elsewhere than its known head",
      head.seq,
      expected.seq,
    )
  return head.hash === expected.hash
    ? null
    : fault(
        "CHAIN",
        head.seq,
        "/hash",
        "the trace ends in another hash than its known head",
        head.hash,
        expected.hash,
      )
}

function sequenceFault(
  { head }: TraceEntry,
  { head: before }: TraceEntry,
  { head: first }: TraceEntry,
  seq: number,
): TraceFault | null {
  if (head.seq !== seq)
    return fault("SEQUENCE", seq, "/head/seq", "entries are not numbered from 1 without a gap", head.seq, seq)
  for (const field of ["environment", "tenant", "executionId"] as const) {
    if (head[field] !== first[field])
      return fault("SEQUENCE", seq, `/head/${field}`, "changes within the trace", head[field], first[field])
  }
  if (head.principal.kind !== kindOfId(head.principal.id))
    return fault(
      "SEQUENCE",
      seq,
      "/head/principal",
      "a principal of another kind than its id",
      head.principal.kind,
      kindOfId(head.principal.id),
    )
  if (head.time < before.time)
    return fault("SEQUENCE", seq, "/head/time", "time goes back", head.time, before.time)
  if (head.fence < before.fence)
    return fault("SEQUENCE", seq, "/head/fence", "the fence goes back", head.fence, before.fence)
  return null
}

const kinds = { hum_: "human", svc_: "service", agt_: "agent", tol_: "tool" } as const

/** The kind that a principal's id says; the control plane's own services are named `counterfoil.…`. */
export const kindOfId = (id: PrincipalId): PrincipalRef["kind"] | null =>
  id.startsWith("counterfoil.")
    ? "service"
    : (Object.entries(kinds).find(([prefix]) => id.startsWith(prefix))?.[1] ?? null)

function chainFault(entry: TraceEntry, before: Digest, seq: number): TraceFault | null {
  const { head, headBytes, payloadBytes } = entry
  const issue = headIssue(head)
  if (issue !== null) return fault("CHAIN", seq, `/head${issue.at}`, "the head is not one", null, null)
  const spelled = spellingFault(headBytes, head, "/head", seq)
  if (spelled !== null) return spelled
  if (payloadBytes !== null) {
    const computed = payloadDigestOf(head.kind, payloadBytes)
    if (computed !== head.payloadDigest)
      return fault(
        "CHAIN",
        seq,
        "/head/payloadDigest",
        "the payload is not the one recorded",
        head.payloadDigest,
        computed,
      )
  }
  const digest = entryDigestOf(headBytes)
  if (digest !== entry.digest)
    return fault("CHAIN", seq, "/digest", "the head is not the one recorded", entry.digest, digest)
  if (before !== entry.prevHash)
    return fault("CHAIN", seq, "/prevHash", "the entry follows another one", entry.prevHash, before)
  const computed = chainHash({ executionId: head.executionId, seq, prevHash: before, entryDigest: digest })
  return computed === entry.hash
    ? null
    : fault("CHAIN", seq, "/hash", "the chain is broken", entry.hash, computed)
}

function factOf({ head, hash, payload, payloadBytes }: TraceEntry): Result<RecordedFact | null, TraceFault> {
  // Without its payload an entry is a digest under a kind, and which contract that kind has is not here to compare.
  if (payload === null || payloadBytes === null) return ok(null)
  const kind: string = head.kind
  if (!isEntryKind(kind))
    return err(fault("PAYLOAD", head.seq, "/head/kind", "no event contract has this kind", head.kind, null))
  const spelled = spellingFault(payloadBytes, payload, "/payload", head.seq)
  if (spelled !== null) return err({ ...spelled, check: "PAYLOAD" })
  const known = typeof payload === "object" ? factKnown(payload, kind) : null
  if (known !== null) return ok({ fact: known, head, hash })
  const parsed = parseWith(payloads[kind], payload)
  if (parsed.ok) {
    // The schema was looked up by the kind, which TypeScript cannot follow through a union.
    const fact = { kind, payload: parsed.value } as Fact
    if (typeof payload === "object") knowFact(payload, fact)
    return ok({ fact, head, hash })
  }
  const at = `/payload${parsed.error[0]?.at ?? ""}`
  return err(fault("PAYLOAD", head.seq, at, "the payload does not fit its event contract", null, null))
}

// The parsed value and the hashed bytes are stored side by side. Bytes that are the canonical form of the value have no other
// reading, so no second parse is needed to know that the value is theirs.
function spellingFault(bytes: Uint8Array, value: Json, at: string, seq: number): TraceFault | null {
  return isSpelling(bytes, value)
    ? null
    : fault("CHAIN", seq, at, "the bytes are not the canonical form of the value", null, null)
}

/** A fault from its parts. */
export function fault(
  check: TraceFault["check"],
  seq: number,
  at: string,
  because: string,
  recorded: TraceFault["recorded"],
  computed: TraceFault["computed"],
): TraceFault {
  return { check, seq, at, because, recorded, computed }
}
