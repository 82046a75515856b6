// The event relay: the log of the store goes out to the bus, in order, by one relay at a time.
// Owns: the loop, the turn, going on after any failure. Does not own: what an event says (bus-event.ts), who reads it.
// Keeps INV-07 (order and hash of what is published are the log's) and INV-14 (publish, then move the cursor; a crash
// between both is seen at the end of the stream, and nothing is sent twice or left out).

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

/** What a relay tells: its turn, and what went wrong. How far it is behind is read from its log. */
export type RelayEvent =
  | { readonly name: "turn"; readonly mine: boolean }
  | { readonly name: "refill"; readonly fromLogIndex: number }
  | { readonly name: "failed"; readonly error: unknown }

/** What a relay works with. */
export interface RelayWorld {
  readonly bus: Pick<Bus, "end" | "publish">
  readonly log: RelayLog
  /** This relay, as the cursor's lease names it. */
  readonly holder: WorkerId
  /** Calls back when something was appended, as a hint; returns how to stop listening. */
  readonly listen: (heard: () => void) => () => void
  readonly tell: (event: RelayEvent) => void
  /** Whether the event of an entry carries its data. */
  readonly showsData: ShowsData
  readonly addressOf: ContractAddress
}

/** A relay at work, or ready to take over. */
export interface Relay {
  /** Degraded: the last round failed, or events are more than `behindSecondsMax` behind. */
  look(): "ok" | "degraded"
  /** Stops after the publish under way and gives the turn back. */
  close(): Promise<void>
}

/** After this long without a word another relay takes over; a publish gets half of it. */
const leaseSeconds = 15
const renewMs = 5_000
/** A lease this old is not published under: the answer could come after its end. */
const publishUntilMs = 8_000
/** How often the log is looked at when no doorbell rings. */
const sweepMs = 250
/** How often an idle relay asks whether the stream still ends where it left it, and everyone measures the lag. */
const lookMs = 5_000
const appendsMax = 128
const firstPauseMs = 100
const longestPauseMs = 5_000
const behindSecondsMax = 10
/** As long as the stream keeps events: what is older would expire at once. */
const refillDays = 7

/** Starts a relay. It publishes while it has the turn, waits for the turn otherwise, and never gives up. */
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

/** From taking the turn until it is lost or given back; a sweep's pause when somebody else has it. */
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
    // Not given back, it lapses; a store that is away hears of it no other way.
    await log.release(turn).catch((error: unknown) => {
      if (!closing.aborted) tell({ name: "failed", error })
    })
  }
}

/** Publishes until the turn is lost or the relay closes. Throws what the log and the bus throw. */
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
        // Refused where the stream does end, as for a missing right: asking again at once would not help.
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

/** Where to go on, by what the stream holds last. */
async function standing({ bus, log, tell }: Round, cursor: RelayCursor): Promise<RelayCursor> {
  const end = await bus.end()
  const found = end.last === null ? null : await log.find(end.last.position)
  const place = standingOf(cursor, end, found)
  switch (place.kind) {
    case "at":
      return place.cursor
    case "refill": {
      const logIndex = await log.before(refillDays)
      // The first stream of an installation is no loss.
      if (cursor.stream !== null) tell({ name: "refill", fromLogIndex: logIndex })
      return { logIndex, position: 0, stream: place.stream, number: place.number }
    }
    default:
      return assertNever(place)
  }
}

/** Runs at most once in so many milliseconds, however often it is asked. */
function every(ms: number, run: () => Promise<void>): () => Promise<void> {
  let ranAt = -Infinity
  return async () => {
    if (performance.now() - ranAt < ms) return
    ranAt = performance.now()
    await run()
  }
}
