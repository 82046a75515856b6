// All checks over one run.
// Owns: the list, and what a violation is. Does not own: any check.

import { explainExecution } from "@counterfoil/core"
import type { Facts } from "../run-seed.ts"
import { approvalChecks } from "./check-approvals.ts"
import { effectChecks } from "./check-effects.ts"
import { flowChecks } from "./check-flow.ts"
import { governingChecks } from "./check-governing.ts"
import { traceChecks } from "./check-trace.ts"
import { inspect, type Check } from "./inspected.ts"

/** Every check of a run. */
export const checks: readonly Check[] = [
  ...traceChecks,
  ...effectChecks,
  ...approvalChecks,
  ...flowChecks,
  ...governingChecks,
]

/** A check that found something. */
export interface Violation {
  readonly check: string
  readonly shows: string
  readonly faults: readonly string[]
}

/** What the checks made of a run. */
export interface Checked {
  readonly violations: readonly Violation[]
  /** How many items each check examined. */
  readonly seen: ReadonlyMap<string, number>
  /** The executions as trees of words, for the person who investigates. */
  readonly trees: () => string
}

/** Runs all checks. A check that throws has found something. */
export async function checkRun(facts: Facts): Promise<Checked> {
  const inspected = await inspect(facts)
  const seen = new Map<string, number>()
  const violations: Violation[] = []
  for (const check of checks) {
    const found = await finding(check, inspected)
    seen.set(check.name, found.seen)
    if (found.faults.length > 0)
      violations.push({ check: check.name, shows: check.shows, faults: found.faults })
  }
  const trees = (): string =>
    inspected.executions
      .flatMap(({ execution }) =>
        execution === null ? [] : [explainExecution(execution, facts.database.now())],
      )
      .join("\n")
  return { violations, seen, trees }
}

async function finding(check: Check, inspected: Parameters<Check["run"]>[0]) {
  try {
    return await check.run(inspected)
  } catch (error) {
    return { seen: 1, faults: [`it could not look: ${String(error)}`] }
  }
}
