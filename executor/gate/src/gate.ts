// The gate: every channel calls it, and everything is done and read through it.
// Owns: the interface between channels and services. Does not own: any channel, any service.
// Keeps INV-04 (what has no service or no grant is refused) and INV-10 (the tenant is the caller's).

import type { Json, Problem } from "@counterfoil/contracts"
import type { Caller } from "./caller.ts"

/** What a channel sends back. `final` false means that the record can still change (HTTP 202). */
export type CallAnswer =
  | { readonly kind: "answer"; readonly body: Json; readonly final: boolean }
  | { readonly kind: "problem"; readonly problem: Problem; readonly retryAfterSeconds?: number }

/** One call of one contract by an authenticated caller; `input` is strict JSON but not yet parsed by the contract. */
export interface Call {
  readonly caller: Caller
  readonly contract: string
  readonly input: Json
  /** How long the caller is willing to wait for a final answer, in milliseconds, 0 to 25,000. */
  readonly waitMs: number
  readonly signal: AbortSignal
  /** The request's own id, by which a problem is traced. */
  readonly traceId: string
}

/** Parses, authorises, and runs the service of a contract. Never throws for anything a caller can cause. */
export interface Gate {
  call(call: Call): Promise<CallAnswer>
}
