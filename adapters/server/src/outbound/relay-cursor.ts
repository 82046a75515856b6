// Decides where a relay resumes: pure functions over the log, the cursor and the end of the stream.
// Owns: these decisions. Does not own: reading, publishing, or moving the cursor.
// Keeps INV-14: the cursor passes an entry only when it and everything before it is stored, and moves back when the stream lost events.

import type { Digest } from "@counterfoil/contracts"
import type { LoggedAppend, RelayCursor, SequencedEntry, StreamEnd } from "@counterfoil/contracts/ports"

/** The entries of these appends that are still to be published, in the order of the log. */
export const unpublished = (
  cursor: RelayCursor,
  appends: readonly LoggedAppend[],
): readonly SequencedEntry[] =>
  appends.flatMap(({ entries }) => entries.filter(({ position }) => position > cursor.position))

/** The cursor after the first `stored` of the unpublished entries of these appends. It passes only whole appends. */
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

/** The entry of the log for the last event of the stream. */
interface FoundEntry {
  readonly hash: Digest
  readonly wholeThrough: number
}

/** Where to resume: at a cursor, or, when it is unknown what the stream has, from the oldest entry that it would still keep. */
export type Standing =
  | { readonly kind: "at"; readonly cursor: RelayCursor }
  | { readonly kind: "refill"; readonly stream: string; readonly number: number }

/**
 * The last event of the stream shows how far the log was published, when the log has its entry. The cursor decides when that event is
 * no longer kept and the stream ends where the cursor left it. Otherwise the stream was created again, emptied, or belongs to another log.
 */
export function standingOf(cursor: RelayCursor, end: StreamEnd, found: FoundEntry | null): Standing {
  const { stream, number, last } = end
  if (last !== null && found !== null && found.hash === last.id)
    return { kind: "at", cursor: { logIndex: found.wholeThrough, position: last.position, stream, number } }
  return last === null && cursor.stream === stream && cursor.number === number
    ? { kind: "at", cursor }
    : { kind: "refill", stream, number }
}
