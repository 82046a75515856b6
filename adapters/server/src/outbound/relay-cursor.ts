// Where a relay goes on: pure functions over the log, the cursor and the end of the stream.
// Owns: these decisions. Does not own: reading, publishing, or moving the cursor.
// Keeps INV-14: the cursor passes an entry only when it and everything before it is stored, and goes back when the stream did.

import type { Digest } from "@counterfoil/contracts"
import type { LoggedAppend, RelayCursor, SequencedEntry, StreamEnd } from "@counterfoil/contracts/ports"

/** The entries of these appends that are still to be published, in the order of the log. */
export const unpublished = (
  cursor: RelayCursor,
  appends: readonly LoggedAppend[],
): readonly SequencedEntry[] =>
  appends.flatMap(({ entries }) => entries.filter(({ position }) => position > cursor.position))

/** The cursor after the first `stored` of the unpublished entries of these appends. An append counts once it is whole. */
export function advanced(cursor: RelayCursor, appends: readonly LoggedAppend[], stored: number): RelayCursor {
  const position = unpublished(cursor, appends)[stored - 1]?.position ?? cursor.position
  const whole = appends.filter(({ entries }) => (entries.at(-1)?.position ?? 0) <= position)
  return {
    ...cursor,
    logIndex: whole.at(-1)?.logIndex ?? cursor.logIndex,
    position,
    number: cursor.number + stored,
  }
}

/** What the log says of the event that the stream holds last. */
export interface FoundEntry {
  readonly hash: Digest
  readonly wholeThrough: number
}

/** Where to go on: at a cursor, or from the oldest entry that the stream would still keep, when nothing says what it holds. */
export type Standing =
  | { readonly kind: "at"; readonly cursor: RelayCursor }
  | { readonly kind: "refill"; readonly stream: string; readonly number: number }

/**
 * What was published is what the stream holds last, when our log has that entry. The cursor counts when the stream ends where
 * the cursor left it and the event is no longer kept. Anything else is a stream that was made anew, emptied or is not ours.
 */
export function standingOf(cursor: RelayCursor, end: StreamEnd, found: FoundEntry | null): Standing {
  const { stream, number, last } = end
  if (last !== null && found !== null && found.hash === last.id)
    return { kind: "at", cursor: { logIndex: found.wholeThrough, position: last.position, stream, number } }
  return last === null && cursor.stream === stream && cursor.number === number
    ? { kind: "at", cursor }
    : { kind: "refill", stream, number }
}
