// A refusal on its way out: a code with its details, before the answer has an id to be traced by.
// Owns: carrying both until a boundary makes the problem. Does not own: the codes, nor the answer's shape.

import type { ErrorCode, ErrorDetails } from "./errors.ts"
import { problem, type Problem, type ProblemExtras } from "./problem.ts"

/** Why something was not accepted. A boundary gives it the request's trace id and answers the problem. */
export interface Refusal {
  readonly code: ErrorCode
  problem(traceId: string): Problem
}

/** Refuses with a code of the table and its details. */
export function refuse<C extends ErrorCode>(
  code: C,
  details: ErrorDetails<C>,
  extras: Omit<ProblemExtras, "traceId"> = {},
): Refusal {
  return { code, problem: (traceId) => problem(code, details, { ...extras, traceId }) }
}
