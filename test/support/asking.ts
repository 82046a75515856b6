// What tests ask of a control plane over HTTP, again and again: submit a draft, read an execution, answer the queue.
// Owns: these calls. Does not own: who makes them, nor what is expected.

import { call, must, type Someone } from "@counterfoil/cli"
import type { ApprovalItem, ExecutionView, Json, Submitted } from "@counterfoil/contracts"

/** A step as a draft writes it. */
export interface DraftStep {
  readonly key: string
  readonly contract: string
  readonly input: Json
  readonly after?: readonly string[]
  readonly undo?: boolean
}

/** Submits steps as a draft, under a key. */
export const submitDraft = (
  url: string,
  who: Someone,
  key: string,
  steps: readonly DraftStep[],
  more: { readonly [field: string]: Json } = {},
): Promise<Submitted> =>
  must(call<Submitted>(url, who, "POST", "/intents", { key, as: { draft: draftOf(steps) }, ...more }))

/** The draft of these steps. */
export const draftOf = (steps: readonly DraftStep[]): Json => ({
  format: "counterfoil.draft/1",
  steps: steps.map(({ key, contract, input, after, undo }) => ({
    key,
    contract,
    input,
    ...(after === undefined ? {} : { after: [...after] }),
    ...(undo === undefined ? {} : { undo }),
  })),
})

/** An execution with its steps. */
export const readExecution = (url: string, who: Someone, executionId: string): Promise<ExecutionView> =>
  must(call<ExecutionView>(url, who, "GET", `/executions/${executionId}?include=steps&include=tree`))

/** Open requests, of one execution or of all. */
export async function openRequests(
  url: string,
  who: Someone,
  executionId?: string,
): Promise<readonly ApprovalItem[]> {
  const of = executionId === undefined ? "" : `&executionId=${executionId}`
  const page = await must(
    call<{ readonly items: readonly ApprovalItem[] }>(
      url,
      who,
      "GET",
      `/approvals?status=open&limit=200${of}`,
    ),
  )
  return page.items
}

/** What a review names of a request: what the person saw. */
export const named = ({ executionId, approvalId, stepId, approvalDigest, planDigest }: ApprovalItem) => ({
  executionId,
  approvalId,
  stepId,
  approvalDigest,
  planDigest,
})

/** One item of the answer to a review. */
export interface Reviewed {
  readonly status?: string
  readonly error?: { readonly code: string }
}

/** Approves one request by a person's session. */
export const approve = (url: string, who: Someone, item: ApprovalItem) =>
  call<{ readonly results: readonly Reviewed[] }>(url, who, "POST", "/approvals/approve", {
    key: `yes-${who.name}-${item.approvalId}`,
    items: [named(item)],
  })

/** Rejects one request by a person's session. */
export const reject = (url: string, who: Someone, item: ApprovalItem) =>
  call<{ readonly results: readonly Reviewed[] }>(url, who, "POST", "/approvals/reject", {
    key: `no-${who.name}-${item.approvalId}`,
    items: [named(item)],
    reason: "not like this",
    reasonCode: "other",
  })
