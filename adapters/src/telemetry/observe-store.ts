// Counting what was appended: every counter about intents, verdicts, reviews and ends comes from the entries themselves.
// Owns: which entry moves which metric. Does not own: the entries, nor the metrics' names (metric-table.ts).
// Keeps INV-13: labels are closed sets of the payload's own enums; no id and no text is read.

import {
  Channel,
  Decision,
  isEntryKind,
  Mode,
  msOfTime,
  readPointer,
  RejectionCode,
  ReviewDecision,
  Tier,
  type EntryKind,
  type Json,
  type TraceEntry,
} from "@counterfoil/contracts"
import type { Append, TraceStore } from "@counterfoil/contracts/ports"
import { policyErrors } from "./metric-table.ts"
import type { Metrics } from "./metrics.ts"

/** The same store, with everything that it appends counted. */
export function observedStore<S extends TraceStore>(store: S, metrics: Metrics): S {
  const count = ({ entries, execution }: Append, ms: number): void => {
    metrics.observe("trace_append_duration_seconds", {}, ms / 1000)
    for (const entry of entries) countEntry(metrics, entry)
    if (execution.endedAt !== null) {
      metrics.observe(
        "execution_duration_seconds",
        { status: execution.status },
        (msOfTime(execution.endedAt) - msOfTime(execution.createdAt)) / 1000,
      )
    }
  }
  return {
    ...store,
    append: async (append) => {
      const begunMs = performance.now()
      const answer = await store.append(append)
      if (answer.kind === "appended") count(append, performance.now() - begunMs)
      if (answer.kind === "stale") metrics.count("fence_refusals_total", {})
      return answer
    },
    locked: async (tenant, executionId, decide) => {
      const begunMs = performance.now()
      let written: Append | null = null
      const answer = await store.locked(tenant, executionId, async (locked) => {
        const decision = await decide(locked)
        written = decision.append
        return decision
      })
      if (written !== null) count(written, performance.now() - begunMs)
      return answer
    },
  }
}

function countEntry(metrics: Metrics, { head, payload }: TraceEntry): void {
  if (!isEntryKind(head.kind)) return
  metrics.count("trace_entries_total", { kind: head.kind })
  const kind: EntryKind = head.kind
  counters[kind]?.(metrics, payload)
}

/** What an entry counts beside itself; most kinds count nothing. */
const counters: { readonly [K in EntryKind]?: (metrics: Metrics, payload: Json) => void } = {
  "controlPlane.intent.received@1": (metrics, payload) => {
    const channel = oneOf(Channel.options, payload, "/channel")
    if (channel !== null) metrics.count("intents_total", { channel })
  },
  "controlPlane.plan.rejected@1": (metrics, payload) => {
    const code = oneOf(RejectionCode.options, payload, "/rejections/0/code")
    if (code !== null) metrics.count("plan_rejections_total", { code })
  },
  "controlPlane.policy.decided@1": countVerdict,
  "controlPlane.approval.reviewed@1": (metrics, payload) => {
    const channel = oneOf(Channel.options, payload, "/channel")
    const decision = oneOf(ReviewDecision.options, payload, "/decision")
    if (channel !== null && decision !== null) metrics.count("reviews_total", { channel, decision })
  },
}

function countVerdict(metrics: Metrics, payload: Json): void {
  const decision = oneOf(Decision.options, payload, "/verdict/core/decision")
  const tier = oneOf(Tier.options, payload, "/verdict/core/tier")
  const mode = oneOf(Mode.options, payload, "/verdict/core/mode")
  const reason = oneOf(policyErrors, payload, "/verdict/core/blockReason")
  if (decision !== null && tier !== null && mode !== null)
    metrics.count("verdicts_total", { decision, tier, mode })
  if (reason !== null) metrics.count("policy_errors_total", { reason })
}

/** The value at a place, when it is one of a closed set. Entries were validated when they were made: nothing is parsed again. */
function oneOf<T extends string>(options: readonly T[], payload: Json, at: string): T | null {
  const found = readPointer(payload, at)
  return (found.ok && options.find((option) => option === found.value)) || null
}
