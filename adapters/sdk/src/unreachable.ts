// The error that the SDK throws when no answer came, also after repeating the request.
// Owns: the error. Does not own: when there is one (ask.ts, wait.ts).

import type { ExecutionId, Problem } from "@counterfoil/contracts"

/** The request without an answer; `problem` is the control plane's last problem, if any. */
interface Unanswered {
  readonly key: string | null
  readonly executionId: ExecutionId | null
  readonly problem: Problem | null
  readonly cause: unknown
}

/** The outcome is unknown. With a `key`: submitting the same again under it is safe, and finds the earlier submission. */
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
