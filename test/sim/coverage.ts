// What many runs met together: every fault, every status, every kind of entry, and something for every check to look at.
// Owns: the sums, and naming what was never met. A check that saw nothing has shown nothing.

import { faultNames } from "./faults.ts"
import type { CaseAnswer } from "./orders.ts"

/** Sums over runs. */
export interface Coverage {
  add(answer: CaseAnswer): void
  /** What was never met, in words. */
  missing(): readonly string[]
  /** Counts as lines of text. */
  lines(): readonly string[]
}

const statuses = ["completed", "failed", "cancelled"] as const
const kindsNeeded = [
  "intent.received",
  "plan.compiled",
  "policy.decided",
  "approval.requested",
  "approval.reviewed approve",
  "approval.reviewed approve late",
  "approval.reviewed reject",
  "approval.reviewed withdraw",
  "approval.escalated",
  "approval.expired",
  "approval.voided",
  "execution.started",
  "execution.paused",
  "execution.resumed",
  "execution.cancelRequested",
  "execution.step.started",
  "execution.step.completed",
  "execution.step.failed",
  "execution.step.blocked",
  "execution.step.skipped",
  "execution.step.inDoubt",
  "execution.step.resolved",
  "execution.step.undone",
] as const

/** No runs yet. */
export function openCoverage(): Coverage {
  const checks = new Map<string, number>()
  const struck = new Map<string, number>()
  const ended = new Map<string, number>()
  const kinds = new Map<string, number>()
  const add = (counts: Map<string, number>, name: string, by = 1): void => {
    counts.set(name, (counts.get(name) ?? 0) + by)
  }
  const never = (counts: Map<string, number>, names: readonly string[], what: string): readonly string[] =>
    names.filter((name) => (counts.get(name) ?? 0) === 0).map((name) => `${what} ${name}`)
  const shown = (counts: Map<string, number>): string =>
    [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} ${count}`)
      .join(", ")
  return {
    add: (answer) => {
      for (const [name, count] of answer.seen) add(checks, name, count)
      for (const [fault, count] of answer.struck) add(struck, fault, count)
      for (const status of answer.statuses) add(ended, status)
      for (const kind of answer.kinds) add(kinds, kind.slice("controlPlane.".length).replace("@1", ""))
    },
    missing: () => [
      ...never(checks, [...checks.keys()], "nothing to look at for: "),
      ...never(
        struck,
        faultNames.filter((fault) => fault !== "provider.forgets"),
        "fault never struck:",
      ),
      ...never(ended, statuses, "no execution ended"),
      ...never(kinds, kindsNeeded, "no entry of kind"),
    ],
    lines: () => [
      `faults   ${shown(struck)}`,
      `entries  ${shown(kinds)}`,
      `ends     ${shown(ended)}`,
      `checks   ${shown(checks)}`,
    ],
  }
}
