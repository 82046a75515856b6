// A signed review: what it says, held against its entry field by field, under a key that the verifier brings (INV-06).
// Source: DSSE v1.0, `PAE(type, body)`. The envelope names no algorithm that is believed: ed25519 alone.

import { createPublicKey, hash, verify } from "node:crypto"
import { Fault } from "./fault.ts"
import { sha256 } from "./formulas.ts"
import {
  isObject,
  jcs,
  memberOf,
  objectAt,
  objectsAt,
  parseCanonical,
  textAt,
  type JsonObject,
} from "./json.ts"
import { signedPayload } from "./line-forms.ts"
import { bytesOfBase64 } from "./read-lines.ts"
import { timeForm } from "./times.ts"

/** A reviewer's key that the verifier trusts: SPKI in base64, who holds it, and when it counts. Never taken from the bundle. */
export interface TrustedKey {
  readonly keyId: string
  readonly human: string
  readonly spki: string
  readonly enrolledAt: string
  readonly revokedAt: string | null
}

/** How far the signed time may be from that of the entry. */
const signedMsMax = 300_000

/** A review and the request that it answers. */
interface SignedAbout {
  readonly seq: number
  readonly time: string
  readonly owner: JsonObject
  readonly review: JsonObject
  readonly request: JsonObject
}

/** What an envelope says, read without a key. Throws a `Fault` when it is not one spelling of a signed review. */
export function readEnvelope(envelope: JsonObject, seq: number): JsonObject {
  const body = bytesOfBase64(textAt(envelope, "payload"))
  const [signature] = objectsAt(envelope, "signatures")
  const said = body === null ? null : parseCanonical(body)
  if (
    said === null ||
    !isObject(said) ||
    signedPayload(said, "") !== null ||
    signature === undefined ||
    bytesOfBase64(textAt(signature, "sig")) === null
  )
    throw wrong(seq, "what was signed is not a review in its one spelling")
  return said
}

/** Holds what was signed against the entry and its request. */
export function checkSaid(said: JsonObject, { seq, time, owner, review, request }: SignedAbout): void {
  if (said["human"] !== review["human"]) throw wrong(seq, "another person signed")
  if (said["decision"] !== review["decision"]) throw wrong(seq, "another decision was signed")
  checkWhereAndWhen(said, owner, { seq, time })
  const written = memberOf(review, review["decision"] === "approve" ? "note" : "reason")
  const reasonDigest = typeof written === "string" ? sha256(Buffer.from(written)) : null
  if (said["reasonDigest"] !== reasonDigest) throw wrong(seq, "another reason or note was signed")
  if (memberOf(said, "reasonCode") !== memberOf(review, "reasonCode"))
    throw wrong(seq, "another reason code was signed")
  const bound = jcs({
    approvalDigest: textAt(request, "approvalDigest"),
    planDigest: textAt(objectAt(request, "statement"), "planDigest"),
    previewDigest: textAt(request, "previewDigest"),
  })
  if (objectsAt(said, "items").filter((item) => jcs(item) === bound).length !== 1)
    throw wrong(seq, "another request was signed")
}

/** Checks the signature itself; `time` is when the review was recorded. */
export function checkSignature(
  envelope: JsonObject,
  { seq, time, human }: { readonly seq: number; readonly time: string; readonly human: string },
  keys: readonly TrustedKey[],
): void {
  const [signature = {}] = objectsAt(envelope, "signatures")
  // A list that has a key twice does not say whose it is, nor when it counts.
  const [key, ...others] = keys.filter((one) => one.keyId === signature["keyid"])
  if (key === undefined || others.length > 0 || !isKey(key))
    throw wrong(seq, "the key is not one that is trusted")
  if (key.human !== human) throw wrong(seq, "the key belongs to another person")
  if (time < key.enrolledAt || (key.revokedAt !== null && time >= key.revokedAt))
    throw wrong(seq, "the key did not count at that time")
  const type = textAt(envelope, "payloadType")
  const body = Buffer.from(textAt(envelope, "payload"), "base64")
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${body.length} `), body])
  if (!signedBy(key.spki, message, textAt(signature, "sig"))) throw wrong(seq, "the signature is not good")
}

/** A key is named by its own bytes, in their one spelling, and counts between times. Anything else in a list is not a key. */
function isKey({ keyId, spki, enrolledAt, revokedAt }: TrustedKey): boolean {
  const bytes = bytesOfBase64(spki)
  return (
    bytes !== null &&
    hash("sha256", bytes, "hex") === keyId &&
    timeForm.test(enrolledAt) &&
    (revokedAt === null || timeForm.test(revokedAt))
  )
}

function signedBy(spki: string, message: Uint8Array, signature: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki, "base64"), format: "der", type: "spki" })
    return key.asymmetricKeyType === "ed25519" && verify(null, message, key, Buffer.from(signature, "base64"))
  } catch {
    return false // bytes that are not a key, or not a signature, sign nothing
  }
}

const wrong = (seq: number, because: string): Fault => new Fault(because, { seq, at: "/payload/signature" })

/** What is known of a signed review whose payload is not here: who signed, when, for which installation, under which key. */
export function checkLooseEnvelope(
  envelope: JsonObject,
  owner: JsonObject,
  { seq, time, head }: { readonly seq: number; readonly time: string; readonly head: JsonObject },
  keys: readonly TrustedKey[] | null,
): void {
  const said = readEnvelope(envelope, seq)
  const human = textAt(said, "human")
  if (objectAt(head, "principal")["id"] !== human) throw wrong(seq, "another person signed")
  checkWhereAndWhen(said, owner, { seq, time })
  if (keys !== null) checkSignature(envelope, { seq, time, human }, keys)
}

function checkWhereAndWhen(
  said: JsonObject,
  owner: JsonObject,
  { seq, time }: { readonly seq: number; readonly time: string },
): void {
  const origin = `counterfoil://${textAt(owner, "environment")}/${textAt(owner, "tenant")}`
  if (said["origin"] !== origin) throw wrong(seq, "it was signed for another installation")
  // The distance of something that is not a time is not a number, and within no bound.
  const distance = Math.abs(Date.parse(textAt(said, "at")) - Date.parse(time))
  if (!(distance <= signedMsMax)) throw wrong(seq, "it was signed at another time")
}
