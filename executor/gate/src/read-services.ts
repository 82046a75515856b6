// The reading services: executions, the queue, traces, contracts, evidence. None of them writes.
// Owns: pages and views of what is read. Does not own: parsing and authorising before it (gate), the caller's reach.
// Keeps INV-10: a list holds, counts and pages through what the caller reaches by the read of its rows, and nothing else.

import {
  approvalStatusAt,
  err,
  hasDigest,
  isAnswerable,
  isEntryKind,
  ok,
  pageLimitDefault,
  recordWord,
  refuse,
  stageOf,
  type ApprovalItem,
  type approvalList,
  type Contract,
  type contractList,
  type evidenceExport,
  type executionGet,
  type executionList,
  type Immutable,
  type Json,
  type quarantineList,
  type Refusal,
  type Result,
  type traceGet,
} from "@counterfoil/contracts"
import {
  isWithin,
  type ApprovalFilter,
  type ApprovalRow,
  type ExecutionFilter,
  type ExecutionRow,
  type Page,
  type Position,
  type QuarantinePage,
  type Reach,
} from "@counterfoil/contracts/ports"
import { expectNothing, verifyTrace } from "@counterfoil/replay"
import type { z } from "zod"
import { admit } from "./admit.ts"
import { authorityOf, type Authority } from "./authorise.ts"
import { forbidReasonsOf } from "./forbid-reasons.ts"
import { reachesMessagesOf, reachOf } from "./reach.ts"
import { readExecution, waitForFinal } from "./read-execution.ts"
import { reviewBar } from "./review-bar.ts"
import { asJson, type Granted, type ServiceAnswer, type Services } from "./service.ts"
import { rowsBy } from "./showing.ts"
import { subjectsOf } from "./subject.ts"
import { executionView, isFinal, optional } from "./views.ts"
import { voidCausesOf } from "./void-causes.ts"

type InputOf<C extends { readonly input: z.ZodType }> = Immutable<z.output<C["input"]>>

/** The service of `controlPlane.execution.get`; with a wait it answers when the record is final or the time is over. */
export async function getExecution(
  services: Services,
  call: Granted<InputOf<typeof executionGet>>,
): Promise<ServiceAnswer> {
  const found = await readExecution(services.world.store, call.caller.tenant, call.input.executionId)
  if (found === null) return err(refuse("NOT_FOUND", { type: "Execution" }))
  const execution = call.waitMs > 0 ? await waitForFinal(services, found, call.waitMs, call.signal) : found
  if (execution !== found) {
    // Meanwhile a grant may have ended, or another policy may have come into force.
    const still = await admit(services, call.caller, call.contract, { executionId: call.input.executionId })
    if (!still.ok) return still
  }
  return ok({
    body: executionView(execution, {
      include: call.input.include ?? [],
      publicUrl: services.publicUrl(),
      now: await services.world.store.now(),
      forbidden: await forbidReasonsOf(services.world, execution),
    }),
    final: isFinal(execution),
  })
}

/** The service of `controlPlane.execution.list`. */
export async function listExecutions(
  services: Services,
  call: Granted<InputOf<typeof executionList>>,
): Promise<ServiceAnswer> {
  const { input, caller } = call
  const { cursor, limit, ...query } = input
  const after = openCursor(services, call, query, cursor)
  if (!after.ok) return after
  const authority = await authorityOf(services.world, caller.tenant)
  const { reach } = await reachOf(authority, caller, rowsBy.executions)
  const filter: ExecutionFilter = {
    tenant: caller.tenant,
    reach,
    status: input.status ?? [],
    tier: input.tier ?? [],
    contract: input.contract ?? null,
    requester: input.requester ?? null,
    label: input.label ?? null,
    inDoubt: input.inDoubt ?? null,
    held: input.held ?? null,
    from: input.from ?? null,
    to: input.to ?? null,
    sort: input.sort ?? "createdAt",
    at: await services.world.store.now(),
  }
  const page = await services.world.store.executions(filter, after.value, limit ?? pageLimitDefault)
  // A subject contains values of the trace, which execution.get does not show.
  const traces =
    input.include?.includes("subject") === true
      ? (await reachOf(authority, caller, rowsBy.subjects)).reach
      : null
  const shown = traces === null ? [] : page.items.filter((row) => isWithin(traces, row))
  const { world, registry } = services
  const ids = shown.map(({ executionId }) => executionId)
  const subjects = await subjectsOf(world.store, registry, caller.tenant, ids)
  const items = page.items.map((row) => ({
    ...executionItem(row),
    ...optional("subject", subjects.get(row.executionId) ?? null),
  }))
  return pageAnswer(services, call, query, page, items, {})
}

/** The service of `controlPlane.approval.list`. */
export async function listApprovals(
  services: Services,
  call: Granted<InputOf<typeof approvalList>>,
): Promise<ServiceAnswer> {
  const { input, caller } = call
  const { cursor, limit, ...query } = input
  const after = openCursor(services, call, query, cursor)
  if (!after.ok) return after
  const authority = await authorityOf(services.world, caller.tenant)
  const { reach } = await reachOf(authority, caller, rowsBy.approvals)
  // One time for the whole answer: which requests are listed, counted, and open to the caller.
  const at = await services.world.store.now()
  const filter: ApprovalFilter = {
    tenant: caller.tenant,
    reach,
    status: input.status ?? [],
    tier: input.tier ?? [],
    contract: input.contract ?? null,
    requester: input.requester ?? null,
    executionId: input.executionId ?? null,
    expiresBefore: input.expiresBefore ?? null,
    at,
  }
  const page =
    input.approvalId === undefined
      ? await services.world.store.approvals(filter, after.value, limit ?? pageLimitDefault)
      : onlyItem(await services.world.store.approval(caller.tenant, input.approvalId), reach)
  const causes = await voidCausesOf(services.world.store, caller.tenant, page.items)
  const items = await Promise.all(
    page.items.map(async (row) => ({
      ...(await approvalItem(services, call, authority, { ...row, status: approvalStatusAt(row, at) })),
      ...optional("voidedBecause", causes.get(row.approvalId) ?? null),
    })),
  )
  return pageAnswer(services, call, query, page, items, {
    counts: await services.world.store.approvalCounts(caller.tenant, reach, at),
  })
}

/** The service of `controlPlane.quarantine.list`. */
export async function listQuarantine(
  services: Services,
  call: Granted<InputOf<typeof quarantineList>>,
): Promise<ServiceAnswer> {
  const { cursor, limit, ...query } = call.input
  const after = openCursor(services, call, query, cursor)
  if (!after.ok) return after
  const authority = await authorityOf(services.world, call.caller.tenant)
  const whose = await reachesMessagesOf(authority, call)
  const page: QuarantinePage =
    whose === "none"
      ? { items: [], next: null, dropped: null }
      : await services.quarantine.list(
          call.caller.tenant,
          whose === "own" ? call.caller.principal : null,
          after.value,
          limit ?? pageLimitDefault,
        )
  return answer({
    items: page.items.map(({ tenant: _tenant, principal, key, problem, ...rest }) => ({
      ...rest,
      ...(principal === null ? {} : { principal }),
      ...(key === null ? {} : { key }),
      ...(problem === null ? {} : { problem }),
    })),
    ...(page.dropped === null ? {} : { dropped: page.dropped }),
    asOf: services.world.clock.now(),
    ...(page.next === null
      ? {}
      : { nextCursor: services.cursors.seal(call.caller.tenant, cursorScope(call, query), page.next) }),
  })
}

/** The service of `controlPlane.trace.get`. */
export async function getTrace(
  services: Services,
  call: Granted<InputOf<typeof traceGet>>,
): Promise<ServiceAnswer> {
  const { executionId, includePayloads } = call.input
  const whole = await services.world.store.trace(call.caller.tenant, executionId)
  const last = whole.at(-1)
  if (last === undefined) return err(refuse("NOT_FOUND", { type: "Execution" }))
  const from = call.input.fromSeq ?? 1
  const limit = call.input.limit ?? 200
  const part = whole.slice(from - 1, from - 1 + limit)
  const entries = part.map(({ head, prevHash, hash, payload }) => ({
    seq: head.seq,
    kind: head.kind,
    stage: isEntryKind(head.kind) ? stageOf(head.kind) : "intent",
    time: head.time,
    head,
    prevHash,
    hash,
    payloadState: payload === null ? "erased" : includePayloads === true ? "present" : "omitted",
    ...(includePayloads === true && payload !== null ? { payload } : {}),
  }))
  return answer({
    executionId,
    head: { seq: last.head.seq, hash: last.hash },
    chainOk: verifyTrace(whole, expectNothing).ok,
    entries,
    ...(from - 1 + limit < whole.length ? { nextSeq: from + limit } : {}),
  })
}

/** The service of `controlPlane.contract.list`. */
export function listContracts(
  services: Services,
  call: Granted<InputOf<typeof contractList>>,
): Promise<ServiceAnswer> {
  const { input } = call
  const { cursor, limit, ...query } = input
  const after = openCursor(services, call, query, cursor)
  if (!after.ok) return Promise.resolve(after)
  const fits = services.registry.contracts.filter(
    (contract) =>
      (input.kind === undefined || input.kind.includes(contract.kind)) &&
      (input.prefix === undefined || contract.ref.startsWith(input.prefix)),
  )
  const rest = fits.filter((contract) => after.value === null || contract.ref > after.value.id)
  const items = rest.slice(0, limit ?? pageLimitDefault)
  const last = items.at(-1)
  const page: Page<Contract> = {
    items,
    next: last !== undefined && rest.length > items.length ? { value: last.ref, id: last.ref } : null,
    totalAtLeast: fits.length,
  }
  return Promise.resolve(
    pageAnswer(
      services,
      call,
      query,
      page,
      items.map((contract) => contractItem(contract, input.include ?? [])),
      {},
    ),
  )
}

/** The service of `controlPlane.execution.evidence.export`. */
export async function exportEvidence(
  services: Services,
  call: Granted<InputOf<typeof evidenceExport>>,
): Promise<ServiceAnswer> {
  const made = await services.exportBundle(
    call.caller.tenant,
    call.input.executionId,
    call.input.payloads ?? "all",
  )
  return made.ok ? answer(made.value) : made
}

const answer = (body: unknown): ServiceAnswer => ok({ body: asJson(body), final: true })

function openCursor(
  services: Services,
  call: Granted<unknown>,
  query: unknown,
  cursor: string | undefined,
): Result<Position | null, Refusal> {
  return cursor === undefined
    ? ok(null)
    : services.cursors.open(call.caller.tenant, cursorScope(call, query), cursor)
}

const cursorScope = (call: Granted<unknown>, query: unknown): Json => ({
  contract: call.contract.ref,
  principal: call.caller.principal,
  query: asJson(query),
})

function pageAnswer(
  services: Services,
  call: Granted<unknown>,
  query: unknown,
  page: Page<unknown>,
  items: readonly unknown[],
  more: object,
): ServiceAnswer {
  const nextCursor =
    page.next === null
      ? {}
      : { nextCursor: services.cursors.seal(call.caller.tenant, cursorScope(call, query), page.next) }
  return answer({
    items,
    totalAtLeast: page.totalAtLeast,
    asOf: services.world.clock.now(),
    ...more,
    ...nextCursor,
  })
}

function executionItem(row: ExecutionRow) {
  const {
    executionId,
    status,
    waitingFor,
    requester,
    channel,
    stepCounts,
    pendingApprovals,
    inDoubt,
    createdAt,
    updatedAt,
  } = row
  return {
    executionId,
    status,
    word: recordWord({
      status,
      inDoubt,
      held: pendingApprovals > 0 ? [{}] : [],
      blocked: (row.blockReasons ?? []).map((reason) => ({ reason })),
    }),
    waitingFor,
    ...(row.tier === null ? {} : { tier: row.tier }),
    ...(row.mode === null ? {} : { mode: row.mode }),
    ...(row.contract === null ? {} : { contract: row.contract }),
    requester,
    channel,
    stepCounts,
    pendingApprovals,
    inDoubt,
    createdAt,
    updatedAt,
  }
}

function onlyItem(row: ApprovalRow | null, reach: Reach): Page<ApprovalRow> {
  const visible = row !== null && isWithin(reach, row)
  return { items: visible ? [row] : [], next: null, totalAtLeast: visible ? 1 : 0 }
}

async function approvalItem(
  services: Services,
  call: Granted<unknown>,
  authority: Authority,
  row: ApprovalRow,
): Promise<ApprovalItem> {
  const bar = await reviewBar(services, authority, call.caller, row)
  const { tenant: _tenant, excluded: _excluded, onBehalfOf, notBefore, ...rest } = row
  return {
    ...rest,
    ...(onBehalfOf === null ? {} : { onBehalfOf }),
    ...(notBefore === null ? {} : { notBefore }),
    ...(isBoundToAnother(services, row) ? { contractChanged: true } : {}),
    canReview: bar === null ? { allowed: true } : { allowed: false, because: bar.code },
  }
}

/** Whether a request that still counts is bound to a contract that is not the one in force. */
const isBoundToAnother = ({ registry }: Services, { status, contract }: ApprovalRow): boolean =>
  isAnswerable(status) && !hasDigest(registry.find(contract.ref), contract.digest)

function contractItem(contract: Contract, include: readonly string[]) {
  const { ref, version, kind, digest, documentDigest, capability, meta } = contract
  const callable = contract.kind === "command" || contract.kind === "query" ? contract : null
  return {
    ref,
    version,
    kind,
    digest,
    documentDigest,
    ...(callable === null ? {} : { effect: callable.effect }),
    ...(callable === null || callable.floor === null ? {} : { floor: callable.floor }),
    capability,
    stability: meta.stability,
    owners: meta.owners,
    tags: meta.tags,
    title: meta.title,
    goal: meta.goal,
    context: meta.context,
    ...(callable === null || callable.http === null
      ? {}
      : { http: `${callable.http.method} /v1${callable.http.path}` }),
    ...(include.includes("document") ? { document: contract.document } : {}),
  }
}
