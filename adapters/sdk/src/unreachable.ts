// What the SDK throws when nothing is known: no answer came, and none could be had by asking again.
// Owns: the error. Does not own: when there is one (ask.ts, wait.ts).

import type { ExecutionId, Problem } from "@counterfoil/contracts"

/** What was asked for when the answer stayed away; `problem` is what the control plane said last, if anything. */
export interface Unanswered {
  readonly key: string | null
  readonly executionId: ExecutionId | null
  readonly problem: Problem | null
  readonly cause: unknown
}

/** Nothing is known. With a `key`: submitting the same again under it is safe, and finds what became of it. */
export class Unreachable extends Error {
  override readonly name = "Unreachable"
  readonly key: string | null
  readonly executionId: ExecutionId | null
  readonly problem: Problem | null
  constructor({ key, executionId, problem, cause }: Unanswered) {
    super(
      key === null
        ? `No answer about ${executionId ?? "a plan"}.`
        : `No answer to the key ${key}; submit the same again under it.`,
      { cause },
    )
    this.key = key
    this.executionId = executionId
    this.problem = problem
  }
}
