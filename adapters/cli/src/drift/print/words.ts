// Sentences that every format shares: totals, the result of each part, what was not checked, how to reproduce the report.
// Owns: those sentences. Does not own: escaping, which each format does for itself.

import { checkParts } from "@counterfoil/contracts/drift"
import type { DriftReport, ReportedFinding, Unchecked } from "../report.ts"

/** The result and the counts, in words. */
export function totals({ result, summary, baseline }: DriftReport): string {
  const { breaking, risky, safe, acknowledged } = summary
  const counts = `${breaking} breaking, ${risky} risky, ${safe} safe, ${acknowledged} acknowledged`
  const said = result === "notChecked" ? "NOT CHECKED" : result === "clean" ? "clean" : "drift"
  return `${said}: ${counts}; against ${baseline}`
}

/**
 * The result of each part, such as `contracts: clean`; the reason why a part was not checked comes before this text. If any part
 * was not checked, no part is called clean: a reader who skims the line must not take that for the result of the check.
 */
export const partsText = ({ parts, checked }: DriftReport): string =>
  checkParts
    .map((part) => {
      const { result } = parts[part]
      return `${part}: ${result === "clean" && !checked ? "no findings" : ends[result]}`
    })
    .join(", ")

const ends = {
  clean: "clean",
  findings: "findings",
  notChecked: "NOT CHECKED",
  notAsked: "not asked for",
} as const

/** Text of at most `charactersMax` characters; a cut text says so. */
export const shortened = (text: string, charactersMax: number): string =>
  text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text

/** What was not checked, and why. */
export const uncheckedText = (one: Unchecked): string => uncheckedIn([one.part], one)

/** Everything that was not checked; parts with the same cause share one line. */
export function uncheckedTexts({ notChecked }: DriftReport): readonly string[] {
  const causes = Map.groupBy(notChecked, ({ contract, at, why }) => JSON.stringify([contract, at, why]))
  return [...causes.values()].flatMap((same) => {
    const [first] = same
    return first === undefined
      ? []
      : [
          uncheckedIn(
            same.map(({ part }) => part),
            first,
          ),
        ]
  })
}

/** Contracts that one side could not have, and why; empty where everything was compared. */
export const leftOutTexts = ({ notCompared = [] }: DriftReport): readonly string[] =>
  notCompared.map(({ contracts, why }) => `not compared: ${contracts.join(", ")}: ${why}`)

const uncheckedIn = (parts: readonly string[], { contract, at, why }: Unchecked): string =>
  [
    `not checked: ${parts.join(", ")}`,
    ...(contract === undefined ? [] : [contract]),
    ...(at === undefined ? [] : [at]),
    why,
  ].join(" ")

/** The sentence of a finding, with who is affected and, unless it is safe, what to do. */
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

/** The findings in a store; empty where no store was checked. */
export function liveTexts({ live }: DriftReport): readonly string[] {
  if (live === undefined) return []
  const { looked, approvals, executions, inDoubt, traces, recorded, users } = live
  const touched = [
    `${approvals.count} requests void`,
    `${executions.count} executions cannot go on`,
    `${inDoubt.count} steps in doubt without their contract`,
    `${traces.count} traces no longer replay`,
    `${recorded.count} recorded with other contracts`,
    `${users.count} uses in ${live.days} days`,
  ]
  return [
    `live work: ${touched.join(", ")}; checked ${looked.open} open and ${looked.ended} ended, ${looked.replayed} derived again, ${looked.erased} erased, ${looked.unreadable} unreadable`,
  ]
}

/** The command that gives the same report again. */
export const reproduce = ({ baseline }: DriftReport): string =>
  `counterfoil drift check --against ${baseline.split(" ")[0] ?? ""}`
