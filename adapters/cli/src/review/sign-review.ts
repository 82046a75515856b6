// A signed review: a DSSE envelope over the canonical bytes of exactly what a person decided on.
// Owns: the payload, its bytes and the signature. Does not own: the key's file, nor the check (policy, the auditor).
// Source: DSSE v1.0 protocol, "PAE(type, body)"; RFC 8032 for ed25519; RFC 8785 for the bytes.

import { sign, type KeyObject } from "node:crypto"
import {
  canonicalBytes,
  type ApprovalItem,
  type SignedReview,
  type SignedReviewPayload,
  documentOf,
} from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import { pae } from "@counterfoil/gate"
import type { ReviewKey } from "./review-key.ts"

/** The decision of a person, before it is signed. `text` is the reason or note; null for none. */
export interface Decided {
  readonly decision: SignedReviewPayload["decision"]
  readonly human: SignedReviewPayload["human"]
  readonly origin: string
  readonly at: SignedReviewPayload["at"]
  readonly text: string | null
  readonly reasonCode: SignedReviewPayload["reasonCode"]
  readonly items: readonly ApprovalItem[]
}

const payloadType = "application/vnd.counterfoil.review+json"

/** The payload with the decision, the person, the server, the time and the digests that were shown, in their order. */
export function reviewPayload({
  decision,
  human,
  origin,
  at,
  text,
  reasonCode,
  items,
}: Decided): SignedReviewPayload {
  return {
    format: "counterfoil.review/1",
    decision,
    human,
    method: "ed25519",
    origin,
    at,
    reasonDigest: text === null ? null : blobDigest(utf8(text)),
    ...(reasonCode === undefined ? {} : { reasonCode }),
    items: items.map(({ approvalDigest, planDigest, previewDigest }) => ({
      approvalDigest,
      planDigest,
      previewDigest,
    })),
  }
}

/** The envelope with one signature over the pre-authentication encoding. */
export function signReview(payload: SignedReviewPayload, key: ReviewKey): SignedReview {
  const body = canonicalBytes(documentOf(payload))
  return {
    payloadType,
    payload: Buffer.from(body).toString("base64"),
    signatures: [{ keyid: key.keyId, sig: signature(body, key.secret) }],
  }
}

const signature = (body: Uint8Array, secret: KeyObject): string =>
  sign(null, pae(payloadType, body), secret).toString("base64")
