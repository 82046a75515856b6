// What a verification found, as people read it.
// Owns: the words. Does not own: any check (verifier/), nor the words of a replay (replay). What was not checked is never printed as ok.

import type { Verification } from "../../verifier/verify-bundle.ts"
import { statusWord } from "./colour.ts"
import { escapeLine } from "./escape.ts"
import type { Page } from "./page.ts"

/** Which checks passed, who reviewed by what proof, and the answer; where it fails, entry, field, recorded and computed. */
export function verificationText(
  { executionId, result, completeness, entries, payloads, checks, reviews }: Verification,
  page: Page,
): string {
  const fault = checks.find(({ status }) => status === "failed")
  if (fault !== undefined) {
    return [
      `TRACE_CORRUPT  The trace of ${escapeLine(executionId ?? "an unreadable bundle")} does not verify${fault.seq === null ? "" : ` at ${fault.seq}`}.`,
      `  ${fault.name}${fault.at === null ? "" : ` ${escapeLine(fault.at)}`}: ${escapeLine(fault.because)}`,
      ...(fault.recorded === null && fault.computed === null
        ? []
        : [`  recorded ${escapeLine(fault.recorded ?? "–")}, computed ${escapeLine(fault.computed ?? "–")}`]),
    ].join("\n")
  }
  const passed = checks
    .filter(({ status }) => status === "passed")
    .map(({ name }) => `${name.toLowerCase()} ok`)
  const open = checks
    .filter(({ status }) => status === "notChecked")
    .map(({ name, because }) => `not checked: ${name.toLowerCase()}, ${escapeLine(because)}`)
  const missing = [
    ...(payloads.erased > 0 ? [`${payloads.erased} erased`] : []),
    ...(payloads.omitted > 0 ? [`${payloads.omitted} left out`] : []),
  ]
  return [
    `${passed.join(" · ")} · entries ${entries} · payloads ${[String(payloads.present), ...missing].join(", ")}`,
    ...open,
    ...reviews.map(
      ({ seq, human, method, signature }) =>
        `review at ${seq} by ${escapeLine(human)}: ${escapeLine(method)}, ${signature}`,
    ),
    `${statusWord(page, result)}: ${result === "verified" ? `nothing was altered, up to entry ${entries}` : "signatures were not checked"}${completeness === "full" ? "" : "; without payloads, so it cannot be replayed"}`,
  ].join("\n")
}
