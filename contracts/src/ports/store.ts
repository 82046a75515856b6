// The store: traces, and what is derived from them in the same transaction.
// Owns: the interface and its laws in words; `trace-store-laws.ts` of the store package tests them.
// Keeps INV-07 (append-only, gap-free, fenced), INV-10 (every call names its tenant) and INV-14 (answered means durable).

import type { PreviewLine, QuorumState, ReviewToken } from "../approval/approval.ts"
import type { Json } from "../json/json.ts"
import type { Obligations } from "../policy/verdict.ts"
import type { EntryKind, StepCounts } from "../trace/facts.ts"
import type { TraceEntry, TraceHead } from "../trace/entry.ts"
import type { PolicySource } from "../policy/policy-source.ts"
import type { CallbackQueue } from "./callbacks.ts"
import type { Directory } from "./directory.ts"
import type { Reach } from "./reach.ts"
import type {
  ApprovalId,
  ApprovalStatus,
  BlockReason,
  CallbackId,
  Channel,
  ContractPin,
  ContractRef,
  Digest,
  EffectClass,
  Environment,
  ExecutionId,
  ExecutionStatus,
  Fallback,
  Fence,
  IdempotencyKey,
  IntentId,
  Mode,
  Origin,
  PlanId,
  PrincipalId,
  RuleId,
  StepId,
  StepKey,
  TenantId,
  Tier,
  Time,
  WorkerId,
} from "../primitives.ts"

/** One execution as lists show it and as work is found; derived from its trace by the executor's projection. */
export interface ExecutionRow {
  readonly executionId: ExecutionId
  readonly intentId: IntentId
  readonly tenant: TenantId
  readonly environment: Environment
  readonly status: ExecutionStatus
  readonly waitingFor: readonly ("approval" | "timer")[]
  readonly requester: PrincipalId
  readonly onBehalfOf: PrincipalId | null
  readonly contract: ContractRef | null
  readonly channel: Channel
  readonly origin: Origin | null
  readonly labels: readonly string[]
  readonly planId: PlanId | null
  readonly planDigest: Digest | null
  readonly tier: Tier | null
  readonly mode: Mode | null
  readonly requiresApproval: boolean
  readonly stepCounts: StepCounts
  readonly pendingApprovals: number
  /** Why the steps of one that failed were blocked; absent where none was. */
  readonly blockReasons?: readonly BlockReason[]
  readonly inDoubt: number
  /** Since when the step that has been in doubt longest is; null when none is. */
  readonly inDoubtSince: Time | null
  readonly createdAt: Time
  readonly startedAt: Time | null
  readonly updatedAt: Time
  readonly endedAt: Time | null
  readonly deadline: Time | null
  readonly head: TraceHead
  /** When a worker has something to do; null while only a person, or no one, can advance it. */
  readonly wakeAt: Time | null
}

/** One approval request as the queue shows it. */
export interface ApprovalRow {
  readonly approvalId: ApprovalId
  readonly approvalDigest: Digest
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly planDigest: Digest
  readonly inputDigest: Digest
  readonly previewDigest: Digest
  readonly stepId: StepId
  readonly stepKey: StepKey
  /** There for the undo of a step. */
  readonly role?: "undo"
  readonly contract: ContractPin
  readonly effect: EffectClass
  readonly irreversible: boolean
  readonly tier: Tier
  readonly status: ApprovalStatus
  readonly requester: PrincipalId
  readonly onBehalfOf: PrincipalId | null
  readonly requestedAt: Time
  readonly notBefore: Time | null
  readonly expiresAt: Time
  readonly fallback: Fallback
  readonly level: number
  readonly obligations: Obligations
  readonly quorum: QuorumState
  readonly reasons: readonly { readonly ruleId: RuleId; readonly text: string }[]
  readonly preview: readonly PreviewLine[]
  readonly excluded: readonly PrincipalId[]
  /** Absent for reviews from before this was recorded. */
  readonly reviewTokens?: readonly ReviewToken[]
  readonly bulkKey: Digest
}

/** The caller's key, remembered so that the same wish is the same execution. */
export interface InboxRow {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly contract: ContractRef
  readonly keyDigest: Digest
  readonly requestDigest: Digest
}

/** A text that entries name by digest: contract documents, policy texts, schemas, mode maps. */
export interface BlobRow {
  readonly digest: Digest
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** Most executions that go first in one claim, of each tenant: a tenant with many leaves room for the others. */
export const firstsPerClaim = 8

/** One transition: entries, and the projections that follow from them. All of it is written, or none. */
export interface Append {
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  /** Must equal the row's fence. A new execution is written with fence 0, or 1 when `create.leaseTo` holds it at once. */
  readonly fence: Fence
  /** The head this append continues; `seq` 0 creates the execution. */
  readonly expect: TraceHead
  readonly entries: readonly [TraceEntry, ...TraceEntry[]]
  readonly execution: ExecutionRow
  readonly approvals: readonly ApprovalRow[]
  readonly blobs: readonly BlobRow[]
  /** Which receiver to notify, and of which entry, when the execution ended in this append and its intent named a callback. */
  readonly callback: { readonly callbackId: CallbackId; readonly seq: number } | null
  readonly create: {
    readonly inbox: InboxRow
    readonly leaseTo: { readonly worker: WorkerId; readonly seconds: number } | null
    /** True when no worker lets it wait behind other work of its tenant, nor for the tenant's share. */
    readonly goesFirst: boolean
  } | null
}

/** `stale`: head or fence moved and nothing was written. `sameKey`: the inbox knew the key, for that execution and body. */
export type AppendAnswer =
  | { readonly kind: "appended"; readonly now: Time }
  | { readonly kind: "stale" }
  | { readonly kind: "sameKey"; readonly executionId: ExecutionId; readonly requestDigest: Digest }

/** How many executions and requests are open now, by the database's clock; `firstExpiry` is of the requester's requests, null for none. */
export interface Standing {
  readonly openExecutions: number
  readonly openRequests: number
  readonly firstExpiry: Time | null
}

/** An execution that this worker may advance until its lease ends. */
export interface Claim {
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly fence: Fence
  readonly head: TraceHead
}

/** What a transaction that holds the row lock of one execution can see and do. */
export interface LockedExecution {
  readonly fence: Fence
  readonly head: TraceHead
  /** `clock_timestamp()` of the primary, read in this transaction after the lock was taken. */
  readonly now: Time
  readonly row: ExecutionRow
  readonly policySetDigest: Digest
  readonly directory: Directory
  trace(): Promise<readonly TraceEntry[]>
  approval(approvalId: ApprovalId): Promise<ApprovalRow | null>
  /** The earlier answer to this key, on this execution or another; null when the key is new. */
  remembered(key: InboxRow): Promise<{ readonly requestDigest: Digest; readonly answer: Json } | null>
}

/** The result of a decision under the lock: entries to write or null, an answer to remember under a key or null, and the answer. */
export interface LockedDecision<T> {
  readonly append: Append | null
  readonly remember: { readonly key: InboxRow; readonly answer: Json } | null
  readonly answer: T
}

/** Which executions a list shows; empty lists and null restrict nothing. */
export interface ExecutionFilter {
  readonly tenant: TenantId
  /** Only executions within it; null for all of the tenant. */
  readonly reach: Reach | null
  readonly status: readonly ExecutionStatus[]
  readonly tier: readonly Tier[]
  readonly contract: ContractRef | null
  readonly requester: PrincipalId | null
  readonly label: string | null
  readonly inDoubt: boolean | null
  readonly held: boolean | null
  readonly from: Time | null
  readonly to: Time | null
  readonly sort: "createdAt" | "updatedAt"
  /**
   * The time at which requests are judged, by the database's clock: one that has run out is not pending then, although nothing
   * may be written about it yet. Null takes the rows as they are stored.
   */
  readonly at: Time | null
}

/** A filter that leaves out no execution of a tenant, and takes the rows as they are stored; the first that was created comes first. */
export const everyExecution: Omit<ExecutionFilter, "tenant"> = {
  reach: null,
  status: [],
  tier: [],
  contract: null,
  requester: null,
  label: null,
  inDoubt: null,
  held: null,
  from: null,
  to: null,
  sort: "createdAt",
  at: null,
}

/** Which approval requests a list shows; empty lists and null restrict nothing. */
export interface ApprovalFilter {
  readonly tenant: TenantId
  /** Only requests of executions within it; null for all of the tenant. */
  readonly reach: Reach | null
  readonly status: readonly ApprovalStatus[]
  readonly tier: readonly Tier[]
  readonly contract: ContractRef | null
  readonly requester: PrincipalId | null
  readonly executionId: ExecutionId | null
  readonly expiresBefore: Time | null
  /** The time at which `status` is judged (`approvalStatusAt`), by the database's clock. Null takes the rows as they are stored. */
  readonly at: Time | null
}

/** A filter that leaves out no request of a tenant, and takes the rows as they are stored. */
export const everyApproval: Omit<ApprovalFilter, "tenant"> = {
  reach: null,
  status: [],
  tier: [],
  contract: null,
  requester: null,
  executionId: null,
  expiresBefore: null,
  at: null,
}

/** Requests by one principal for one input of one contract, whichever execution they are of. */
export interface SameAsk {
  readonly tenant: TenantId
  readonly requester: PrincipalId
  readonly contract: ContractRef
  readonly inputDigest: Digest
}

/** A place in a sorted list: the sort value and the id that breaks ties. */
export interface Position {
  readonly value: string
  readonly id: string
}
/** A page in total order; `next` is null on the last one. `totalAtLeast` counts to 10,000. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: Position | null
  readonly totalAtLeast: number
}

/** Every row of a list in its order, page by page; `read` returns the page after a position, and the first one for null. */
export async function* everyRow<T>(read: (after: Position | null) => Promise<Page<T>>): AsyncGenerator<T> {
  let after: Position | null = null
  do {
    const page: Page<T> = await read(after)
    yield* page.items
    after = page.next
  } while (after !== null)
}

/** A committed entry in the order of the whole store, for event streams. */
export interface SequencedEntry {
  readonly position: number
  readonly entry: TraceEntry
}

/** The same for a reader with a reach: an entry outside it is null, and only its place is given. */
export interface ReachedEntry {
  readonly position: number
  readonly entry: TraceEntry | null
}

/** What was erased: counts only, so that the record of it says nothing of what is gone. */
export interface Erased {
  readonly payloads: number
  readonly executions: number
}

/** The policy that decides in a tenant. */
export interface ActivePolicy {
  readonly digest: Digest
  readonly source: PolicySource
}

/** An activation: the set that was read, null before the first one, and the set to be activated in its place. */
export interface PolicyChange extends ActivePolicy {
  readonly from: Digest | null
}

/** What a change of governing state can see and do. Others that change what this one read wait until it ended. */
export interface Governing {
  readonly directory: Directory
  policySource(): Promise<ActivePolicy | null>
  activatePolicy(change: PolicyChange): Promise<boolean>
  /** The result of the change under this key, when it was made before; null for a new key. */
  made(key: IdempotencyKey): Promise<Json | null>
  /** Remembers the result of the change under this key, together with what it wrote. */
  remember(key: IdempotencyKey, output: Json): Promise<void>
}

/** Traces, their projections, leases and texts. */
export interface TraceStore {
  /** Durable on return. Throws `StoreUnavailable` when nothing was written, `OutcomeUnknown` when that cannot be determined within 5 s. */
  append(append: Append): Promise<AppendAnswer>
  /**
   * Runs `decide` in one transaction that locks the execution's row; what it answers to append is written under the
   * fence it read (a borrowed fence), so that a worker's next append sees a moved head. Null when there is no such execution.
   */
  locked<T>(
    tenant: TenantId,
    executionId: ExecutionId,
    decide: (locked: LockedExecution) => Promise<LockedDecision<T>>,
  ): Promise<T | null>
  /** Ascending by `seq` without a gap; empty when the execution does not exist in this tenant. `kind` filters nothing here. */
  trace(
    tenant: TenantId,
    executionId: ExecutionId,
    range?: { readonly fromSeq: number; readonly limit: number },
  ): Promise<readonly TraceEntry[]>
  /**
   * Entries of several executions in one round trip: those at one place of their traces, or those of one kind. Sorted by execution,
   * then by `seq`; none for an execution that does not exist in this tenant.
   */
  entriesAmong(
    tenant: TenantId,
    executionIds: readonly ExecutionId[],
    which: { readonly seq: number } | { readonly kind: EntryKind },
  ): Promise<readonly TraceEntry[]>
  execution(tenant: TenantId, executionId: ExecutionId): Promise<ExecutionRow | null>
  executions(filter: ExecutionFilter, after: Position | null, limit: number): Promise<Page<ExecutionRow>>
  approval(tenant: TenantId, approvalId: ApprovalId): Promise<ApprovalRow | null>
  /** Sorted by `expiresAt`, then id. */
  approvals(filter: ApprovalFilter, after: Position | null, limit: number): Promise<Page<ApprovalRow>>
  /** The request that was made last among those that a person has rejected, of another execution than `except`; null for none. */
  lastRejected(ask: SameAsk, except: ExecutionId): Promise<ApprovalRow | null>
  /** How much is open for a requester and for its tenant, counted no further than `max`. */
  standing(
    tenant: TenantId,
    requester: PrincipalId,
    max: { readonly executions: number; readonly requests: number },
  ): Promise<Standing>
  /** The execution that was made under this key, with the digest of what was asked then; null for a new key. */
  madeUnder(
    key: Omit<InboxRow, "requestDigest">,
  ): Promise<{ readonly executionId: ExecutionId; readonly requestDigest: Digest } | null>
  /** Requests of executions within `reach` that are open at `at`, by tier; of the whole tenant for null. */
  approvalCounts(tenant: TenantId, reach: Reach | null, at: Time): Promise<Readonly<Record<Tier, number>>>
  /**
   * Executions in any tenant whose `wakeAt` is due and whose lease is free or lapsed; fence raised, lease taken; fair by
   * tenant. Those that go first come before the others, at most `firstsPerClaim` of a tenant. Not those that this worker passed
   * on, nor others of the tenants in `full`, which have their share of it in hand; "all" leaves only those that go first.
   */
  claim(
    worker: WorkerId,
    limit: number,
    leaseSeconds: number,
    full?: readonly TenantId[] | "all",
  ): Promise<readonly Claim[]>
  /** Extends the leases that this worker still holds, and returns those that it has lost. */
  renew(worker: WorkerId, claims: readonly Claim[], leaseSeconds: number): Promise<readonly ExecutionId[]>
  /** Gives the lease back, if the fence still holds. */
  release(worker: WorkerId, claim: Claim): Promise<void>
  /** Gives it back for others: for a day, this worker is not offered the execution again. */
  passOn(worker: WorkerId, claim: Claim): Promise<void>
  /** When the next execution is due, or null. For one timer instead of polling. */
  nextWakeAt(): Promise<Time | null>
  blob(digest: Digest): Promise<BlobRow | null>
  putBlobs(blobs: readonly BlobRow[]): Promise<void>
  /** The activated policy of a tenant; null before the first activation. */
  policySource(tenant: TenantId): Promise<ActivePolicy | null>
  /** Moves the pointer if it still names the set that was read. False when it names another one by now, and nothing moved. */
  activatePolicy(tenant: TenantId, change: PolicyChange): Promise<boolean>
  /**
   * Runs one change of governing state: policy, principals, grants, roles. In one tenant they run one after the other, so that
   * what one reads stays true until it ends. What it writes is kept when `change` answers; a change that throws should not
   * have written, because only PostgreSQL takes its writes back.
   */
  governing<T>(tenant: TenantId, change: (governing: Governing) => Promise<T>): Promise<T>
  /** Committed entries after `position`, in the order of the log; entries of one execution in the order of `seq`. */
  sequenced(
    tenant: TenantId,
    position: number,
    limit: number,
    reach: Reach | null,
  ): Promise<readonly ReachedEntry[]>
  /** The position of the last committed entry of a tenant in the log; 0 when it has none. */
  logEnd(tenant: TenantId): Promise<number>
  /** Deletes payload bytes of closed executions (one, or all that ended before a time) under the eraser role. Heads and chain stay. */
  erasePayloads(
    tenant: TenantId,
    what: { readonly executionId: ExecutionId } | { readonly endedBefore: Time },
  ): Promise<Erased>
  readonly directory: Directory
  readonly callbacks: CallbackQueue
  /** The database's time; one round trip. */
  now(): Promise<Time>
}

/** Wakes other processes; the message is only a hint (INV-14). */
export interface Doorbell {
  ring(executionId: ExecutionId): void
  /** Returns the function that stops listening. */
  listen(heard: (executionId: ExecutionId) => void): () => void
}

/** The store could not be reached and nothing was accepted. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable"
}
/** A commit was sent and its reply was lost, and its outcome could not be determined in time. */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown"
}
