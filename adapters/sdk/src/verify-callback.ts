// Checking a callback: that its bytes are the control plane's, and that they are new.
// Owns: the signature and its age. Does not own: sending or acting on one: a callback is a hint, and carries no authority.
// Source: Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.

import { createHmac, timingSafeEqual } from "node:crypto"

/** The headers of a callback, with names in lower case. */
export interface CallbackHeaders {
  readonly [name: string]: string | readonly string[] | undefined
}

/** Most that a callback's time may lie away from now, so that a captured callback cannot be replayed later. */
const toleranceMs = 300_000

/**
 * True when one of the active secrets (`whsec_` and base64) signed exactly these bytes within the last or next five minutes.
 * Two secrets may be active while one replaces the other. Read the execution again afterwards: the body is only a hint.
 */
export function verifyCallback(
  headers: CallbackHeaders,
  rawBody: Uint8Array,
  secrets: readonly string[],
  nowMs: number = Date.now(),
): boolean {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => {
    const value = headers[name]
    return typeof value === "string" ? value : ""
  })
  if (id === undefined || id === "" || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(nowMs - Number(timestamp) * 1_000) > toleranceMs) return false
  const said = (signatures ?? "")
    .split(" ")
    .flatMap((one) => (one.startsWith("v1,") ? [bytesOf(one.slice(3))] : []))
  return secrets.some((secret) => {
    const key = bytesOf(secret.replace(/^whsec_/, ""))
    const signed = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(rawBody).digest()
    return said.some((signature) => signature.length === signed.length && timingSafeEqual(signature, signed))
  })
}

const bytesOf = (base64: string): Buffer => Buffer.from(base64, "base64")
