// What the simulator's threads are asked and what they answer: plain data.
// Owns: the two shapes.

import type { Violation } from "./check/check-run.ts"
import type { Fault } from "./faults.ts"
import type { Case } from "./run-seed.ts"

/** Cases to run, one after the other. */
export interface WorkerOrder {
  readonly cases: readonly Case[]
  /** Trees of all runs, not only of those with violations. */
  readonly withTrees: boolean
}

/** What came of one case. */
export interface CaseAnswer {
  readonly asked: Case
  readonly violations: readonly Violation[]
  /** How many items each check examined. */
  readonly seen: readonly (readonly [string, number])[]
  readonly struck: readonly (readonly [Fault, number])[]
  readonly chosen: readonly Fault[]
  readonly wishes: number
  readonly statuses: readonly string[]
  readonly events: number
  /** The kinds of all entries that were written. */
  readonly kinds: readonly string[]
  /** Equal for two runs of one case: every event, commit, call and byte. */
  readonly fingerprint: string
  readonly trees: string
}
