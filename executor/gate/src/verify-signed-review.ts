// Checking a reviewer's own signature: DSSE over the exact digests that the person saw.
// Owns: envelope, key holder, time window, what is named, the words that were written. One spelling of each envelope alone. Does not own: enrolment (auth), quorum (policy).
// Source: DSSE v1 PAE, https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md. No algorithm that the envelope names is used: ed25519 alone.

import {
  canonicalBytes,
  err,
  msOfTime,
  parseJson,
  parseWith,
  refuse,
  SignedReviewPayload,
  type Digest,
  type Refusal,
  type Result,
  type ReviewDecision,
  type SignedReview,
  type Time,
} from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import type { Directory } from "@counterfoil/contracts/ports"
import { signedBy } from "./identity/signed-by.ts"
import type { Caller } from "./caller.ts"

/** How far the signed time may be from the database's: allows for clocks of laptops, and for a person's pause before sending. */
const signedSecondsMax = 300

/** The content that a signature must have to count for one request. */
interface SignedReviewExpectation {
  readonly decision: ReviewDecision
  readonly origin: string
  readonly now: Time
  /** The reason or the note; null for neither. */
  readonly text: string | null
  readonly reasonCode: SignedReviewPayload["reasonCode"] | null
  readonly items: readonly { readonly approvalDigest: Digest; readonly planDigest: Digest }[]
}

/** The signed payload, when the caller's own enrolled key signed exactly this. */
export async function verifySignedReview(
  directory: Directory,
  caller: Caller,
  envelope: SignedReview,
  expected: SignedReviewExpectation,
): Promise<Result<SignedReviewPayload, Refusal>> {
  const [signature] = envelope.signatures
  const body = Buffer.from(envelope.payload, "base64")
  const key = signature === undefined ? null : await directory.reviewKey(caller.tenant, signature.keyid)
  const parsed = parseJson(body)
  const payload = parsed.ok ? parseWith(SignedReviewPayload, parsed.value) : null
  // Only canonical base64 and JSON are accepted: a second spelling of an envelope could be used a second time.
  const isSpelled =
    body.toString("base64") === envelope.payload && parsed.ok && body.equals(canonicalBytes(parsed.value))
  if (!isSpelled) return invalid
  if (signature === undefined || key === null || payload === null || !payload.ok) return invalid
  // A key counts from its enrolment to its revocation, by the database's clock, and only for its holder.
  if (
    String(key.human) !== String(caller.principal) ||
    key.enrolledAt > expected.now ||
    (key.revokedAt !== null && key.revokedAt <= expected.now)
  )
    return invalid
  if (!isSignedBy(key.spki, pae(envelope.payloadType, body), signature.sig)) return invalid
  if (!says(payload.value, caller, expected)) return invalid
  if (Math.abs(msOfTime(payload.value.at) - msOfTime(expected.now)) > signedSecondsMax * 1000)
    return err(refuse("SIGNATURE_STALE", { seconds: signedSecondsMax }))
  return payload
}

/** The pre-authentication encoding that a DSSE signature covers. */
export function pae(payloadType: string, body: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${body.length} `),
    body,
  ])
}

const invalid: Result<never, Refusal> = err(refuse("SIGNATURE_INVALID", {}))

/** Whether a key in base64 made a signature in base64, in its one spelling. */
function isSignedBy(spki: string, message: Buffer, signature: string): boolean {
  const bytes = Buffer.from(signature, "base64")
  return bytes.toString("base64") === signature && signedBy(Buffer.from(spki, "base64"), message, bytes)
}

function says(
  payload: SignedReviewPayload,
  caller: Caller,
  { decision, origin, text, reasonCode, items }: SignedReviewExpectation,
): boolean {
  return (
    payload.decision === decision &&
    payload.reasonDigest === (text === null ? null : blobDigest(utf8(text))) &&
    (payload.reasonCode ?? null) === reasonCode &&
    String(payload.human) === String(caller.principal) &&
    payload.origin === origin &&
    payload.items.length === items.length &&
    payload.items.every(
      (item, i) =>
        item.approvalDigest === items[i]?.approvalDigest && item.planDigest === items[i]?.planDigest,
    )
  )
}
