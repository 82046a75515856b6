// The headers of a callback: which event it is, when it was sent, and that it is ours.
// Owns: their form. Does not own: where secrets come from (send-callback.ts); a receiver's check is sdk/verify-callback.ts.
// Source: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.

import { Webhook } from "standardwebhooks"

/** What is signed. The id is the same however often it is sent; `atMs` is the time of this try. */
export interface SignedCallback {
  readonly id: string
  readonly body: string
  readonly atMs: number
  /** `whsec_` and base64: one, or two while one takes the place of the other. Every one signs. */
  readonly secrets: readonly string[]
}

/** A key of at least 24 bytes. */
const secretForm = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/

/** Whether a text can sign callbacks. */
export const isCallbackSecret = (text: string): boolean => secretForm.test(text)

/** The headers. The secrets have the form that `isCallbackSecret` asks for. */
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
