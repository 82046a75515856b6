// Reviewing: approve, reject, withdraw, for one request or several of one kind.
// Owns: who reviews with which assurance, item by item. Does not own: separation of duties and tally (policy), the facts (core).
// Keeps INV-02 (a review names the digests that were seen) and INV-06 (checked here under the lock, and again at consumption).

import {
  err,
  HumanId,
  isAnswerable,
  Key,
  ok,
  parseWith,
  payloads,
  type PrincipalId,
  refuse,
  type Assurance,
  executionApprove,
  executionReject,
  type Immutable,
  type Json,
  type Refusal,
  type Result,
  type ReviewDecision,
  type RoleName,
  type SignedReviewPayload,
} from "@counterfoil/contracts"
import { clientKeyDigestOf, mintId } from "@counterfoil/contracts/digest"
import { isWithin, type ApprovalRow, type LockedExecution } from "@counterfoil/contracts/ports"
import { requesterChainNow } from "@counterfoil/round"
import { isUsed, review, statusAt, type Approval, type Execution } from "@counterfoil/core"
import type { z } from "zod"
import { authorityOf } from "./authorise.ts"
import { runControl } from "./control-services.ts"
import { reachOf } from "./reach.ts"
import { contractGone, hindranceOf } from "./hindrance.ts"
import { mayReview, noSuchRequest } from "./review-bar.ts"
import { asJson, type Granted, type ServiceAnswer, type Services } from "./service.ts"
import { rowsBy } from "./showing.ts"
import { verifySignedReview } from "./verify-signed-review.ts"

type ApproveInput = Immutable<z.output<(typeof executionApprove)["input"]>>
type RejectInput = Immutable<z.output<(typeof executionReject)["input"]>>
type Item = ApproveInput["items"][number]

/** What is said about every item of one call. */
interface Said {
  readonly decision: ReviewDecision
  readonly reason: string | null
  readonly reasonCode: RejectInput["reasonCode"] | null
  readonly note: string | null
  readonly signature: ApproveInput["signature"] | null
}

/** The service of `controlPlane.execution.approve`. */
export function approve(services: Services, call: Granted<ApproveInput>): Promise<ServiceAnswer> {
  const { note, signature } = call.input
  return reviewAll(services, call, {
    decision: "approve",
    reason: null,
    reasonCode: null,
    note: note ?? null,
    signature: signature ?? null,
  })
}

/** The service of `controlPlane.execution.reject`, which also withdraws. */
export function reject(services: Services, call: Granted<RejectInput>): Promise<ServiceAnswer> {
  const { decision, reason, reasonCode, signature } = call.input
  return reviewAll(services, call, {
    decision: decision ?? "reject",
    reason,
    reasonCode,
    note: null,
    signature: signature ?? null,
  })
}

async function reviewAll(
  services: Services,
  call: Granted<ApproveInput | RejectInput>,
  said: Said,
): Promise<ServiceAnswer> {
  const { items, key } = call.input
  const rows = await rowsOf(services, call, items, said)
  const bulk = bulkBar(rows, items)
  if (bulk !== null) return err(bulk)
  const assurance = await assuranceOf(services, call, said, rows)
  if (!assurance.ok) return assurance
  const results: Json[] = []
  for (const item of items) {
    const done = await reviewOne(services, call, item, said, assurance.value, key)
    // The refusal of a single item is the answer; among several items it is listed beside those that were accepted.
    if (!done.ok && items.length === 1) return done
    results.push(
      done.ok
        ? done.value
        : asJson({
            approvalId: item.approvalId,
            executionId: item.executionId,
            stepId: item.stepId,
            reviewedAt: services.world.clock.now(),
            error: done.error.problem(item.approvalId),
          }),
    )
  }
  return ok({ body: { results }, final: true })
}

function reviewOne(
  services: Services,
  call: Granted<ApproveInput | RejectInput>,
  item: Item,
  said: Said,
  assurance: Assurance,
  key: Key,
): Promise<Result<Json, Refusal>> {
  const { world } = services
  const on = { executionId: item.executionId, key: keyOfItem(key, item), body: asJson({ item, said }) }
  return runControl(services, call, { ...on, absent: noSuchRequest }, async (locked, before) => {
    const approval = before.approvals.find(({ approvalId }) => approvalId === item.approvalId)
    if (approval === undefined) return err(noSuchRequest)
    const right = await rightOf(services, call, locked, { execution: before, approval, said, assurance })
    if (!right.ok) return right
    const gone = said.decision === "approve" ? contractGone(world, before, approval) : null
    if (gone !== null) return err(gone)
    // Again at the time that the entry gets: the key may have been revoked while this call waited for the lock.
    const signed = await signedAt(services, call, said, locked)
    if (!signed.ok) return signed
    if (said.signature !== null && said.signature !== undefined && isUsed(approval, said.signature))
      return err(refuse("SIGNATURE_INVALID", {}))
    const reviewed = review(
      before,
      {
        ...item,
        ...said,
        signature: said.signature ?? null,
        reviewId: mintId("rev", Date.parse(locked.now), world.random.bytes(10)),
        human: HumanId.parse(call.caller.principal),
        roles: right.value,
        assurance,
        method: said.signature === null ? "session" : "ed25519",
        channel: call.caller.channel,
        token: call.caller.origin,
      },
      locked.now,
      world.tally,
    )
    if (!reviewed.ok) return reviewed
    const { status, quorum, refusal } = reviewed.value
    // A person's late answer is recorded once: repeating it would grow a closed trace without end.
    const told = refusal !== null && (await answeredLate(locked, item, call.caller.principal))
    const facts = told ? [] : reviewed.value.facts
    const isYes = said.decision === "approve" && refusal === null
    const hindered = isYes ? await hindranceOf(world, locked, before, approval) : null
    return ok({
      facts,
      ...(refusal === null ? {} : { refusal }),
      answer: (after, at) =>
        asJson({
          approvalId: item.approvalId,
          executionId: item.executionId,
          stepId: item.stepId,
          status,
          quorum,
          ...(hindered === null ? {} : { hindered }),
          version: after.head.seq,
          reviewedAt: at,
        }),
    })
  })
}

async function rightOf(
  services: Services,
  call: Granted<unknown>,
  locked: LockedExecution,
  about: {
    readonly execution: Execution
    readonly approval: Approval
    readonly said: Said
    readonly assurance: Assurance
  },
): Promise<Result<readonly RoleName[], Refusal>> {
  const { execution, approval, said, assurance } = about
  const { tenant, principal } = call.caller
  const { world } = services
  const { requester, onBehalfOf } = locked.row
  const chain = await requesterChainNow(locked.directory, execution, executionApprove.capability)
  const authority = {
    environment: world.environment,
    directory: locked.directory,
    policies: await world.policies(tenant, locked.policySetDigest),
    now: locked.now,
  }
  const right = await mayReview(authority, {
    caller: call.caller,
    contract: said.decision === "approve" ? executionApprove : executionReject,
    decision: said.decision,
    owned: { executionId: execution.executionId, requester, onBehalfOf },
    request: { obligations: approval.obligations, authors: approval.excluded, chain },
    assurance,
    earlier: approval.reviews
      .filter(({ human }) => String(human) === String(principal))
      .map(({ decision }) => decision),
  })
  // A closed request gives that answer to every caller, so that the late review is recorded.
  const closed = !isAnswerable(statusAt(approval, locked.now))
  return !right.ok && closed && right.error.code === "ALREADY_REVIEWED" ? ok([]) : right
}

async function assuranceOf(
  services: Services,
  call: Granted<ApproveInput | RejectInput>,
  said: Said,
  rows: readonly ApprovalRow[],
): Promise<Result<Assurance, Refusal>> {
  if (said.signature === null || said.signature === undefined) return ok(call.caller.assurance)
  const { store } = services.world
  const signed = await signedAt(services, call, said, { directory: store.directory, now: await store.now() })
  if (!signed.ok) return signed
  for (const [i, item] of call.input.items.entries()) {
    const row = rows.find(({ approvalId }) => approvalId === item.approvalId)
    if (row !== undefined && row.previewDigest !== signed.value?.items[i]?.previewDigest)
      return err(refuse("SIGNATURE_INVALID", {}))
  }
  return ok("key")
}

/** The content that the caller's own key signed, as it counts at a time; null for a review without a signature. */
async function signedAt(
  services: Services,
  { caller, input }: Granted<ApproveInput | RejectInput>,
  { decision, reason, reasonCode, note, signature }: Said,
  { directory, now }: Pick<LockedExecution, "directory" | "now">,
): Promise<Result<SignedReviewPayload | null, Refusal>> {
  if (signature === null || signature === undefined) return ok(null)
  return verifySignedReview(directory, caller, signature, {
    decision,
    origin: services.originOf(caller.tenant),
    now,
    text: decision === "approve" ? note : reason,
    reasonCode: reasonCode ?? null,
    items: input.items,
  })
}

/** The named requests that the caller sees, where one act covers several or is signed: then each has to fit it. */
async function rowsOf(
  { world }: Services,
  { caller }: Granted<unknown>,
  items: readonly Item[],
  said: Said,
): Promise<readonly ApprovalRow[]> {
  if (items.length === 1 && said.signature === null) return []
  const { reach } = await reachOf(await authorityOf(world, caller.tenant), caller, rowsBy.approvals)
  const rows = await Promise.all(
    items.map(({ approvalId }) => world.store.approval(caller.tenant, approvalId)),
  )
  return rows.filter((row): row is ApprovalRow => row !== null && isWithin(reach, row))
}

/** Several requests at once only when they are of one kind, or all of one execution; never at tier high. */
function bulkBar(rows: readonly ApprovalRow[], items: readonly Item[]): Refusal | null {
  if (items.length === 1) return null
  if (rows.some(({ tier }) => tier === "high")) return refuse("BULK_NOT_ALLOWED", { because: "tier high" })
  if (rows.some(({ obligations }) => !obligations.bulk))
    return refuse("BULK_NOT_ALLOWED", { because: "policy forbids it" })
  const oneKind = new Set(rows.map(({ bulkKey }) => bulkKey)).size <= 1
  const oneExecution = new Set(rows.map(({ executionId }) => executionId)).size <= 1
  return oneKind || oneExecution
    ? null
    : refuse("BULK_NOT_ALLOWED", { because: "they differ in more than their input" })
}

async function answeredLate(
  locked: LockedExecution,
  { approvalId }: Item,
  principal: PrincipalId,
): Promise<boolean> {
  const reviewed = "controlPlane.approval.reviewed@1"
  const reviews = (await locked.trace()).filter(({ head }) => head.kind === reviewed)
  return reviews.some(({ payload }) => {
    const said = parseWith(payloads[reviewed], payload)
    return (
      said.ok &&
      said.value.late &&
      said.value.approvalId === approvalId &&
      String(said.value.human) === String(principal)
    )
  })
}

/** One key for each item of a call, so that a repeated call finds each item's own answer. */
const keyOfItem = (key: Key, { approvalId }: Item): Key =>
  Key.parse(`${clientKeyDigestOf(key).slice("sha256:".length)}.${approvalId}`)
