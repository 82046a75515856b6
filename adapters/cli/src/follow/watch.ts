// Follows a stream: shows each event as it arrives.
// Owns: turning events into records to show, and the message at Ctrl-C. Does not own: the stream (event-lines.ts).

import { parseJson, isObject } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Invocation } from "../command.ts"
import { eventText } from "../print/events.ts"
import type { StreamEvent } from "@counterfoil/sdk/http"
import { followStream } from "./event-lines.ts"

/** What to follow, which events to show, and the command that resumes after Ctrl-C. */
interface Watched {
  readonly path: string
  readonly after: string
  readonly again: string
  shows(event: StreamEvent): boolean
  /** True when the event was the last one to wait for. */
  isLast(event: StreamEvent): Promise<boolean>
}

/** Shows events until the last one. Errors: interrupted, and the errors of the stream. */
export async function watch(invocation: Invocation, watched: Watched): Promise<void> {
  try {
    for await (const event of followStream(invocation, watched.path, watched.after)) {
      if (watched.shows(event)) emitEvent(invocation, event)
      if (await watched.isLast(event)) return
    }
  } catch (cause) {
    if (!invocation.io.signal.aborted) throw cause
    throw new CliError("Stopped watching; the work goes on.", {
      code: "INTERRUPTED",
      ends: "interrupted",
      fix: watched.again,
    })
  }
}

function emitEvent({ emit }: Invocation, { data }: StreamEvent): void {
  const parsed = parseJson(new TextEncoder().encode(data))
  if (!parsed.ok || !isObject(parsed.value)) return
  const document = parsed.value
  emit({ document, text: (page) => eventText(document, page) })
}
