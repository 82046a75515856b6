// A report for a terminal: one finding per line, the worst first, the totals last.
// Owns: the lines. Text of contracts is *untrusted* and escaped.

import { escapeLine } from "@counterfoil/contracts"
import type { DriftReport } from "../report.ts"
import { findingText, leftOutTexts, liveTexts, partsText, totals, uncheckedTexts } from "./words.ts"

/** The report as text, without a last newline. */
export function driftText(report: DriftReport): string {
  const found = report.findings.map(
    (one) => `${one.class.padEnd(8)}  ${one.rule}  ${one.file}:${one.line}  ${findingText(one)}`,
  )
  const last = `${totals(report)}; ${partsText(report)}`
  return [...uncheckedTexts(report), ...leftOutTexts(report), ...found, ...liveTexts(report), last]
    .map(escapeLine)
    .join("\n")
}
