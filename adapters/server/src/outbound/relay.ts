// The event relay: publishes the log of the store to the bus, in order; one relay is active at a time.
// Owns: the loop, the turn, recovery from any failure. Does not own: the form of an event (bus-event.ts), nor its readers.
// Keeps INV-07 (events have the order and the hashes of the log) and INV-14 (publish, then move the cursor; after a crash
// in between, the end of the stream shows what was published, so no event is sent twice or left out).

import { assertNever, type WorkerId } from "@counterfoil/contracts"
import {
  BusUnavailable,
  type Bus,
  type BusEvent,
  type RelayCursor,
  type RelayLog,
  type RelayTurn,
  type SequencedEntry,
} from "@counterfoil/contracts/ports"
import type { ShowsData } from "@counterfoil/gate"
import type { ContractAddress } from "./contract-address.ts"
import { openWake } from "./wake.ts"
import { busEventOf } from "./bus-event.ts"
import { advanced, standingOf, unpublished } from "./relay-cursor.ts"

/** What a relay reports: its turn, and failures. Its lag is read from the log. */
export type RelayEvent =
  | { readonly name: "turn"; readonly mine: boolean }
  | { readonly name: "refill"; readonly fromLogIndex: number }
  | { readonly name: "failed"; readonly error: unknown }

/** What a relay works with. */
interface RelayWorld {
  readonly bus: Pick<Bus, "end" | "publish">
  readonly log: RelayLog
  /** The name of this relay in the cursor's lease. */
  readonly holder: WorkerId
  /** Calls back after an append, as a hint; returns the function that stops it. */
  readonly listen: (heard: () => void) => () => void
  readonly tell: (event: RelayEvent) => void
  /** Whether the event of an entry carries its data. */
  readonly showsData: ShowsData
  readonly addressOf: ContractAddress
}

/** A relay that publishes or is ready to take over. */
export interface Relay {
  /** Degraded: the last round failed, or events are more than `behindSecondsMax` behind. */
  look(): "ok" | "degraded"
  /** Stops after the current publish and releases the turn. */
  close(): Promise<void>
}

/** When the lease was not renewed for this long, another relay takes over; a publish may take half of it. */
const leaseSeconds = 15
const renewMs = 5_000
/** No publish starts under a lease this old: the answer could come after the lease has ended. */
const publishUntilMs = 8_000
/** How often the log is read when no doorbell rings. */
const sweepMs = 250
/** How often an idle relay checks that the stream still ends where it left it, and how often every relay measures the lag. */
const lookMs = 5_000
const appendsMax = 128
const firstPauseMs = 100
const longestPauseMs = 5_000
const behindSecondsMax = 10
/** As long as the stream keeps events: older ones would expire at once. */
const refillDays = 7

/** Starts a relay. It publishes while it has the turn, waits for the turn otherwise, and goes on after any failure. */
export function startRelay(world: RelayWorld): Relay {
  const closing = new AbortController()
  const wake = openWake()
  const silence = world.listen(wake.wake)
  let failing = false
  let behind = 0
  const round: Round = {
    ...world,
    closing: closing.signal,
    pause: (ms) => wake.pause(ms),
    measured: every(lookMs, async () => {
      behind = (await world.log.lag()).seconds
    }),
    worked: () => {
      failing = false
    },
  }
  const run = async (): Promise<void> => {
    let pauseMs = firstPauseMs
    while (!closing.signal.aborted) {
      try {
        await oneTurn(round)
        pauseMs = firstPauseMs
      } catch (error) {
        failing = true
        world.tell({ name: "failed", error })
        await wake.pause(pauseMs)
        pauseMs = Math.min(longestPauseMs, pauseMs * 2)
      }
    }
  }
  const running = run()
  return {
    look: () => (failing || behind > behindSecondsMax ? "degraded" : "ok"),
    close: async () => {
      closing.abort()
      wake.wake()
      await running
      silence()
    },
  }
}

interface Round extends RelayWorld {
  readonly closing: AbortSignal
  readonly pause: (ms: number) => Promise<void>
  readonly measured: () => Promise<void>
  readonly worked: () => void
}

/** Takes the turn and publishes until the turn is lost or released; pauses for one sweep when another relay has the turn. */
async function oneTurn(round: Round): Promise<void> {
  const { log, holder, tell, closing } = round
  await round.measured()
  const askedAt = performance.now()
  const turn = await log.take(holder, leaseSeconds)
  if (turn === null) {
    round.worked()
    return round.pause(sweepMs)
  }
  tell({ name: "turn", mine: true })
  try {
    await relayWhileMine(round, turn, askedAt)
  } finally {
    tell({ name: "turn", mine: false })
    // While the store is unreachable the turn cannot be released; its lease ends by itself.
    await log.release(turn).catch((error: unknown) => {
      if (!closing.aborted) tell({ name: "failed", error })
    })
  }
}

/** Publishes until the turn is lost or the relay closes. Throws the errors of the log and the bus. */
async function relayWhileMine(round: Round, turn: RelayTurn, takenAt: number): Promise<void> {
  const { bus, log, closing } = round
  let heldSince = takenAt
  let cursor = await standing(round, turn.cursor)
  const moveTo = async (next: RelayCursor): Promise<boolean> => {
    const askedAt = performance.now()
    const mine = await log.move(turn, next, leaseSeconds)
    heldSince = askedAt
    cursor = next
    return mine
  }
  let lookedAt = performance.now()
  while (!closing.aborted) {
    await round.measured()
    const appends = await log.read(cursor.logIndex, appendsMax)
    const entries = unpublished(cursor, appends)
    if (entries.length === 0 && performance.now() - lookedAt >= lookMs) {
      cursor = await standing(round, cursor)
      lookedAt = performance.now()
    } else if (entries.length === 0) await round.pause(sweepMs)
    else if (performance.now() - heldSince < publishUntilMs) {
      const stored = await bus.publish(cursor.number, await eventsOf(round, entries))
      if (!(await moveTo(advanced(cursor, appends, stored)))) return
      if (stored < entries.length) {
        const place = await standing(round, cursor)
        // The publish was refused although the stream ends where expected, for example for a missing right: an immediate retry would not help.
        if (stored === 0 && place.position === cursor.position && place.number === cursor.number)
          throw new BusUnavailable("the bus stores nothing")
        cursor = place
        lookedAt = performance.now()
      }
    }
    if (performance.now() - heldSince >= renewMs && !(await moveTo(cursor))) return
    round.worked()
  }
}

const eventsOf = (
  { showsData, addressOf }: Round,
  entries: readonly SequencedEntry[],
): Promise<readonly BusEvent[]> =>
  Promise.all(
    entries.map(async (each) => busEventOf(each, { showsData: await showsData(each.entry), addressOf })),
  )

/** Where to resume, by the last event of the stream. */
async function standing({ bus, log, tell }: Round, cursor: RelayCursor): Promise<RelayCursor> {
  const end = await bus.end()
  const found = end.last === null ? null : await log.find(end.last.position)
  const place = standingOf(cursor, end, found)
  switch (place.kind) {
    case "at":
      return place.cursor
    case "refill": {
      const logIndex = await log.before(refillDays)
      // The first stream of an installation is not a lost one, so it is not reported.
      if (cursor.stream !== null) tell({ name: "refill", fromLogIndex: logIndex })
      return { logIndex, position: 0, stream: place.stream, number: place.number }
    }
    default:
      return assertNever(place)
  }
}

/** Runs at most once in `ms` milliseconds, no matter how often it is called. */
function every(ms: number, run: () => Promise<void>): () => Promise<void> {
  let ranAt = -Infinity
  return async () => {
    if (performance.now() - ranAt < ms) return
    ranAt = performance.now()
    await run()
  }
}
