// Short forms for people: times, durations, ids and digests.
// Owns: their form in a terminal and in a pipe. Does not own: their meaning.

import { escapeLine, type TokenOrigin } from "@counterfoil/contracts"
import type { Page } from "./page.ts"

/** Lengths: the word of an id with its `_`, its time, and the part of its random characters that a terminal shows (one in 2^30). */
const [idWord, idTime, idShown] = [4, 10, 6]
/** Hex digits of a digest that people read and type: with fewer, a request with the same digits could be made. */
export const digestHead = 8

/** A whole id in a pipe; in a terminal its word and the first characters of its random part, which commands accept (net/resolve-id.ts). */
export function shortId(page: Page, id: string): string {
  const safe = escapeLine(id)
  const isId = /^[a-z]{3}_[0-9a-z]{26}$/.test(safe)
  return page.terminal && page.format === "human" && isId
    ? safe.slice(0, idWord) + safe.slice(idWord + idTime, idWord + idTime + idShown)
    : safe
}

/** The origin of a token, in the words of docs/approvals.md; `–` where it was not recorded. */
export function originText(page: Page, origin: TokenOrigin | undefined): string {
  switch (origin?.from) {
    case undefined:
      return "–"
    case "start":
      return "first start or recovery"
    case "signIn":
      return "own sign-in"
    case "person":
      return `made by ${shortId(page, origin.by)}`
  }
}

/** A digest: its first hex digits in a terminal, the whole digest in a pipe. */
export function shortDigest(page: Page, digest: string): string {
  return page.terminal && page.format === "human"
    ? digest.replace("sha256:", "").slice(0, digestHead)
    : digest
}

/** A time: relative to now in a terminal, RFC 3339 in a pipe; `–` for none. */
export function when(page: Page, time: string | undefined): string {
  if (time === undefined) return "–"
  if (!page.terminal || page.format !== "human") return escapeLine(time)
  const ms = Date.parse(time) - page.now
  return ms >= 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`
}

/** The time since then, in one word. */
export const ageOf = (page: Page, time: string): string => duration(Math.max(0, page.now - Date.parse(time)))

/** The time until then, in one word; `over` once it has passed. */
export function untilOf(page: Page, time: string): string {
  const ms = Date.parse(time) - page.now
  return ms >= 0 ? duration(ms) : "over"
}

/** A duration in its two leading units at most: `1.4s`, `12m`, `3h`, `2d`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)}s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)}m`
  return ms < 86_400_000 ? `${Math.round(ms / 3_600_000)}h` : `${Math.round(ms / 86_400_000)}d`
}
