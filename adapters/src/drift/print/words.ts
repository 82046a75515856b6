// What every format says alike: totals, what was not checked, how to see it again.
// Owns: those sentences. Does not own: escaping, which each format does for itself.

import type { DriftReport, ReportedFinding, Unchecked } from "../report.ts"

/** How it ended, in words: the result first, then the counts. */
export function totals({ result, summary, baseline }: DriftReport): string {
  const { breaking, risky, safe, acknowledged } = summary
  const counts = `${breaking} breaking, ${risky} risky, ${safe} safe, ${acknowledged} acknowledged`
  const said = result === "notChecked" ? "NOT CHECKED" : result === "clean" ? "clean" : "drift"
  return `${said}: ${counts}; against ${baseline}`
}

/** What was not checked, and why. */
export const uncheckedText = ({ part, contract, at, why }: Unchecked): string =>
  [
    `not checked: ${part}`,
    ...(contract === undefined ? [] : [contract]),
    ...(at === undefined ? [] : [at]),
    why,
  ].join(" ")

/** The sentence of a finding with who feels it and, unless nobody has to, what to do. */
export function findingText({
  message,
  affected,
  fix,
  acknowledgedUntil,
  class: grave,
}: ReportedFinding): string {
  if (acknowledgedUntil !== undefined) return `${message}. Acknowledged until ${acknowledgedUntil}.`
  return grave === "safe" ? `${message}.` : `${message}. Who feels it: ${affected}. ${fix}`
}

/** What was found in a store, or that nobody asked. */
export function liveText({ live, notChecked }: DriftReport): string {
  if (notChecked.some(({ part }) => part === "live")) return "live work: NOT CHECKED"
  if (live === undefined) return "live work: not asked for"
  const { looked, approvals, executions, inDoubt, traces, users } = live
  const touched = [
    `${approvals.count} requests void`,
    `${executions.count} executions cannot go on`,
    `${inDoubt.count} steps in doubt without their contract`,
    `${traces.count} traces no longer replay`,
    `${users.count} uses in ${live.days} days`,
  ]
  return `live work: ${touched.join(", ")}; looked at ${looked.open} open and ${looked.ended} ended, ${looked.erased} erased`
}

/** The command that gives the same report again. */
export const reproduce = ({ baseline }: DriftReport): string =>
  `counterfoil drift check --against ${baseline.split(" ")[0] ?? ""}`
