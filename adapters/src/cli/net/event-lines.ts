// Server-sent events as they arrive, with resume: a lost connection loses nothing and repeats nothing.
// Owns: reading the stream's text and asking again from the last id. Does not own: what an event says.
// Format: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation.

import { Problem, parseWith, type Json } from "@counterfoil/contracts"
import { AnsweredProblem, CliError } from "../cli-error.ts"
import type { Invocation } from "../command.ts"

/** One event, *untrusted*: its kind, its position, its data as text. */
export interface StreamEvent {
  readonly kind: string
  readonly id: string
  readonly data: string
}

/** Tries after a lost connection, one second apart. */
const lostMax = 30

/** Events of a stream from a position on, for ever: until the reader stops, or the server says that it may not go on. */
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
    if (lost === 0) io.say("connection lost; resuming where it broke")
    lost += 1
    await io.pause(1_000)
  }
}

/** The events in a body, as they come in. */
export async function* eventsOf(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<StreamEvent, void, undefined> {
  const decoder = new TextDecoder()
  let rest = ""
  for await (const chunk of body) {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split("\n\n")
    rest = frames.pop() ?? ""
    for (const frame of frames) {
      const event = eventOf(frame)
      if (event !== null) yield event
    }
  }
}

/** A frame as an event; null for a comment. */
function eventOf(frame: string): StreamEvent | null {
  const fields = new Map<string, string>()
  for (const line of frame.split("\n")) {
    const [, name, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) continue
    const before = fields.get(name)
    fields.set(name, name === "data" && before !== undefined ? `${before}\n${value}` : value)
  }
  const data = fields.get("data")
  return data === undefined
    ? null
    : { kind: fields.get("event") ?? "message", id: fields.get("id") ?? "", data }
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
