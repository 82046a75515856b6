// What the store remembers for the bus: how far the log was published and by whom, and quarantined messages.
// Owns: the interfaces. Does not own: the bus itself (bus.ts), which may be lost without these being wrong.
// Keeps INV-14: the log is the truth about events, and what did not become an intent does not disappear without a word.

import type { Problem } from "../errors/problem.ts"
import type { Digest, PrincipalId, TenantId, Time, WorkerId } from "../primitives.ts"
import type { Page, Position, SequencedEntry } from "./store.ts"

/** How far events were published, and the end of the stream at that time. */
export interface RelayCursor {
  /** Every append up to this index of the log is published whole. */
  readonly logIndex: number
  /** The last entry that is published. */
  readonly position: number
  /** Which life of the stream, and the number of its last event; null before the first. */
  readonly stream: string | null
  readonly number: number
}

/** The right to publish and to move the cursor, until its lease ends. A later holder has a higher fence. */
export interface RelayTurn {
  readonly fence: number
  readonly cursor: RelayCursor
}

/** What has not been published yet. */
export interface RelayLag {
  readonly entries: number
  /** Age of the oldest of them by the database's clock; 0 without any. */
  readonly seconds: number
}

/** Entries with where they stand in the log: enough to say that everything up to here is published. */
export interface LoggedAppend {
  readonly logIndex: number
  readonly entries: readonly SequencedEntry[]
}

/** The log of all tenants as a relay reads it, and the cursor. */
export interface RelayLog {
  /** The turn when it is free, lapsed or held by this process; null while another process has it. */
  take(holder: WorkerId, leaseSeconds: number): Promise<RelayTurn | null>
  /** Moves the cursor and extends the lease. False when this process has lost the turn; then nothing moved. */
  move(turn: RelayTurn, cursor: RelayCursor, leaseSeconds: number): Promise<boolean>
  /** Gives the turn back at once. */
  release(turn: RelayTurn): Promise<void>
  /** Appends behind a log index, in order, each whole: at most `limit`, and at least one, however large. */
  read(afterLogIndex: number, limit: number): Promise<readonly LoggedAppend[]>
  /** The hash of the entry at a position, and the last index whose appends are whole up to there; null when there is no such entry. */
  find(position: number): Promise<{ readonly hash: Digest; readonly wholeThrough: number } | null>
  /** The last index of the log whose entries are all older than so many days; 0 when none is. */
  before(days: number): Promise<number>
  lag(): Promise<RelayLag>
}

/** Why a message was quarantined: not JSON, refused by the gate, or handled again and again without an end. */
export type QuarantineReason = "unreadable" | "refused" | "poison"

/** A message that did not become an intent. */
export interface QuarantineRow {
  readonly tenant: string
  readonly messageId: string
  readonly reason: QuarantineReason
  /** Who sent it, once that was known. */
  readonly principal: PrincipalId | null
  readonly key: string | null
  /** The answer that the sender would have got; null when the handling never reached an answer. */
  readonly problem: Problem | null
  readonly deliveries: number
  /** Its first bytes, *untrusted*, and how many there were. */
  readonly body: Uint8Array
  readonly bodyBytes: number
}

/** A message as a list shows it, without its body. */
export interface QuarantineItem extends Omit<QuarantineRow, "body"> {
  readonly at: Time
}

/** How much is kept at most, in rows and in bytes of bodies and problems. Beyond that the oldest rows are dropped. */
export interface QuarantineRoom {
  readonly rows: number
  readonly bytes: number
}

/**
 * The room of each sender whose token was valid, of all such senders of a tenant together, and of all other senders together,
 * in every tenant that they name. So senders without a token take no room from those with one.
 */
export interface QuarantineLimits {
  readonly sender: QuarantineRoom
  readonly tenant: QuarantineRoom
  readonly strangers: QuarantineRoom
}

/** The limits of an installation: the senders of a tenant may fill 32 MiB, and those without a valid token 32 MiB in all. */
export const quarantineLimits: QuarantineLimits = {
  sender: { rows: 200, bytes: 4 * 1024 * 1024 },
  tenant: { rows: 2_000, bytes: 32 * 1024 * 1024 },
  strangers: { rows: 2_000, bytes: 32 * 1024 * 1024 },
}

/** Quarantined messages that are not kept, of one sender or of a whole tenant. */
export interface QuarantineDropped {
  readonly count: number
  readonly firstAt: Time
  readonly lastAt: Time
}

/** A page of what is kept, and the count of what was dropped; null when nothing was. */
export interface QuarantinePage extends Omit<Page<QuarantineItem>, "totalAtLeast"> {
  readonly dropped: QuarantineDropped | null
}

/** Quarantined messages, and how often the handling of a message was begun. */
export interface Quarantine {
  /**
   * Keeps a message; the same message once, with the newest answer. Drops the oldest rows beyond the limits, counts each under
   * its sender, and returns how many it dropped.
   */
  keep(row: QuarantineRow): Promise<number>
  /** Counts a message that is not kept at all, because its sender sends too many. */
  skip(row: Pick<QuarantineRow, "tenant" | "principal">): Promise<void>
  /** Notes that a redelivered message is tried; returns how many tries never reached an answer, this one included. */
  begin(messageId: string): Promise<number>
  /** Takes back one `begin`: that try ended in an answer that says nothing against the message. */
  forgive(messageId: string): Promise<void>
  /** Forgets how often a message was begun, because its handling has ended. */
  forget(messageId: string): Promise<void>
  /** Newest first, behind a place; of one sender, or of all. */
  list(
    tenant: TenantId,
    own: PrincipalId | null,
    after: Position | null,
    limit: number,
  ): Promise<QuarantinePage>
  /** Deletes what is older than so many days, counts of what was dropped included. */
  expire(days: number): Promise<void>
}
