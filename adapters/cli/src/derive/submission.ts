// The ending of a command that made an execution: the status of the execution so far.
// Owns: reading the whole record when the short one cannot say why it failed. Does not own: the wait (net/follow.ts).

import { z } from "zod"
import { ExecutionView, Submitted, answerKindOf, isFinalAnswer, type Json } from "@counterfoil/contracts"
import type { Ending, Invocation } from "../command.ts"
import { exitOfRecord } from "../exit-code.ts"
import { followUntil } from "../follow/follow.ts"
import { readAnswer } from "../net/read-answer.ts"
import { executionText, submittedText } from "../print/executions.ts"
import { shortId } from "../print/words.ts"
import { shownBody } from "./shown-body.ts"

/** The document of a submission: the short record, or the whole one where only that has the reason of a failure. */
export const SubmissionDocument = z.union([Submitted, ExecutionView])

/** The ending of a submission; `waitMs` 0 asks once. Without a wait, an execution that goes on counts as a success. */
export async function submissionEnding(
  invocation: Invocation,
  body: Json,
  from: string,
  waitMs: number,
): Promise<Ending> {
  const submitted = readAnswer(Submitted, body, from)
  const answer = answerKindOf(submitted)
  const isWhole = isFinalAnswer(answer) && submitted.status !== "failed"
  if (isWhole || (waitMs === 0 && submitted.status !== "failed")) {
    const watch = isFinalAnswer(answer)
      ? []
      : [`follow it: counterfoil exec watch ${shortId(invocation.page, submitted.executionId)}`]
    return {
      exit: answer === "working" ? 0 : exitOfRecord(submitted),
      shown: shownBody(body, (page) => submittedText(submitted, page)),
      hints: watch,
    }
  }
  const end = await followUntil(invocation, submitted.executionId, waitMs)
  return {
    exit: end.exit,
    shown: shownBody(end.body, (page) => executionText(end.view, page)),
    hints: end.hints,
  }
}
