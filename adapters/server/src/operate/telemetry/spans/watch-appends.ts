// Turns appends into exported spans: keeps the state of recent executions, and reads the trace of any other one.
// Owns: the cached states and their limit. Does not own: which spans there are (spans-of-entries.ts), nor the exporter.
// Entries of another process are read from the trace, so the spans do not depend on which process finishes them.

import type { ExecutionId, TenantId, TraceEntry } from "@counterfoil/contracts"
import type { Append } from "@counterfoil/contracts/ports"
import { contextOf, type SpanData } from "./span-data.ts"
import { foldSpans, type SpanFold } from "./spans-of-entries.ts"

/** Called after the commit of each append. Never throws, never waits. */
export type Appended = (append: Append) => void

/** What a watcher needs. */
interface AppendWatch {
  readonly trace: (tenant: TenantId, executionId: ExecutionId) => Promise<readonly TraceEntry[]>
  readonly write: (spans: readonly SpanData[]) => void
}

/** The most executions in the cache; one that was dropped is read again at its next append. */
const rememberedMax = 5_000

interface Remembered {
  readonly fold: SpanFold
  readonly isSampled: boolean
  seq: number
}

/** Exports the spans of every append, in the order of each execution. */
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
    // While the store is unreachable, spans are lost; work is not affected.
    const done = before.then(() => tell(append)).catch(() => undefined)
    queues.set(executionId, done)
    void done.then(() => {
      if (queues.get(executionId) === done) queues.delete(executionId)
    })
  }
}
