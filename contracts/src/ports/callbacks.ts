// Callbacks that are to be sent: who is told that which execution ended.
// Owns: the interface and its laws in words. Does not own: addresses and secrets (adapters), nor when one becomes due (store.ts).
// Keeps INV-14: a callback is written with the entry that it tells of, and stays until somebody answered for it.

import type { CallbackId, Channel, ExecutionId, TenantId } from "../primitives.ts"

/** One callback to send: the entry that it tells of, and to whom. */
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
  /** What came of the time before; null the first time. */
  readonly lastCode: string | null
}

/** What came of sending one; `code` is from a closed list of the sender's. */
export type CallbackSend =
  | { readonly kind: "delivered" }
  /** To be sent again, not before so many milliseconds have passed. */
  | { readonly kind: "again"; readonly code: string; readonly afterMs: number }
  /** The receiver wants no more of it. */
  | { readonly kind: "stopped"; readonly code: string }

/** How many of one callback may be taken. */
export interface CallbackRoom {
  readonly callbackId: CallbackId
  readonly room: number
}

/** Every callback that is not delivered. At least once: one that was taken and not settled in time is taken again. */
export interface CallbackQueue {
  /** Takes those that are due and that nobody else holds, of each callback the longest due first, and holds them for `holdSeconds`. Across tenants. */
  take(rooms: readonly CallbackRoom[], holdSeconds: number): Promise<readonly CallbackDelivery[]>
  /** Says what came of one. Delivered counts whoever says it; anything else only while nobody took it since. */
  settle(delivery: CallbackDelivery, send: CallbackSend): Promise<void>
  /** Gives up and answers what has waited for so many seconds, whoever was to send it. Forgets what ended thirty days ago. */
  giveUp(afterSeconds: number): Promise<readonly CallbackDelivery[]>
}
