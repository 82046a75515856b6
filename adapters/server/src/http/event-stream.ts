// Streams entries to one reader as server-sent events: in order, without gap or repeat, until the reader or the server ends it.
// Owns: the loop, its pauses, its limit. Does not own: who may read (an argument), nor the form of an event (cloud-event.ts).
// Keeps INV-14: a doorbell only shortens a pause; missed entries are found by position. Only the socket buffers.
// Format: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation.

import type { ServerResponse } from "node:http"
import type { ErrorCode, TraceEntry } from "@counterfoil/contracts"
import type { ReachedEntry } from "@counterfoil/contracts/ports"
import { cloudEventOf, eventTypeOf } from "../outbound/cloud-event.ts"
import type { ContractAddress } from "../outbound/contract-address.ts"
import type { Wake } from "../outbound/wake.ts"

/** What a stream sends, and what ends it. */
export interface Followed {
  /** Entries after a position, at most `limit`; null for an entry that the reader may not see. */
  next(after: number, limit: number): Promise<readonly ReachedEntry[]>
  /** The id of a position, from which the reader can resume. */
  readonly idOf: (position: number) => string
  readonly addressOf: ContractAddress
  /** Decides again what the reader may see; returns why it may no longer read, or null. Never throws. */
  stillMay(): Promise<ErrorCode | null>
  /** True when the last decision no longer holds, because a grant has ended. */
  isOver(): boolean
  readonly wake: Wake
  /** Aborted when the server closes. */
  readonly closing: AbortSignal
}

/** Why a stream ended. */
export type StreamEnd = "gone" | "closing" | "tooSlow" | ErrorCode

const sweepMs = 1_000
/** Less than half of the 5 s within which an ended token ends its streams (docs/HTTP.md). */
const recheckMs = 2_000
const commentMs = 15_000
const batchMax = 200
/** A stream is closed when its reader is this many events behind and its socket accepts no data; the reader resumes where it was. */
const behindMax = 1_000

/** Sends events until the reader is gone, too slow or no longer allowed, or the server closes. Ends `out`. */
export async function followEvents(
  out: ServerResponse,
  followed: Followed,
  after: number,
): Promise<StreamEnd> {
  const { wake, closing } = followed
  out.on("drain", wake.wake)
  out.on("close", wake.wake)
  out.on("error", wake.wake) // The peer disconnected during a write; the loop sees the socket as destroyed.
  let position = after
  let checkedAt = performance.now()
  let wroteAt = checkedAt
  out.write("retry: 1000\n\n")
  for (;;) {
    if (out.destroyed) return "gone"
    if (closing.aborted) return ended(out, "closing")
    if (followed.isOver() || performance.now() - checkedAt >= recheckMs) {
      const refused = await followed.stillMay()
      if (refused !== null) return ended(out, refused)
      checkedAt = performance.now()
    }
    if (out.writableNeedDrain) {
      if (
        performance.now() - wroteAt >= sweepMs &&
        (await followed.next(position, behindMax + 1)).length > behindMax
      )
        return ended(out, "tooSlow")
      await wake.pause(sweepMs)
      continue
    }
    const batch = await followed.next(position, batchMax)
    const last = batch.at(-1)
    if (last !== undefined) position = last.position
    const frames = batch.flatMap(({ position: at, entry }) =>
      entry === null ? [] : [frameOf(followed, at, entry)],
    )
    if (frames.length > 0) {
      out.write(frames.join(""))
      wroteAt = performance.now()
    } else if (performance.now() - wroteAt >= commentMs) {
      out.write(": here\n\n")
      wroteAt = performance.now()
    }
    if (batch.length < batchMax) await wake.pause(sweepMs)
  }
}

/** One event: its kind, its position, its CloudEvent on one line (JSON has no raw line breaks). */
const frameOf = ({ idOf, addressOf }: Followed, position: number, entry: TraceEntry): string =>
  `event: ${eventTypeOf(entry.head.kind)}\nid: ${idOf(position)}\ndata: ${JSON.stringify(cloudEventOf(entry, addressOf))}\n\n`

function ended(out: ServerResponse, end: Exclude<StreamEnd, "gone">): StreamEnd {
  // A socket that accepts no data would never send a final event.
  if (end === "tooSlow" || out.writableNeedDrain) out.destroy()
  else if (end === "closing") out.end()
  else out.end(`event: end\ndata: ${JSON.stringify({ code: end })}\n\n`)
  return end
}
