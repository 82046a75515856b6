// Reading a tenant's stream until it is quiet.
// Owns: that reading. Does not own: what is expected of its events.

import { z } from "zod"
import { Problem } from "@counterfoil/contracts"

/** What is read of an event. */
export interface StreamedEvent {
  readonly id: string
  readonly type: string
  readonly subject: string
}

const Event = z.looseObject({ type: z.string(), subject: z.string() })

/** Nothing came for this long, and everything was there before the stream was opened. */
const quietMs = 700

/** Every event until the stream is quiet; its refusal as text when it does not open. */
export async function readTenantStream(
  url: string,
  sent: Readonly<Record<string, string>>,
  after = "0",
): Promise<readonly StreamedEvent[] | string> {
  const hangUp = new AbortController()
  const response = await fetch(`${url}/v1/stream?after=${after}`, { headers: sent, signal: hangUp.signal })
  if (!response.ok) return `${response.status} ${Problem.parse(await response.json()).code}`
  let text = ""
  let timer = setTimeout(() => hangUp.abort(), quietMs)
  try {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer)
      text += decoder.decode(z.instanceof(Uint8Array).parse(chunk), { stream: true })
      timer = setTimeout(() => hangUp.abort(), quietMs)
    }
  } catch {
    // Hung up, because it is quiet.
  }
  clearTimeout(timer)
  return framesOf(text)
}

/** The events among frames; comments and the last word of a stream have no id. */
const framesOf = (text: string): readonly StreamedEvent[] =>
  text.split("\n\n").flatMap((frame) => {
    const [, id] = /^id: (.+)$/m.exec(frame) ?? []
    const [, data] = /^data: (.+)$/m.exec(frame) ?? []
    return id === undefined || data === undefined ? [] : [{ id, ...Event.parse(JSON.parse(data)) }]
  })
