// The SDK's interface to the control plane: one request with its reply, and hints that a trace grew.
// Owns: that interface. Does not own: either form of it (http-transport.ts, nats-transport.ts), nor repeating (ask.ts).
// Keeps INV-03: a lost reply states whether the request can have arrived, so that no caller has to guess.

import type { Callable, ExecutionId, Json, JsonObject, Problem } from "@counterfoil/contracts"

/** One call of a contract of the control plane. */
export interface Request {
  readonly contract: Callable
  readonly input: JsonObject
  /** How long the server may hold its reply until the record is final; whole seconds, 0 for none. */
  readonly waitSeconds: number
  /** W3C trace context, or null. */
  readonly traceparent: string | null
  /** How long to wait for the reply before it counts as lost. */
  readonly timeoutMs: number
}

/** The reply. `body` is *untrusted* until its schema parsed it. */
export type Reply =
  | { readonly kind: "answer"; readonly body: Json }
  | { readonly kind: "problem"; readonly problem: Problem; readonly retryAfterMs: number | null }
  /** No reply: `arrived` is false only when the request certainly did not arrive. */
  | { readonly kind: "lost"; readonly arrived: boolean; readonly cause: unknown }

/** A connection to the control plane. */
export interface Transport {
  /** Never throws. */
  ask(request: Request): Promise<Reply>
  /**
   * Yields when something was written about an execution, until `signal` ends it. Only a hint: events may be missing, and a
   * transport without events ends at once. Never throws.
   */
  hints(executionId: ExecutionId, signal: AbortSignal): AsyncGenerator<void, void, undefined>
  close(): Promise<void>
}
