// Callbacks to send: which receiver is notified that which execution ended.
// Owns: the interface and its laws in words. Does not own: addresses and secrets (adapters), nor when one becomes due (store.ts).
// Keeps INV-14: a callback is written with the entry that it reports, and stays until its outcome is recorded.

import type { CallbackId, Channel, ExecutionId, TenantId } from "../primitives.ts"

/** One callback to send: the entry that it reports, and its receiver. */
export interface CallbackDelivery {
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  /** The entry that ended the execution; one that is retried ends again, in another entry. */
  readonly seq: number
  readonly callbackId: CallbackId
  /** How the intent came in. */
  readonly channel: Channel
  /** How often it was taken to be sent, this time included. */
  readonly attempt: number
  /** The outcome of the attempt before; null for the first. */
  readonly lastCode: string | null
}

/** The outcome of sending one; `code` is from a closed list of the sender's. */
export type CallbackSend =
  | { readonly kind: "delivered" }
  /** To be sent again, not before so many milliseconds have passed. */
  | { readonly kind: "again"; readonly code: string; readonly afterMs: number }
  /** The receiver refuses further attempts. */
  | { readonly kind: "stopped"; readonly code: string }

/** How many of one callback may be taken. */
export interface CallbackRoom {
  readonly callbackId: CallbackId
  readonly room: number
}

/** Every callback that is not delivered. At least once: one that was taken and not settled in time is taken again. */
export interface CallbackQueue {
  /** Takes those that are due and that no other process holds, of each callback the longest due first, and holds them for `holdSeconds`. Across tenants. */
  take(rooms: readonly CallbackRoom[], holdSeconds: number): Promise<readonly CallbackDelivery[]>
  /** Records the outcome of one. `delivered` counts from any process; any other outcome only while no other process took it since. */
  settle(delivery: CallbackDelivery, send: CallbackSend): Promise<void>
  /** Gives up and returns those that have waited for so many seconds, whichever process holds them. Deletes those that ended thirty days ago. */
  giveUp(afterSeconds: number): Promise<readonly CallbackDelivery[]>
}
