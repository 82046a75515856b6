// Reads the headers Idempotency-Key and Prefer, on every channel that has headers.
// Does not own: how a channel carries them (HTTP, NATS), nor what is done with them.

import { waitSecondsMax } from "./door-limits.ts"

/**
 * The key in `Idempotency-Key`: the quoted form is a string of RFC 8941 §3.3.3, anything else is the key itself.
 * Source: draft-ietf-httpapi-idempotency-key-header-07 §2.1.
 */
export function keyOfHeader(header: string | undefined): string | undefined {
  const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/.exec(header?.trim() ?? "")?.[1]
  return quoted === undefined ? header?.trim() : quoted.replaceAll(/\\(["\\])/g, "$1")
}

/**
 * Why a key header is refused: it begins or ends as a quoted string and is not one, so that the sender and this reader could take
 * it for two keys. Null for a header that can be read, and where there is no header.
 */
export function keyHeaderProblem(header: string | undefined): string | null {
  const key = header?.trim() ?? ""
  const isQuoted = /^"(?:[ !#-[\]-~]|\\["\\])*"$/.test(key)
  return isQuoted || !/^"|"$/.test(key)
    ? null
    : "The header Idempotency-Key is a quoted string that is not closed, or not well formed."
}

/** The seconds of `Prefer: wait=n` (RFC 7240 §4.3), at most `waitSecondsMax`; null when the header has no readable `wait`. */
export function waitSecondsOf(prefer: string | undefined): number | null {
  for (const preference of (prefer ?? "").split(",")) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i.exec(preference)?.[1]
    if (seconds !== undefined) return Math.min(Number(seconds), waitSecondsMax)
  }
  return null
}
