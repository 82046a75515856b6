// Server-sent events as they arrive, with resume: a lost connection loses nothing and repeats nothing.
// Owns: reconnecting from the last id. Does not own: the format of the stream (sdk/server-sent-events.ts), nor of an event.

import { Problem, parseWith, type Json } from "@counterfoil/contracts"
import { AnsweredProblem, CliError } from "../cli-error.ts"
import { eventsOf, type StreamEvent } from "@counterfoil/sdk/http"
import type { Invocation } from "../command.ts"

/** Attempts after a lost connection, one second apart. */
const lostMax = 30

/** Events of a stream from a position on, until the reader stops or the server ends the stream. */
export async function* followStream(
  { client, io }: Invocation,
  path: string,
  after: string,
): AsyncGenerator<StreamEvent, void, undefined> {
  let position = after
  for (let lost = 0; ;) {
    try {
      const response = await client().open(path, { accept: "text/event-stream", "last-event-id": position })
      if (!response.ok || response.body === null) throw await refused(response)
      for await (const event of eventsOf(response.body)) {
        if (event.kind === "end")
          throw new CliError(`The stream ended: ${event.data}.`, {
            code: "STREAM_ENDED",
            ends: "notPermitted",
            fix: "counterfoil whoami",
          })
        lost = 0
        position = event.id === "" ? position : event.id
        yield event
      }
    } catch (cause) {
      const again =
        !io.signal.aborted &&
        !(cause instanceof AnsweredProblem) &&
        (!(cause instanceof CliError) || cause.parts.code === "SERVER_UNREACHABLE")
      if (!again || lost === lostMax) throw cause
    }
    if (lost === 0) io.say("connection lost; resuming from the last event")
    lost += 1
    await io.pause(1_000)
  }
}

async function refused(response: Response): Promise<AnsweredProblem | CliError> {
  const body = (await response.json().catch(() => null)) as Json
  const problem = parseWith(Problem, body)
  return problem.ok
    ? new AnsweredProblem(problem.value)
    : new CliError(`The stream answered ${response.status}.`, {
        code: "NOT_A_SERVER",
        ends: "failed",
        fix: "counterfoil doctor",
      })
}
