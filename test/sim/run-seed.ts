// One run: a control plane, its database, its outside and its people from one number, until everything is quiet.
// Owns: the course of a run. Does not own: its parts, nor what is checked afterwards (check/).

import type { ExecutionId } from "@counterfoil/contracts"
import { everyExecution, type ExecutionRow } from "@counterfoil/contracts/ports"
import { diceOf } from "../replay/dice.ts"
import { environment, tenant } from "../replay/world.ts"
import { openBells } from "./bells.ts"
import { openBook, type Book } from "./book.ts"
import { policySets, policySource, policyVersions } from "./contracts.ts"
import { openDatabase, type Database } from "./database.ts"
import { drillOf } from "./drills.ts"
import { chooseFaults, openSwarm, type Fault } from "./faults.ts"
import { openOutside, type Outside } from "./outside.ts"
import { governOnce } from "./administrators.ts"
import { steerOnce } from "./operators.ts"
import { reviewOnce, submitWish, type Scene, type Wish } from "./people.ts"
import { startProcess, type Process, type Shared } from "./process.ts"
import { openStream } from "./stream.ts"
import { settleTown } from "./town.ts"
import { beginVirtualTime, type VirtualTime } from "./virtual-time.ts"
import { drawWishes } from "./wishes.ts"

/** A seed, and what a shrunk case leaves out of what it would choose. */
export interface Case {
  readonly seed: number
  readonly without: readonly Fault[]
  readonly wishesMax: number
}

/** Everything that a run left behind. */
export interface Facts {
  readonly chosen: ReadonlySet<Fault>
  readonly struck: ReadonlyMap<Fault, number>
  readonly wishes: readonly Wish[]
  readonly book: Book
  readonly outside: Outside
  readonly database: Database
  readonly rows: readonly ExecutionRow[]
  /** When faults were stopped, when the last execution closed, and whether all did. */
  readonly calmAt: number
  readonly endedAt: number
  readonly closed: boolean
  readonly events: number
}

/** How long after the last change an execution may stay open when no more faults happen. */
export const closesWithinMs = 120_000
const runMsMax = 2_400_000

/** Runs one case from its beginning to quiet. */
export async function runSeed({ seed, without, wishesMax }: Case): Promise<Facts> {
  const dice = diceOf(seed)
  const drill = drillOf(seed)
  const special = drill?.odds ?? {}
  const chosen = new Set(
    [...chooseFaults(diceOf(seed + 1_000_003), special)].filter((fault) => !without.includes(fault)),
  )
  const swarm = openSwarm(seed, chosen, special)
  const book = openBook()
  const time = beginVirtualTime({ dice: diceOf(seed + 7_000_001), nextDue: () => nextDue(book, time) })
  const townHall: { reviewersNow: () => ReadonlySet<string> } = { reviewersNow: () => new Set() }
  const database = openDatabase({
    environment,
    time,
    swarm,
    book,
    reviewersNow: () => townHall.reviewersNow(),
  })
  const outside = openOutside(time, swarm)
  const shared: Shared = {
    environment,
    time,
    swarm,
    book,
    database,
    outside,
    bells: openBells(time, swarm, diceOf(seed + 11)),
    stream: openStream(time, diceOf(seed + 13)),
  }
  const [set] = policySets
  const [first] = policyVersions
  if (set !== undefined && first !== undefined)
    await database.direct.activatePolicy(tenant, {
      from: null,
      digest: set.digest,
      source: policySource(first),
    })
  const town = await settleTown(database, time, book)
  townHall.reviewersNow = () => town.reviewersNow()
  const fleet = openFleet(shared, seed, drill?.processes ?? null)
  const scene: Scene = {
    time,
    swarm,
    dice: diceOf(seed + 29),
    book,
    database,
    outside,
    stream: shared.stream,
    town,
    folded: new Map(),
    anyProcess: () => fleet.any(),
    revive: () => fleet.revive(),
  }
  const wishes = drawWishes(diceOf(seed + 41), drill?.asks ?? null).slice(0, wishesMax)
  const troubledMs = drill?.troubledMs ?? dice.one([20_000, 60_000, 60_000, 400_000])
  const course = play(scene, wishes, troubledMs, (ms) => time.jump(ms))
  let outcome: Awaited<typeof course> | null = null
  course.then(
    (ended) => {
      outcome = ended
    },
    (error: unknown) => {
      book.troubles.push(
        `the course of the run broke: ${String(error instanceof Error ? error.stack : error)}`,
      )
      outcome = { calmAt: 0, endedAt: 0, closed: false }
    },
  )
  await time.run(() => outcome !== null)
  const { calmAt, endedAt, closed } = outcome ?? { calmAt: 0, endedAt: time.now(), closed: false }
  return {
    chosen,
    struck: swarm.struck,
    wishes,
    book,
    outside,
    database,
    rows: await rowsOf(database),
    calmAt,
    endedAt,
    closed,
    events: time.events(),
  }
}

/** The processes of a run: two that work and answer, sometimes one that only answers; the dead come back with empty memory. */
interface Fleet {
  /** One that answers; null while all are dead. */
  any(): Process | null
  /** Starts every process that is still down. */
  revive(): void
}

function openFleet(shared: Shared, seed: number, wanted: number | null): Fleet {
  const { time, swarm } = shared
  const dice = diceOf(seed + 53)
  const processes = new Map<number, Process>()
  const lives = new Map<number, number>()
  const start = (place: number, life: number): void => {
    // A process that was revived before its time came is not started twice.
    if ((lives.get(place) ?? -1) >= life) return
    lives.set(place, life)
    const process = startProcess(
      shared,
      `process-${place}.${life}`,
      diceOf(seed * 17 + place * 1_009 + life * 31),
      {
        hasWorker: place < 2,
        died: () => {
          const away = swarm.strikes("process.away") ? dice.below(240_000) : dice.below(3_000)
          time.at(time.now() + away, () => start(place, life + 1))
        },
      },
    )
    processes.set(place, process)
  }
  const count = wanted ?? dice.one([1, 2, 2, 3])
  for (let place = 0; place < count; place += 1) start(place, 0)
  return {
    any: () => {
      const alive = [...processes.values()].filter(({ host }) => host.isAlive())
      return alive.length === 0 ? null : dice.one(alive)
    },
    revive: () => {
      for (const [place, { host }] of processes)
        if (!host.isAlive()) start(place, (lives.get(place) ?? 0) + 1)
    },
  }
}

/** First with faults and whims, then with none, until all is closed or nothing has moved for too long. */
async function play(
  scene: Scene,
  wishes: readonly Wish[],
  troubledMs: number,
  jump: (ms: number) => void,
): Promise<{ readonly calmAt: number; readonly endedAt: number; readonly closed: boolean }> {
  const { time, swarm, dice, book, database, town } = scene
  const delivered = wishes.map((wish) => submitWish(scene, wish))
  const whims = async (): Promise<void> => {
    const whimEveryMs = troubledMs / 10
    while (time.now() < troubledMs) {
      await time.delay(500 + dice.below(whimEveryMs))
      if (swarm.strikes("clock.jump")) jump(dice.one([-3_600_000, 3_600_000]))
      await governOnce(scene)
      const ids = [...book.standing.keys()]
      if (ids.length > 0) await steerOnce(scene, dice.one(ids), false)
      if (dice.chance(0.8)) await reviewOnce(scene, false)
    }
  }
  await Promise.race([Promise.all([whims(), whims()]), time.delay(troubledMs + 60_000)])
  swarm.stop()
  scene.revive()
  const calmAt = time.now()
  for (const name of ["ana", "ben", "cleo", "eve"] as const) await town.setReviewing(name, true)
  await Promise.all(delivered)
  for (;;) {
    const rows = await rowsOf(database)
    const open = rows.filter(({ endedAt }) => endedAt === null)
    if (open.length === 0 && rows.length > 0) return { calmAt, endedAt: time.now(), closed: true }
    const moved = Math.max(
      calmAt,
      ...book.commits.map(({ at }) => at),
      ...open.map((row) => waitsUntil(book, row.executionId, time)),
    )
    if (time.now() - moved > closesWithinMs || time.now() > calmAt + runMsMax)
      return { calmAt, endedAt: time.now(), closed: false }
    await reviewOnce(scene, true)
    for (const { executionId } of open) await steerOnce(scene, executionId, true)
    await time.delay(2_000)
  }
}

// A wait that was promised, such as a time-out, a back-off or a grace, is not a delay.
const waitsUntil = (book: Book, executionId: ExecutionId, time: VirtualTime): number =>
  Math.min(book.standing.get(executionId)?.wakeAt ?? 0, time.now() + 1)

async function rowsOf({ direct }: Database): Promise<readonly ExecutionRow[]> {
  return (await direct.executions({ ...everyExecution, tenant }, null, 100)).items
}

/** The earliest time at which a sleeping worker would find something. */
function nextDue(book: Book, time: VirtualTime): number | null {
  let next: number | null = null
  for (const { wakeAt, leaseUntil } of book.standing.values()) {
    if (wakeAt === null) continue
    const due =
      leaseUntil !== null && leaseUntil > time.now() ? (wakeAt > time.now() ? wakeAt : leaseUntil) : wakeAt
    if (next === null || due < next) next = due
  }
  return next
}
