// From appends to exported spans: which executions are remembered, and catching up with one that is not.
// Owns: the memory and its bound. Does not own: which spans there are (spans-of-entries.ts), nor the exporter.
// What another process appended is read from the trace, so spans are the same whoever finishes them.

import type { ExecutionId, TenantId, TraceEntry } from "@counterfoil/contracts"
import type { Append } from "@counterfoil/contracts/ports"
import { contextOf, type SpanData } from "./span-data.ts"
import { foldSpans, type SpanFold } from "./spans-of-entries.ts"

/** Where appends are told, after their commit. Never throws, never waits. */
export type Appended = (append: Append) => void

/** What a watcher needs. */
export interface AppendWatch {
  readonly trace: (tenant: TenantId, executionId: ExecutionId) => Promise<readonly TraceEntry[]>
  readonly write: (spans: readonly SpanData[]) => void
}

/** Executions remembered at most; one that was forgotten is read again when it moves. */
const rememberedMax = 5_000

interface Remembered {
  readonly fold: SpanFold
  readonly isSampled: boolean
  seq: number
}

/** Tells the spans of every append, in the order of each execution. */
export function watchAppends({ trace, write }: AppendWatch): Appended {
  const remembered = new Map<ExecutionId, Remembered>()
  const queues = new Map<ExecutionId, Promise<void>>()

  const recall = async ({ tenant, executionId, entries: [first] }: Append): Promise<Remembered> => {
    const known = remembered.get(executionId)
    if (known !== undefined && known.seq === first.head.seq - 1) return known
    const earlier = first.head.seq === 1 ? [] : await trace(tenant, executionId)
    const context = contextOf(executionId, (earlier[0] ?? first).head.traceparent)
    const fresh = { fold: foldSpans(executionId, context), isSampled: context.isSampled, seq: 0 }
    for (const entry of earlier) {
      if (entry.head.seq >= first.head.seq) break
      fresh.fold.read(entry)
      fresh.seq = entry.head.seq
    }
    remembered.set(executionId, fresh)
    const [oldest] = remembered.keys()
    if (remembered.size > rememberedMax && oldest !== undefined) remembered.delete(oldest)
    return fresh
  }
  const tell = async (append: Append): Promise<void> => {
    const known = await recall(append)
    const spans = append.entries.flatMap((entry) => known.fold.read(entry))
    known.seq = append.entries.at(-1)?.head.seq ?? known.seq
    if (known.isSampled) write(spans)
    if (append.execution.endedAt !== null) remembered.delete(append.executionId)
  }
  return (append) => {
    const { executionId } = append
    const before = queues.get(executionId) ?? Promise.resolve()
    // A store that is away costs spans, never work.
    const done = before.then(() => tell(append)).catch(() => undefined)
    queues.set(executionId, done)
    void done.then(() => {
      if (queues.get(executionId) === done) queues.delete(executionId)
    })
  }
}
