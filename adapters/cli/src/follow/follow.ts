// Waits for an execution: reads its record again until it is final, in doubt, or the time is over.
// Owns: the wait and its end. A lost connection only delays it; Ctrl-C ends it with 130.

import { answerKindOf, executionGet, ExecutionView, isFinalAnswer, type Json } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Invocation } from "../command.ts"
import type { ExitCode } from "../exit-codes.ts"
import { exitOfRecord } from "../exit-code.ts"
import { shortId } from "../print/words.ts"
import { endpointOf } from "../net/endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"

/** The record at the end of a wait. */
export interface Followed {
  readonly view: ExecutionView
  readonly body: Json
  readonly exit: ExitCode
  readonly hints: readonly string[]
}

/** The longest time that a server holds one answer (`Prefer: wait`, docs/HTTP.md). */
const heldSecondsMax = 25
/** Attempts after a lost connection, one second apart; the server may be restarting. */
const lostMax = 30

/** Waits until the record is final or in doubt, at most `waitMs`. Errors: AnsweredProblem, and CliError when interrupted. */
export async function followUntil(
  invocation: Invocation,
  executionId: string,
  waitMs: number,
): Promise<Followed> {
  const { io, client, page } = invocation
  const until = io.now() + waitMs
  const watch = `counterfoil exec watch ${shortId(page, executionId)}`
  for (let lost = 0; ;) {
    const leftSeconds = Math.max(0, Math.min(heldSecondsMax, Math.ceil((until - io.now()) / 1_000)))
    try {
      const { body } = await client().call(
        endpointOf(executionGet),
        { executionId, include: ["steps", "tree", "output"] },
        leftSeconds,
      )
      const view = readAnswer(ExecutionView, body, executionGet.ref)
      const answer = answerKindOf(view)
      if (isFinalAnswer(answer) || answer === "inDoubt")
        return { view, body, exit: exitOfRecord(view), hints: [] }
      if (io.now() >= until)
        return {
          view,
          body,
          exit: exitOfRecord(view),
          hints: [`still ${answer}. To go on waiting: ${watch}`],
        }
      lost = 0
    } catch (cause) {
      if (io.signal.aborted)
        throw new CliError("Stopped waiting; the execution goes on.", {
          code: "INTERRUPTED",
          ends: "interrupted",
          fix: watch,
        })
      if (
        !(cause instanceof CliError) ||
        cause.parts.code !== "SERVER_UNREACHABLE" ||
        lost === lostMax ||
        io.now() >= until
      )
        throw cause
      if (lost === 0) io.say("connection lost; waiting for the server")
      lost += 1
      await io.pause(1_000)
    }
  }
}
