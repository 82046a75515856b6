// Colours only repeat the meaning of a word.
// Owns: the colour of each word. Does not own: whether output is coloured (page.ts).

import { createColors } from "picocolors"
import type { Page } from "./page.ts"

const bad = new Set([
  "failed",
  "rejected",
  "denied",
  "deny",
  "blocked",
  "expired",
  "breaking",
  "fail",
  "diverged",
  "high",
  "inDoubt",
  "error",
  "does not verify",
])
const waiting = new Set([
  "held",
  "hold",
  "waiting",
  "paused",
  "open",
  "warn",
  "medium",
  "escalated",
  "voided",
  "consistent",
  "not ended",
  "could not check",
])
const good = new Set(["completed", "approved", "allow", "ok", "consumed", "identical", "verified", "active"])

/** A word of the API, coloured by its meaning. */
export function statusWord(page: Page, word: string): string {
  const colours = createColors(page.colour)
  if (bad.has(word)) return colours.red(word)
  if (waiting.has(word)) return colours.yellow(word)
  return good.has(word) ? colours.green(word) : word
}
