// What a verification and a replay found, as people read it.
// Owns: the words. Does not own: any check (verifier/, replay). What was not checked is never printed as ok.

import type { Json } from "@counterfoil/contracts"
import type { ReplayReport } from "@counterfoil/replay"
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

/** Identical, or the first place where derived and recorded differ, or what could not be derived. */
export function replayText(
  { result, first, others, checked, counts, unverifiable, sideEffects }: ReplayReport,
  page: Page,
): string {
  const effects = `effects caused: ${sideEffects}`
  if (first !== null) {
    return [
      `${statusWord(page, "diverged")} at entry ${first.seq}${first.stepKey === null ? "" : `, ${first.stepKey}`}: ${escapeLine(first.at)} recorded ${shown(first.recorded)}, derived ${shown(first.derived)} (${escapeLine(first.because)}).  ${effects}`,
      `  fix: ${escapeLine(first.fix)}`,
      ...(others.length === 0
        ? []
        : [
            `  and at ${others.map(({ seq, follows }) => `${seq}${follows === null ? "" : " (follows from it)"}`).join(", ")}`,
          ]),
    ].join("\n")
  }
  const counted = `plan, ${counts.verdicts} verdicts, ${counts.approvals} approvals, ${checked.entries} entries`
  const open = unverifiable.map(
    ({ seq, stage, reason, what }) => `  not derived: ${stage} at ${seq}, ${reason} ${escapeLine(what)}`,
  )
  return [
    `${result === "identical" ? statusWord(page, "identical") : "could not check all of it"}: ${counted}.  ${effects}`,
    ...open,
  ].join("\n")
}

const shownMax = 80
const shown = (value: Json): string => {
  const text = escapeLine(typeof value === "string" ? value : JSON.stringify(value))
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}
