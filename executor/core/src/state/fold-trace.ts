// From a trace to the state that it records.
// Owns: reading payloads back by their kind, and folding. Does not own: whether the chain holds (replay).
// Keeps INV-08: the state is a function of the entries and nothing else.

import {
  err,
  invariant,
  isEntryKind,
  ok,
  payloads,
  type EntryKind,
  type Fact,
  type Result,
  type TraceEntry,
} from "@counterfoil/contracts"
import { evolve } from "./evolve.ts"
import type { Execution, IllegalEntry, RecordedFact } from "./execution.ts"

/** The state after these entries of this installation's store, ascending from 1. A trace that does not fold is a bug: INV-08. */
export function foldTrace(entries: readonly TraceEntry[]): Execution {
  const folded = foldEntries(entries)
  if (!folded.ok) invariant(false, "INV-08", { ...folded.error })
  invariant(folded.value !== null, "INV-08", { seq: 0 })
  return folded.value
}

/** The state after these entries, from any source; null for none. An entry that is unreadable or does not fit is an error. */
export function foldEntries(entries: readonly TraceEntry[]): Result<Execution | null, IllegalEntry> {
  let execution: Execution | null = null
  for (const entry of entries) {
    const recorded = recordedFact(entry)
    if (!recorded.ok) return recorded
    const next = evolve(execution, recorded.value)
    if (!next.ok) return next
    execution = next.value
  }
  return ok(execution)
}

/** A stored entry as `evolve` reads it; an error when its payload is gone or is not of its kind. */
export function recordedFact(entry: TraceEntry): Result<RecordedFact, IllegalEntry> {
  const { kind, seq } = entry.head
  if (!isEntryKind(kind))
    return err({ kind: "controlPlane.intent.received@1", seq, because: "not an entry kind", status: "none" })
  const fact = parseFact(kind, entry)
  return fact === null
    ? err({ kind, seq, because: "its payload is gone or unreadable", status: "none" })
    : ok({ fact, head: entry.head, hash: entry.hash })
}

function parseFact(kind: EntryKind, entry: TraceEntry): Fact | null {
  const parsed = payloads[kind].safeParse(entry.payload)
  // The schema was looked up by the kind, which TypeScript cannot follow through a union.
  return parsed.success ? ({ kind, payload: parsed.data } as Fact) : null
}
