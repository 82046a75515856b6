// Derives the spans of one execution from its entries, read in order.
// Owns: the state between entries, and which spans each kind finishes. Does not own: exporting, reading traces.
// A span is written at its end with its true start, so a hold of three days is one span after three days;
// a blocked step has a span too, because a missing span could also mean that it was lost.

import {
  isEntryKind,
  msOfTime,
  payloads,
  type ContractRef,
  type EntryKind,
  type ExecutionId,
  type Payloads,
  type StepId,
  type TraceEntry,
} from "@counterfoil/contracts"
import { spanIdOf, type SpanData, type TraceContext } from "./span-data.ts"
import { attributeNames as is, executeTool, holdBegan, spanNames } from "./span-names.ts"

/** Reads the entries of one execution, each once and in order; returns the spans that an entry finished. */
export interface SpanFold {
  read(entry: TraceEntry): readonly SpanData[]
}

/** The state of one execution. Times are milliseconds. */
interface Fold {
  readonly executionId: ExecutionId
  readonly context: TraceContext
  readonly begun: Map<
    StepId,
    { readonly contract: ContractRef; readonly firstMs: number; readonly lastMs: number }
  >
  readonly held: Map<
    string,
    { readonly stepId: StepId; readonly key: string; readonly tier: string; readonly sinceMs: number }
  >
  planDigest: string | null
}

/** The position and time of an entry. */
interface At {
  readonly seq: number
  readonly ms: number
}

/** Begins with an execution's first entry. */
export function foldSpans(executionId: ExecutionId, context: TraceContext): SpanFold {
  const fold: Fold = { executionId, context, begun: new Map(), held: new Map(), planDigest: null }
  return {
    read: ({ head, payload }) => {
      if (!isEntryKind(head.kind)) return []
      return finish(fold, head.kind, payload, { seq: head.seq, ms: msOfTime(head.time) })
    },
  }
}

function finish<K extends EntryKind>(fold: Fold, kind: K, payload: unknown, at: At): readonly SpanData[] {
  const finisher = finishers[kind]
  if (finisher === undefined) return []
  const parsed = payloads[kind].safeParse(payload)
  // The payload was parsed just before; an erased payload finishes no span.
  return parsed.success ? finisher(fold, parsed.data as Payloads[K], at) : []
}

/** The spans that each kind finishes; the other kinds finish none. */
const finishers: {
  readonly [K in EntryKind]?: (fold: Fold, payload: Payloads[K], at: At) => readonly SpanData[]
} = {
  "controlPlane.intent.received@1": (fold, { contract }, { ms }) => [
    span(
      fold,
      spanNames.submit,
      { id: submitId(fold), parent: fold.context.parentSpanId, from: ms, to: ms },
      {
        [is.contract]: contract?.ref,
      },
    ),
  ],
  "controlPlane.plan.compiled@1": (fold, { planDigest }, at) => {
    fold.planDigest = planDigest
    return [compiled(fold, "compiled", undefined, at)]
  },
  "controlPlane.plan.rejected@1": (fold, { rejections: [first] }, at) => [
    compiled(fold, "rejected", first?.code, at),
  ],
  "controlPlane.policy.decided@1": (fold, payload, at) => [decided(fold, payload, at)],
  "controlPlane.approval.requested@1": ({ held }, { approvalId, stepId, key, tier }, { ms }) => {
    held.set(approvalId, { stepId, key, tier, sinceMs: ms })
    return []
  },
  "controlPlane.approval.reviewed@1": (fold, { approvalId, status, late }, at) =>
    late || status === "open" ? [] : holdEnd(fold, approvalId, status, at),
  "controlPlane.approval.escalated@1": (fold, { approvalId }, at) =>
    holdEnd(fold, approvalId, "escalated", at),
  "controlPlane.approval.expired@1": (fold, { approvalId }, at) => holdEnd(fold, approvalId, "expired", at),
  "controlPlane.approval.voided@1": (fold, { approvalId }, at) => holdEnd(fold, approvalId, "voided", at),
  "controlPlane.execution.step.started@1": ({ begun }, { stepId, contract }, { ms }) => {
    begun.set(stepId, { contract: contract.ref, firstMs: begun.get(stepId)?.firstMs ?? ms, lastMs: ms })
    return []
  },
  "controlPlane.execution.step.completed@1": (fold, payload, at) =>
    stepEnd(fold, payload, { outcome: "completed" }, at),
  "controlPlane.execution.step.failed@1": (fold, payload, at) =>
    stepEnd(
      fold,
      payload,
      { outcome: "failed", reason: payload.error.code, isError: true, isLast: payload.final },
      at,
    ),
  "controlPlane.execution.step.inDoubt@1": (fold, payload, at) =>
    stepEnd(fold, payload, { outcome: "inDoubt", reason: payload.because, isError: true }, at),
  "controlPlane.execution.step.blocked@1": (fold, payload, at) =>
    stepEnd(fold, payload, { outcome: "blocked", reason: payload.reason }, at),
  "controlPlane.execution.step.skipped@1": (fold, payload, at) =>
    stepEnd(fold, payload, { outcome: "skipped", reason: payload.because }, at),
}

const submitId = ({ executionId }: Fold): string => spanIdOf(executionId, "submit")
const stepSpanId = ({ executionId }: Fold, stepId: StepId): string => spanIdOf(executionId, "step", stepId)

interface Place {
  readonly id: string
  readonly parent: string | null
  readonly from: number
  readonly to: number
}

function span(
  { executionId, context, planDigest }: Fold,
  name: string,
  { id, parent, from, to }: Place,
  attributes: Readonly<Record<string, string | null | undefined>>,
  more: Partial<Pick<SpanData, "isError" | "events">> = {},
): SpanData {
  const all = { [is.executionId]: executionId, [is.planDigest]: planDigest, ...attributes }
  const known = Object.entries(all).filter((pair): pair is [string, string] => typeof pair[1] === "string")
  return {
    name,
    traceId: context.traceId,
    spanId: id,
    parentSpanId: parent,
    startMs: Math.min(from, to),
    endMs: to,
    isError: more.isError ?? false,
    events: more.events ?? [],
    attributes: Object.fromEntries(known),
  }
}

function compiled(fold: Fold, outcome: string, reason: string | undefined, { ms }: At): SpanData {
  const place = { id: spanIdOf(fold.executionId, "compile"), parent: submitId(fold), from: ms, to: ms }
  return span(fold, spanNames.compile, place, { [is.outcome]: outcome, [is.reason]: reason })
}

function decided(
  fold: Fold,
  { stepId, key, phase, verdict: { core, circumstances } }: Payloads["controlPlane.policy.decided@1"],
  { seq, ms }: At,
): SpanData {
  const parent = phase === "preview" ? submitId(fold) : stepSpanId(fold, stepId)
  return span(
    fold,
    spanNames.decide,
    { id: spanIdOf(fold.executionId, "decide", String(seq)), parent, from: ms, to: ms },
    {
      [is.stepKey]: key,
      [is.phase]: phase,
      [is.decision]: core.decision,
      [is.tier]: core.tier,
      [is.mode]: core.mode,
      [is.policyDigest]: circumstances.policySetDigest,
      [is.reason]: core.blockReason,
    },
    { events: core.decision === "hold" && phase === "binding" ? [{ name: holdBegan, atMs: ms }] : [] },
  )
}

function holdEnd(fold: Fold, approvalId: string, decision: string, { ms }: At): readonly SpanData[] {
  const hold = fold.held.get(approvalId)
  fold.held.delete(approvalId)
  if (hold === undefined) return []
  const id = spanIdOf(fold.executionId, "hold", approvalId)
  const place = { id, parent: stepSpanId(fold, hold.stepId), from: hold.sinceMs, to: ms }
  return [
    span(fold, spanNames.hold, place, {
      [is.stepKey]: hold.key,
      [is.tier]: hold.tier,
      [is.decision]: decision,
    }),
  ]
}

/** Finishes the attempt, when there was one, and its step unless another attempt follows. */
function stepEnd(
  fold: Fold,
  { stepId, key }: { readonly stepId: StepId; readonly key: string },
  end: {
    readonly outcome: string
    readonly reason?: string
    readonly isError?: boolean
    readonly isLast?: boolean
  },
  { ms }: At,
): readonly SpanData[] {
  const begun = fold.begun.get(stepId)
  const isError = end.isError ?? false
  const said = {
    [is.stepKey]: key,
    [is.contract]: begun?.contract,
    [is.outcome]: end.outcome,
    [is.reason]: end.reason,
  }
  const parent = stepSpanId(fold, stepId)
  const spans: SpanData[] = []
  if (begun !== undefined) {
    const id = spanIdOf(fold.executionId, "attempt", stepId, String(begun.lastMs))
    const place = { id, parent, from: begun.lastMs, to: ms }
    const tool = { ...said, [is.operation]: executeTool, [is.tool]: begun.contract }
    spans.push(span(fold, `${spanNames.attempt} ${begun.contract}`, place, tool, { isError }))
  }
  if (end.isLast !== false) {
    const place = { id: parent, parent: submitId(fold), from: begun?.firstMs ?? ms, to: ms }
    spans.push(span(fold, spanNames.step, place, said, { isError }))
  }
  return spans
}
