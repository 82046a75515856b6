// What a control-plane contract does when it is called: one service for each, behind the gate's checks.
// Owns: the interface and what services share. Does not own: parsing and authorising (gate), which came before.

import type {
  Callable,
  Digest,
  ExecutionId,
  Json,
  PolicySource,
  Refusal,
  Registry,
  Result,
  SemVer,
  TenantId,
  Verdict,
} from "@counterfoil/contracts"
import type {
  Claim,
  ContractLocks,
  ExecutionFilter,
  ExecutionRow,
  Quarantine,
} from "@counterfoil/contracts/ports"
import type { LiveReport } from "@counterfoil/contracts/drift"
import type { Given, World } from "@counterfoil/round"
import type { PolicyIssue, PolicySet } from "@counterfoil/policy"
import type { NamedCallbacks } from "./callback-refusal.ts"
import type { Caller } from "./caller.ts"
import type { Quotas } from "./quotas.ts"
import type { Watch } from "./watch.ts"
import type { CursorCodec } from "./cursor.ts"

/** The worker beside a gate, which goes on with an execution that the gate created under its lease. */
interface FirstHand {
  readonly hasRoom: (tenant: TenantId) => boolean
  /** True once it takes nothing new at all. */
  readonly isStopping: () => boolean
  take(claim: Claim, given: Given): void
}

/** What services work with; made once by the wiring. */
export interface Services {
  readonly registry: Registry
  /** The ports and policies that the worker of this process works with too. */
  readonly world: World
  /** The worker of this process; null in a process that only answers calls. */
  readonly worker: FirstHand | null
  /** Notified, as a hint, of an execution whose trace grew in this process or another. */
  readonly watch: Pick<Watch, "follow">
  readonly cursors: CursorCodec
  readonly quotas: Quotas
  /** Callbacks that intents may name. */
  readonly callbacks: NamedCallbacks
  /** Messages that did not become an intent. */
  readonly quarantine: Pick<Quarantine, "list">
  /** The contracts that the installation used before. */
  readonly contractLocks: Pick<ContractLocks, "inForce">
  /** The effects of the contracts in force on open work within a reach (drift's job, wired here as well). */
  openWork(whose: Pick<ExecutionFilter, "tenant" | "reach">): Promise<LiveReport>
  /** The version and engine that traces name as their runtime. */
  readonly runtime: { readonly version: SemVer; readonly engineDigest: Digest }
  /** The origin that a tenant's signed reviews must name: this installation's name for the tenant. */
  readonly originOf: (tenant: TenantId) => string
  /** The address under which records of this installation are read, without a path: `https://control.acme.test`. */
  publicUrl(): string
  /** Builds the bundle of an execution (replay's job, wired here so that the gate stays thin). */
  exportBundle(
    tenant: TenantId,
    executionId: ExecutionId,
    payloads: "all" | "none",
  ): Promise<Result<Json, Refusal>>
  /** The activated policy set of a tenant, with its rules; with `digest`, the set with this digest when the pointer was read. */
  policySet(tenant: TenantId, digest?: Digest): Promise<PolicySet>
  /** The set that a source would make, or what is wrong with it. */
  checkPolicy(source: PolicySource): Result<PolicySet, readonly PolicyIssue[]>
}

/** One call that passed the gate: parsed by its contract and allowed by policy. */
export interface Granted<I = Json> {
  readonly caller: Caller
  readonly contract: Callable
  readonly input: I
  /** What the contract that was called directly, and is submitted as an intent of its own, made of its input; else null. */
  readonly parsed: Json | null
  readonly verdict: Verdict
  /** The execution that the call is about; null for contracts that name none. */
  readonly row: ExecutionRow | null
  readonly waitMs: number
  readonly signal: AbortSignal
}

/** A service's answer, or why it was refused. */
export type ServiceAnswer = Result<{ readonly body: Json; readonly final: boolean }, Refusal>
export type Service = (services: Services, call: Granted) => Promise<ServiceAnswer>

/** An answer typed as JSON: its schema admits nothing else. */
export const asJson = (body: unknown): Json => body as Json
