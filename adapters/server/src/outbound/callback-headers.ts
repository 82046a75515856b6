// The headers of a callback: the id of the event, the time of sending, and the signatures.
// Owns: their form. Does not own: reading the secrets (send-callback.ts); a receiver's check is sdk/verify-callback.ts.
// Source: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.

import { Webhook } from "standardwebhooks"

/** What is signed. The id is the same for every attempt; `atMs` is the time of this attempt. */
interface SignedCallback {
  readonly id: string
  readonly body: string
  readonly atMs: number
  /** `whsec_` and base64: one secret, or two while one replaces the other. Each of them signs. */
  readonly secrets: readonly string[]
}

/** A key of at least 24 bytes. */
const secretForm = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/

/** True for a text that is a valid secret for callbacks. */
export const isCallbackSecret = (text: string): boolean => secretForm.test(text)

/** The headers. The secrets have the form that `isCallbackSecret` checks. */
export function callbackHeaders({
  id,
  body,
  atMs,
  secrets,
}: SignedCallback): Readonly<Record<string, string>> {
  const at = new Date(atMs)
  return {
    "content-type": "application/cloudevents+json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(atMs / 1_000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" "),
  }
}
