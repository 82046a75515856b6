// Durable submissions: takes each from the queue, calls the gate, and settles the message once the answer is durable.
// Owns: when a message is acknowledged, redelivered or quarantined. Does not own: reading it (read-submission.ts), the queue.
// Keeps INV-03 (the gate recognizes a repeated key, so a redelivery makes no second execution) and INV-14 (a message is acknowledged
// after the commit; one that did not become an intent is stored in the quarantine).

import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { intentSubmit, type ErrorCode, type Problem } from "@counterfoil/contracts"
import {
  BusUnavailable,
  StoreUnavailable,
  type Bus,
  type Clock,
  type Directory,
  type Quarantine,
  type QuarantineReason,
  type Random,
  type Submission,
} from "@counterfoil/contracts/ports"
import { readBody } from "../entrance/read-body.ts"
import { openRateLimit, type RateLimit } from "../entrance/rate-limit.ts"
import { traceIdOf, type Caller, type CallAnswer, type Gate } from "@counterfoil/gate"
import { doublingPauses, evenPauses, keepTrying } from "../outbound/keep-trying.ts"
import { readSubmission } from "./read-submission.ts"

/** The result of a message: an intent, postponed, or quarantined with its reason and code; or the bus was unreachable. */
export type SubmitEvent =
  | { readonly name: "accepted" }
  | { readonly name: "postponed"; readonly code: ErrorCode }
  | {
      readonly name: "quarantined"
      readonly reason: QuarantineReason
      readonly code: ErrorCode | null
      readonly messageId: string
    }
  /** Messages that the quarantine counts and does not store: the oldest of too many, or one of a sender that sends too often. */
  | { readonly name: "dropped"; readonly because: "room" | "rate"; readonly count: number }
  | { readonly name: "failed"; readonly error: unknown }

/** What the consumer needs. */
interface SubmitWorld {
  readonly bus: Pick<Bus, "take">
  readonly gate: Gate
  readonly quarantine: Quarantine
  readonly directory: Directory
  readonly clock: Clock
  readonly random: Random
  readonly tell: (event: SubmitEvent) => void
}

/** A running consumer. */
export interface SubmitConsumer {
  /** Degraded: the last read of the queue failed. */
  look(): "ok" | "degraded"
  /** Takes no more messages, and settles those under way. */
  close(): Promise<void>
}

/** Messages under way at once: it bounds the bodies in memory, and is how many appends can share a commit. */
const hands = 16
/** How often the time to settle (30 s) is extended: often enough that one lost extension does no harm. */
const workingMs = 10_000
/** A message that was delivered this often without an acknowledgement is quarantined: it may be what crashes the process. */
const deliveriesMax = 5
const bodyKeptMax = 64 * 1024
/** The length to which a name from outside is cut; valid names are shorter. */
const nameMax = 200
const longestDelayMs = 60_000
const firstPauseMs = 100
const longestPauseMs = 5_000
const lookMs = 1_000
const quarantineDays = 7
/** Messages of one sender that are quarantined in a minute. All senders of a tenant without a valid token count as one sender. */
const asidePerMinute = 60
/** The limit for all senders without a valid token together, in all tenants that they name. */
const strangersPerMinute = 300
const sendersMax = 10_000
const expireEveryMs = 3_600_000

/** Starts taking submissions; keeps retrying while the bus is unreachable. */
export function startSubmitConsumer(world: SubmitWorld): SubmitConsumer {
  const closing = new AbortController()
  let failing = false
  const hand: Hand = { ...world, closing: closing.signal, isTooOften: openAsideRate() }
  const one = keepTrying({
    attempt: async () => {
      const submission = await world.bus.take()
      if (submission !== null) await settled(hand, submission)
      failing = false
    },
    failed: (error) => {
      if (!failing) world.tell({ name: "failed", error })
      failing = true
    },
    pauses: doublingPauses(firstPauseMs, longestPauseMs),
  })
  const expire = (): void => {
    world.quarantine.expire(quarantineDays).catch((error: unknown) => world.tell({ name: "failed", error }))
  }
  expire()
  const expiring = setInterval(expire, expireEveryMs).unref()
  const working = Array.from({ length: hands }, () => Effect.runFork(Effect.forever(one)))
  return {
    look: () => (failing ? "degraded" : "ok"),
    close: async () => {
      closing.abort()
      clearInterval(expiring)
      await Effect.runPromise(Fiber.interruptAll(working))
    },
  }
}

interface Hand extends SubmitWorld {
  readonly closing: AbortSignal
  /** Counts one more message to quarantine; true when its sender is above the limit. */
  readonly isTooOften: (tenant: string, caller: Caller | null) => boolean
}

/** A quarantined message costs a row of up to 64 KiB, and a sender needs no right to have its messages refused. */
function openAsideRate(): Hand["isTooOften"] {
  const nowMs = (): number => performance.now()
  const limit = (max: number, keysMax: number): RateLimit =>
    openRateLimit({ max, spanMs: 60_000, keysMax, nowMs })
  const [each, strangers] = [limit(asidePerMinute, sendersMax), limit(strangersPerMinute, 1)]
  return (tenant, caller) => {
    if (caller !== null) return each(JSON.stringify([caller.tenant, caller.principal])) !== null
    // Each limit counts the message, even when the other one refuses it.
    const [mine, all] = [each(JSON.stringify([tenant])), strangers("")]
    return mine !== null || all !== null
  }
}

/** Handles and settles one message. Throws when the bus could not be notified; then the message is redelivered. */
async function settled(hand: Hand, submission: Submission): Promise<void> {
  const alive = setInterval(() => submission.working(), workingMs)
  try {
    await handled(hand, submission)
  } finally {
    clearInterval(alive)
  }
}

async function handled(hand: Hand, submission: Submission): Promise<void> {
  const { quarantine, tell } = hand
  let begun = false
  let ended = false
  try {
    // The first delivery is not recorded, so a message needs a write of its own only when it is redelivered.
    if (submission.deliveries > 1) {
      const tries = await quarantine.begin(submission.messageId)
      begun = true
      if (tries >= deliveriesMax - 1) {
        await putAside(hand, submission, { reason: "poison", caller: null, problem: null })
        ended = true
        return
      }
    }
    const read = await readSubmission(submission, hand)
    const traceId = traceIdOf(submission.traceparent ?? undefined, hand.random)
    if (!read.ok) {
      const { reason, caller, refusal } = read.error
      await putAside(hand, submission, { reason, caller, problem: refusal.problem(traceId) })
      ended = true
      return
    }
    const { caller, input } = read.value
    const call = { caller, contract: intentSubmit.ref, input, waitMs: 0, signal: hand.closing, traceId }
    ended = await answered(hand, submission, caller, await hand.gate.call(call))
  } catch (error) {
    // Not settled, so the server redelivers it.
    if (error instanceof BusUnavailable) throw error
    tell({ name: "failed", error })
    if (begun && error instanceof StoreUnavailable) await forgiven(hand, submission)
    await submission.nak(delayMs(submission))
  } finally {
    // Delete the count of a message that will not be redelivered; otherwise it would be kept for days.
    if (begun && ended)
      await quarantine.forget(submission.messageId).catch((error: unknown) => tell({ name: "failed", error }))
  }
}

/** Settles a message by the gate's answer; true when it will not be delivered again. */
async function answered(
  hand: Hand,
  submission: Submission,
  caller: Caller,
  answer: CallAnswer,
): Promise<boolean> {
  if (answer.kind === "answer") {
    hand.tell({ name: "accepted" })
    await submission.ack()
    return true
  }
  const { problem, retryAfterSeconds } = answer
  switch (problem.actor) {
    case "caller":
    case "operator":
      await putAside(hand, submission, { reason: "refused", caller, problem })
      return true
    case "retry":
      if (submission.deliveries > 1) await forgiven(hand, submission)
      hand.tell({ name: "postponed", code: problem.code })
      await submission.nak(Math.max(delayMs(submission), (retryAfterSeconds ?? 0) * 1_000))
      return false
    case "bug":
      // Counted, so that a message that fails every time is quarantined.
      hand.tell({ name: "postponed", code: problem.code })
      await submission.nak(delayMs(submission))
      return false
  }
}

/** An attempt that ended in "not now" must not count against the message; this is recorded before the message is returned, however long it takes. */
async function forgiven({ quarantine, closing }: Hand, submission: Submission): Promise<void> {
  const forgiving = keepTrying({
    attempt: () => quarantine.forgive(submission.messageId),
    // The store is unreachable, which is the reason for "not now".
    failed: () => undefined,
    pauses: evenPauses(lookMs),
  })
  // Closing ends the wait for the store.
  await Effect.runPromiseExit(forgiving, { signal: closing })
}

interface Aside {
  readonly reason: QuarantineReason
  readonly caller: Caller | null
  readonly problem: Problem | null
}

/** Quarantines a message, or counts it there, and only then removes it from the queue. */
async function putAside(hand: Hand, submission: Submission, aside: Aside): Promise<void> {
  const { quarantine, tell } = hand
  const { reason, caller, problem } = aside
  const { messageId, deliveries, body } = submission
  const tenant = nameKept(submission.tenant)
  const key = submission.key ?? keyIn(body) ?? submission.messageKey
  const principal = caller?.tenant === tenant ? caller.principal : null
  if (hand.isTooOften(tenant, caller)) {
    await quarantine.skip({ tenant, principal })
    tell({ name: "dropped", because: "rate", count: 1 })
    return reason === "refused" ? submission.ack() : submission.term()
  }
  const dropped = await quarantine.keep({
    tenant,
    messageId,
    reason,
    principal,
    key: key === null ? null : nameKept(key),
    problem,
    deliveries,
    body: body.subarray(0, bodyKeptMax),
    bodyBytes: body.length,
  })
  tell({ name: "quarantined", reason, code: problem?.code ?? null, messageId })
  if (dropped > 0) tell({ name: "dropped", because: "room", count: dropped })
  await (reason === "refused" ? submission.ack() : submission.term())
}

/** A name from outside, cut to its limit, with only characters that every table accepts. */
const nameKept = (name: string): string =>
  name
    .slice(0, nameMax)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, "\ufffd")

/** The key in a body, if it can be read. */
function keyIn(body: Uint8Array): string | null {
  const read = readBody(body)
  const key =
    read.ok && typeof read.value === "object"
      ? Object.entries(read.value ?? {}).find(([name]) => name === "key")
      : undefined
  return typeof key?.[1] === "string" ? key[1] : null
}

/** The delay before a redelivery: half a second, doubled with each delivery. */
const delayMs = ({ deliveries }: Submission): number =>
  Math.min(longestDelayMs, 250 * 2 ** Math.min(deliveries, 10))
