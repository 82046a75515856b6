// Sealing: facts get their place in a trace, as the bytes and hashes that the chain is made of (INV-07).
// Owns: numbers, bytes, digests. Does not own: the head's fields (entry.ts), whether an entry counts (the append).
// The busiest code of the whole path: what the heads of one author have in common is spelled once, and a test holds
// that text against `canonical`.

import { canonical, canonicalBytes } from "../json/canonical.ts"
import { utf8Bytes } from "../json/utf8-bytes.ts"
import { chainHash, entryDigestOf, payloadDigestOf } from "../digest/index.ts"
import type { Digest, Environment, ExecutionId, Fence, TenantId, Time } from "../primitives.ts"
import type { Attribution, EntryDraft, EntryHead, TraceEntry, TraceHead } from "./entry.ts"
import { refOfKind, type EntryKind } from "./facts.ts"

/** What sealing needs besides the drafts: the head of the trace, and the values that only the shell knows. */
export interface SealPlace {
  readonly environment: Environment
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly after: TraceHead
  readonly fence: Fence
  readonly time: Time
  /** The digest of an entry kind's contract. */
  readonly kindDigest: (kind: EntryKind) => Digest
}

/** Puts drafts at the end of a trace: numbers, bytes, digests, chain. Pure; the append decides whether they count. */
export const sealEntries = (place: SealPlace, drafts: readonly EntryDraft[]): readonly TraceEntry[] =>
  drafts.map(sealing(place))

/** The same for one draft after the other: each call seals what follows the one before. */
export function sealing(place: SealPlace): (draft: EntryDraft) => TraceEntry {
  const { environment, tenant, executionId, fence, time } = place
  let { seq, hash } = place.after
  let frame: HeadFrame | null = null
  return ({ kind: entryKind, payload, by }) => {
    seq += 1
    if (frame?.by !== by) frame = frameOf(place, by)
    const payloadBytes = canonicalBytes(payload)
    const kind = refOfKind(entryKind)
    const head: EntryHead = {
      v: 1,
      environment,
      tenant,
      executionId,
      seq,
      kind,
      kindDigest: place.kindDigest(entryKind),
      time,
      fence,
      principal: by.principal,
      onBehalfOf: by.onBehalfOf,
      session: by.session,
      capabilitySource: by.capabilitySource,
      breakGlassId: by.breakGlassId,
      payloadDigest: payloadDigestOf(kind, payloadBytes),
      traceparent: by.traceparent,
    }
    const headBytes = utf8Bytes(headText(frame, head))
    const digest = entryDigestOf(headBytes)
    const prevHash = hash
    hash = chainHash({ executionId, seq, prevHash, entryDigest: digest })
    return { head, headBytes, payload, payloadBytes, digest, prevHash, hash }
  }
}

/** The canonical text of all heads of one author in one transition, around what differs. */
interface HeadFrame {
  readonly by: Attribution
  readonly toKind: string
  readonly toPayloadDigest: string
  readonly toSeq: string
  readonly toEnd: string
}

function frameOf({ environment, tenant, executionId, fence, time }: SealPlace, by: Attribution): HeadFrame {
  const { principal, onBehalfOf, session, capabilitySource, breakGlassId, traceparent } = by
  const open = canonical({ breakGlassId, capabilitySource, environment, executionId, fence })
  const close = canonical({ session, tenant, time, traceparent, v: 1 })
  return {
    by,
    toKind: `${open.slice(0, -1)},"kind":"`,
    toPayloadDigest: `","onBehalfOf":${canonical(onBehalfOf)},"payloadDigest":"`,
    toSeq: `","principal":${canonical(principal)},"seq":`,
    toEnd: `,${close.slice(1)}`,
  }
}

// Kinds and digests hold no character that JSON escapes.
const headText = (
  { toKind, toPayloadDigest, toSeq, toEnd }: HeadFrame,
  { kind, kindDigest, payloadDigest, seq }: EntryHead,
): string =>
  `${toKind}${kind}","kindDigest":"${kindDigest}${toPayloadDigest}${payloadDigest}${toSeq}${seq}${toEnd}`
