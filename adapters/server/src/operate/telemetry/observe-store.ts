// Counts appended entries: every counter about intents, verdicts, reviews and ends comes from the entries themselves.
// Owns: which entry changes which metric. Does not own: the entries, nor the metrics' names (metric-table.ts).
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
import type { Append, AppendAnswer, ApprovalRow, TraceStore } from "@counterfoil/contracts/ports"
import { policyErrors } from "./metric-table.ts"
import type { Metrics } from "./metrics.ts"
import type { Appended } from "./spans/watch-appends.ts"

/** The same store; every append is counted, and passed to `appended` where spans are written. */
export function observedStore<S extends TraceStore>(
  store: S,
  metrics: Metrics,
  appended: Appended | null,
): S {
  const count = (append: Append, ms: number): void => {
    const { entries, execution, approvals } = append
    appended?.(append)
    metrics.observe("trace_append_duration_seconds", {}, ms / 1000)
    for (const { tier, status } of approvals)
      if (status !== "open" && status !== "approved")
        metrics.count("approvals_closed_total", { tier, status })
    for (const entry of entries) countEntry(metrics, entry, approvals)
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
      countAsk(metrics, append, answer)
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

/** Counts a submission with a key by its result. */
function countAsk(metrics: Metrics, { create, entries }: Append, answer: AppendAnswer): void {
  if (create === null || answer.kind === "stale") return
  const channel = oneOf(Channel.options, entries[0].payload, "/channel")
  if (channel === null) return
  if (answer.kind === "sameKey") {
    const same = answer.requestDigest === create.inbox.requestDigest
    return metrics.count("intents_total", { channel, answer: same ? "duplicate" : "conflict" })
  }
  const rejected = entries.some(({ head }) => head.kind === "controlPlane.plan.rejected@1")
  metrics.count("intents_total", { channel, answer: rejected ? "rejected" : "accepted" })
}

function countEntry(
  metrics: Metrics,
  { head, payload }: TraceEntry,
  approvals: readonly ApprovalRow[],
): void {
  if (!isEntryKind(head.kind)) return
  metrics.count("trace_entries_total", { kind: head.kind })
  const kind: EntryKind = head.kind
  counters[kind]?.(metrics, payload, approvals)
}

type Counter = (metrics: Metrics, payload: Json, approvals: readonly ApprovalRow[]) => void

/** What an entry of each kind changes beside the count of entries; most kinds change nothing. */
const counters: { readonly [K in EntryKind]?: Counter } = {
  "controlPlane.plan.rejected@1": (metrics, payload) => {
    const code = oneOf(RejectionCode.options, payload, "/rejections/0/code")
    if (code !== null) metrics.count("plan_rejections_total", { code })
  },
  "controlPlane.policy.decided@1": countVerdict,
  "controlPlane.approval.reviewed@1": countReview,
}

function countReview(metrics: Metrics, payload: Json, approvals: readonly ApprovalRow[]): void {
  const channel = oneOf(Channel.options, payload, "/channel")
  const decision = oneOf(ReviewDecision.options, payload, "/decision")
  const about = readPointer(payload, "/approvalId")
  const tier = approvals.find(({ approvalId }) => about.ok && approvalId === about.value)?.tier
  // A late review changes no request: the trace has it, but it must not count for how long people take.
  if (channel === null || decision === null || tier === undefined) return
  metrics.count("reviews_total", { tier, channel, decision })
  const openMs = readPointer(payload, "/openMs")
  if (openMs.ok && typeof openMs.value === "number")
    metrics.observe("review_duration_seconds", { tier, channel, decision }, openMs.value / 1000)
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

/** The value at a path when it is one of a closed set, else null. Entries were validated when they were made and are not parsed again. */
function oneOf<T extends string>(options: readonly T[], payload: Json, at: string): T | null {
  const found = readPointer(payload, at)
  return (found.ok && options.find((option) => option === found.value)) || null
}
