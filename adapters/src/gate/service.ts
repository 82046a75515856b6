// What a control-plane contract does when it is called: one service for each, behind the gate's checks.
// Owns: the interface and what services share. Does not own: parsing and authorising (gate), which came before.

import type { Contract, Environment, ExecutionId, Json, Refusal, Registry, Result, TenantId, Verdict, WorkerId } from "@counterfoil/contracts"
import type { Claim, Clock, Doorbell, ExecutionRow, Policies, Random, TallyReviews, TraceStore } from "@counterfoil/contracts/ports"
import type { Execution } from "@counterfoil/executor/core"
import type { Caller } from "./caller.ts"
import type { CursorCodec } from "./cursor.ts"

/** What services work with; made once by the wiring. */
export interface Services {
  readonly environment: Environment
  readonly registry: Registry
  readonly store: TraceStore
  readonly clock: Clock
  readonly random: Random
  readonly doorbell: Doorbell
  readonly cursors: CursorCodec
  readonly tally: TallyReviews
  /** The version and engine that traces name as their runtime. */
  readonly runtime: { readonly version: string; readonly engineDigest: Policies["engineDigest"] }
  /** The origin that signed reviews must name: this installation's public address. */
  readonly origin: string
  policies(tenant: TenantId): Promise<Policies>
  /** Hands a new execution to the worker of this process, when it has one with room; null when another has to claim it. */
  readonly adopt: Adopt | null
  /** Builds the bundle of an execution (replay's job, wired here so that the gate stays thin). */
  exportBundle(tenant: TenantId, executionId: ExecutionId, payloads: "all" | "none"): Promise<Result<Json, Refusal>>
}

/** A worker's offer to take new executions without a claim. */
export interface Adopt {
  /** The lease to write with the first append, or null when the worker is full or stopping. */
  lease(): { readonly worker: WorkerId; readonly seconds: number } | null
  take(claim: Claim, execution: Execution): void
}

/** One call that passed the gate: parsed by its contract and allowed by policy. */
export interface Granted<I = Json> {
  readonly caller: Caller
  readonly contract: Contract
  readonly input: I
  readonly verdict: Verdict
  /** The execution that the call is about; null for contracts that name none. */
  readonly row: ExecutionRow | null
  readonly waitMs: number
  readonly signal: AbortSignal
}

/** A service's answer, or why it was refused. */
export type ServiceAnswer = Result<{ readonly body: Json; readonly final: boolean }, Refusal>
export type Service = (services: Services, call: Granted) => Promise<ServiceAnswer>
