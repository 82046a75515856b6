// The bus: facts go out in the order of the log, submissions come in and stay until they are settled.
// Owns: the interface and its laws in words; `test/bus/bus-laws.ts` tests them on NATS and on PostgreSQL alike.
// Keeps INV-14: what was reported as stored is durable, and `end` shows what was lost nevertheless, so it is sent again.

import type { ContractRef, Digest, ExecutionId, TenantId } from "../primitives.ts"

/** A committed entry on its way out. Its id is the entry's hash, so every repetition of it is the same message. */
export interface BusEvent {
  readonly id: Digest
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly kind: ContractRef
  /** Place of the entry in the log of the whole store, from 1. */
  readonly position: number
  /** A CloudEvent in structured JSON. */
  readonly body: Uint8Array
}

/** Where the stream of events ends now. */
export interface StreamEnd {
  /** Names this life of the stream: one that was made anew has another name and starts at 0. */
  readonly stream: string
  /** The number of the event stored last, 0 before the first; it stays when events expire. */
  readonly number: number
  /** The event with that number; null when there never was one, or it is no longer kept. */
  readonly last: { readonly id: Digest; readonly position: number } | null
}

/** What is submitted without waiting for an answer. All of it is *untrusted*. */
interface Submitted {
  /** The caller's key, when it is beside the body. */
  readonly key: string | null
  readonly traceparent: string | null
  readonly body: Uint8Array
}

/** A submission as its sender gives it. */
export interface SubmitRequest extends Submitted {
  /** As in the header: `Bearer …`, or null. */
  readonly authorization: string | null
}

/** A submission that this process took. It is delivered again unless it is settled in time; an acknowledgement does not fence. */
export interface Submission extends Submitted {
  /** SHA-256 of the bearer token that came with it, so that nothing behind this port sees a token (INV-13). Null without one. */
  readonly tokenHash: Digest | null
  /** The message's own id, which its sender may have chosen: the key where nothing else names one. */
  readonly messageKey: string | null
  /** The same at every delivery, and of no other submission. */
  readonly messageId: string
  /** The tenant that its subject names; a text that is not a tenant's name is *unreadable*. */
  readonly tenant: string
  /** Deliveries so far, this one included; from 1. */
  readonly deliveries: number
  /** Done with: answers when the bus knows it. */
  ack(): Promise<void>
  /** Not now: it comes again after this time. */
  nak(delayMs: number): Promise<void>
  /** Never again. */
  term(): Promise<void>
  /** Still at it: the time to settle starts anew. */
  working(): void
}

/** Messages that may be lost without losing work, and a queue that does not lose them. */
export interface Bus {
  /** Throws `BusUnavailable`. */
  end(): Promise<StreamEnd>
  /**
   * Stores events as the next ones behind number `after`, in this order and without a gap: the stream refuses an event that
   * does not come right behind the one before. Answers how many, from the first on, are stored durably; with fewer than all,
   * `end` describes where the stream ends now. Never throws for a bus that is away: then fewer are stored.
   */
  publish(after: number, events: readonly BusEvent[]): Promise<number>
  /** Keeps a submission until it is settled. Throws `BusUnavailable`; asking again with the same key is safe. */
  submit(tenant: TenantId, request: SubmitRequest): Promise<void>
  /** The next submission for this process, or null when none came for a while. Throws `BusUnavailable`. */
  take(): Promise<Submission | null>
  close(): Promise<void>
}

/** The bus could not be reached, or does not have what it needs. Only time is lost by it (INV-14). */
export class BusUnavailable extends Error {
  override readonly name = "BusUnavailable"
}
