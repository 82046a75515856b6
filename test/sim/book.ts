// What the simulated database saw: every commit, claim and lease, and who held what right at that instant.
// Owns: the record that the checks read. It is kept beside the store and never read by the control plane.

import type { ApprovalId, Digest, ExecutionId, Fence, Time, WorkerId } from "@counterfoil/contracts"
import type { Append, HandlerAnswer } from "@counterfoil/contracts/ports"

/** One committed append. */
export interface Commit {
  /** Virtual milliseconds, and the same as the database's time. */
  readonly at: number
  readonly time: Time
  readonly append: Append
  /** The fence that the execution's row had. */
  readonly fence: number
  /** Set under a row's lock alone: what was true when it committed. */
  readonly locked: LockedFacts | null
}

/** What the database knew when a row's lock was taken. */
export interface LockedFacts {
  readonly at: number
  readonly policySetDigest: Digest
  /** Who might review in which role: `human role`. */
  readonly reviewers: ReadonlySet<string>
}

/** One lease that was taken. */
export interface Claimed {
  readonly at: number
  readonly executionId: ExecutionId
  readonly fence: number
  readonly worker: WorkerId
  /** The lease that another worker still held, in virtual milliseconds; null when it was free. */
  readonly heldUntil: number | null
}

/** One lease that a process tried to renew. */
export interface Renewal {
  readonly at: number
  readonly executionId: ExecutionId
  /** Whether the process still held it, by its fence. */
  readonly isHeld: boolean
  /** Whether the renewal answered that the process keeps it. */
  readonly kept: boolean
}

/** One accepted submission: the caller received this execution for this key. */
export interface Accepted {
  readonly key: string
  readonly executionId: ExecutionId
}

/** One activation of a layer's policy, by the name that it gives its text, and the answer that its administrator got. */
export interface Activation {
  readonly name: string
  readonly layer: "tenant" | "freeze"
  heard: HandlerAnswer["kind"] | null
}

/** The claim columns of an execution in the database: when it is due, and until when it is leased. */
export interface Standing {
  wakeAt: number | null
  leaseUntil: number | null
  fence: number
  worker: WorkerId | null
}

/** Everything that was seen. */
export interface Book {
  readonly commits: Commit[]
  readonly claims: Claimed[]
  readonly renewals: Renewal[]
  readonly accepted: Accepted[]
  /** Keys of submissions that the queue acknowledged, or that a living process received: their senders do not send again. */
  readonly handedOver: string[]
  /** Keys that were answered with a final no. */
  readonly refused: string[]
  readonly standing: Map<ExecutionId, Standing>
  /** What processes said that should not happen, in words. */
  readonly troubles: string[]
  /** Reviews that were let through although the person may never review. */
  readonly forbidden: { readonly approvalId: ApprovalId; readonly human: string }[]
  /** Steps that a person resolved wrongly, on purpose. */
  readonly wrong: Set<string>
  /** Activations of policy, in the order of their requests. */
  readonly activations: Activation[]
  /** Every move of the pointer of policy, in order: the names of the texts that each layer had then. */
  readonly moves: { readonly at: number; readonly layers: Readonly<Record<"tenant" | "freeze", string>> }[]
  /** Lines of what happened, for the comparison of two runs of one seed. */
  readonly lines: string[]
}

/** An empty book. */
export const openBook = (): Book => ({
  commits: [],
  claims: [],
  renewals: [],
  accepted: [],
  handedOver: [],
  refused: [],
  standing: new Map(),
  troubles: [],
  forbidden: [],
  wrong: new Set(),
  activations: [],
  moves: [],
  lines: [],
})

/** The fence of a row as the book has it. */
export const fenceOf = (book: Book, executionId: ExecutionId): number =>
  book.standing.get(executionId)?.fence ?? 0

/** A lease that was taken or lengthened. */
export function noteLease(
  book: Book,
  executionId: ExecutionId,
  lease: { readonly fence: Fence; readonly worker: WorkerId | null; readonly until: number | null },
): void {
  const before = book.standing.get(executionId)
  book.standing.set(executionId, {
    wakeAt: before?.wakeAt ?? null,
    fence: lease.fence,
    worker: lease.worker,
    leaseUntil: lease.until,
  })
}
