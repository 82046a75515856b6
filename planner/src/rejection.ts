// Rejections as the planner collects them: one stage at a time, all of a stage before the next begins.
// Owns: their order and number. Does not own: the codes (contracts).
// Messages hold names and limits that the draft itself spells, never values of its inputs (INV-13).

import {
  err,
  ok,
  rejectionsMax,
  type PlanRejection,
  type RejectionCode,
  type Result,
} from "@counterfoil/contracts"

/** One rejection; `help` only where there is something to say. */
export const rejection = (code: RejectionCode, at: string, message: string, help?: string): PlanRejection =>
  help === undefined ? { code, at, message } : { code, at, message, help }

/** Rejections in the order of an answer: by `at`, then by code, at most `rejectionsMax`. */
export const inOrder = (rejections: readonly PlanRejection[]): readonly PlanRejection[] =>
  [...rejections].sort((a, b) => byText(a.at, b.at) || byText(a.code, b.code)).slice(0, rejectionsMax)

/** The value of a stage, or what the stage rejected, in order. */
export const stage = <T>(
  value: T,
  rejections: readonly PlanRejection[],
): Result<T, readonly PlanRejection[]> => (rejections.length === 0 ? ok(value) : err(inOrder(rejections)))

/** Order of two texts by UTF-16 code units, as JCS sorts keys. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
