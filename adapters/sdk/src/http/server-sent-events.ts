// The events in a body of server-sent events, as they arrive.
// Owns: reading the text. Does not own: asking for it, nor asking again from the last id.
// Format: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation.

/** One event, *untrusted*: its kind, its position, its data as text. */
export interface StreamEvent {
  readonly kind: string
  readonly id: string
  readonly data: string
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
