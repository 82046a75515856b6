// The code behind a command or query: called only for a step whose start was journaled (INV-01).
// Owns: what a handler is given and may answer. Does not own: any handler, nor what the executor makes of an answer.

import type { Callable } from "../define/contract.ts"
import type { Issue } from "../schema/parse.ts"
import type { Fault } from "../errors/fault.ts"
import type { Json } from "../json/json.ts"
import type { ExecutionId, IdempotencyKey, PrincipalId, StepId, TenantId, Time } from "../primitives.ts"

/** The arguments of a handler for one attempt. */
export interface HandlerCall {
  /** Parsed by the contract; references to secrets are still names. */
  readonly input: Json
  readonly idempotencyKey: IdempotencyKey
  readonly attempt: number
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly stepId: StepId
  /** Who asked: the first of the requester chain. Control-plane commands record it. */
  readonly requester: PrincipalId
  readonly startedAt: Time
  /** Whole milliseconds that are left for this attempt when the call is made; at least 1. */
  readonly deadlineMs: number
  /** Aborted at the deadline and when the lease is lost; an aborted call answers `unknown`. */
  readonly signal: AbortSignal
}

/**
 * What became of an attempt. `succeeded`: it happened. `rejected`: the other side said no and did nothing.
 * `notSent`: certainly nothing was sent. `unknown`: anything else; anything thrown counts as this.
 * `code` is the provider's own, such as `HTTP_503`; `fault` is what the handler's code threw.
 */
export type HandlerAnswer =
  | { readonly kind: "succeeded"; readonly output: Json; readonly providerRef?: string }
  | { readonly kind: "rejected"; readonly code: string; readonly message: string }
  | { readonly kind: "notSent"; readonly reason: string; readonly fault?: Fault }
  | {
      readonly kind: "unknown"
      readonly reason: string
      readonly code?: string
      readonly fault?: Fault
      readonly retryAfterMs?: number
    }

/** What became of an attempt, as the executor knows it: the handler's answer, or that its deadline passed without one. */
export type AttemptAnswer = HandlerAnswer | { readonly kind: "timedOut" }

/** What a probe found out about an idempotency key: it took effect (with its output), it did not, or it cannot tell. */
export type ProbeAnswer =
  | { readonly kind: "found"; readonly output: Json; readonly providerRef?: string }
  | { readonly kind: "notFound" }
  | { readonly kind: "cannotTell"; readonly reason: string; readonly fault?: Fault }

/** A contract's implementation. `probe` is there exactly when the contract's effect class is `probeable`. */
export interface Handler {
  readonly contract: Callable
  run(call: HandlerCall): Promise<HandlerAnswer>
  /**
   * Faults of an input that `run` would refuse even after approval. Called when the contract itself is submitted, so that no one
   * is asked to approve what cannot happen. It reads only, and `run` checks again.
   */
  readonly foresee?: (call: Pick<HandlerCall, "input" | "tenant" | "requester">) => Promise<readonly Issue[]>
  /**
   * True of an input with which the call can only take away or forbid. A freeze pauses no execution that does nothing else: what makes
   * things safer would otherwise wait until someone resumes it. Counts for contracts of the path `gate` alone.
   */
  readonly restricts?: (input: Json) => boolean
  readonly probe?: (call: HandlerCall) => Promise<ProbeAnswer>
}
