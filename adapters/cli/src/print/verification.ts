// The result of a verification, in words for people.
// Owns: the words. Does not own: the checks (verifier/), nor the words of a replay (replay). What was not checked is never printed as ok,
// and the last line states only what was proven.

import { escapeLine } from "@counterfoil/contracts"
import type { Verification } from "@counterfoil/verifier"
import { statusWord } from "./colour.ts"
import type { Page } from "./page.ts"

/** The passed checks, the reviews with their proofs, and the result; for a failure the entry, the field, the recorded and the computed value. */
export function verificationText(verification: Verification, page: Page): string {
  const { executionId, completeness, entries, payloads, checks, reviews } = verification
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
    ...(verification.result === "couldNotCheck" ? [] : [uncovered]),
    `${lastLine(verification, page)}${completeness === "full" ? "" : "; without payloads, so it cannot be replayed"}`,
  ].join("\n")
}

// Parts of a file outside of its entries, which the writer of the file could choose freely (docs/BUNDLE.md).
const uncovered =
  "not covered by the digest of an entry: the descriptions in contracts, the lines of keys, who made the file and when"

function lastLine({ result, proven, entries, head, checks }: Verification, page: Page): string {
  const ended = proven.ended ? "" : "; the execution had not ended"
  switch (result) {
    case "verified":
      return `${statusWord(page, "verified")}: no entry was altered, up to entry ${entries}, which is the head kept elsewhere`
    case "notEnded":
      return `${statusWord(page, "not ended")}: no entry was altered, up to entry ${entries}, which is the head kept elsewhere${ended}`
    case "consistent":
      return proven.head === "comparedInPart"
        ? `${statusWord(page, "consistent")}: the head kept elsewhere is an earlier entry, and those after it, up to ${head?.seq ?? entries}, were not compared with anything${ended}`
        : `${statusWord(page, "consistent")}: not compared with a head kept elsewhere, so a trace that was cut off or rewritten would look the same${ended}`
    case "couldNotCheck":
      return `${statusWord(page, "could not check")}: ${missing(checks)}${ended}`
    case "doesNotVerify":
      return statusWord(page, "does not verify")
  }
}

// Checks that no bundle can pass yet are listed above; they are not missing in this one.
const missing = (checks: Verification["checks"]): string =>
  checks
    .filter(({ status, name }) => status === "notChecked" && !notYet.has(name))
    .map(({ name }) => name.toLowerCase())
    .join(", ")
const notYet = new Set<string>(["LOG", "COVERAGE"])
