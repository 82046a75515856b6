// The exit code of an execution's record.
// Owns: the way from a record to its answer's code. Does not own: the answers (contracts), the table (exit-code.ts).

import { answerKindOf, type AnswerFacts } from "@counterfoil/contracts"
import { exitCodeOf } from "./exit-code.ts"
import type { ExitCode } from "./exit-codes.ts"

/** What a script learns from a record; without its steps a denial reads as a failure. */
export const exitOfRecord = (record: AnswerFacts): ExitCode =>
  exitCodeOf({ kind: "answer", answer: answerKindOf(record) })
