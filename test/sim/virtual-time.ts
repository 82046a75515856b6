// Time and order of one simulated run: one thread, one clock, and a seeded choice of what runs next.
// Owns: timers, immediates and clocks of this thread while a run lasts. Does not own: what is scheduled.
// The same seed runs the same continuations in the same order: promises are drained between two events, events of one
// instant run in an order drawn from the seed, and no real clock is read. Only for a thread that does nothing else.

import type { Dice } from "../replay/dice.ts"

const realImmediate = globalThis.setImmediate

/** A virtual clock with its queue of events; times in milliseconds since the start of the run. */
export interface VirtualTime {
  now(): number
  /** Runs something at a later instant; among events of one instant the seed chooses. */
  at(time: number, run: () => void): void
  /** Settles after so many virtual milliseconds. */
  delay(ms: number): Promise<void>
  /** Moves what the wall clock says, not the monotonic one: as a wrong machine clock does. */
  jump(ms: number): void
  /** Runs events until `done` says so or nothing is left; false when nothing was left or the limit of events was reached. */
  run(done: () => boolean): Promise<boolean>
  /** Events run so far. */
  events(): number
}

interface Planned {
  readonly at: number
  readonly draw: number
  readonly number: number
  readonly run: () => void
}

/** What the scheduler may ask of the simulated world. */
export interface Surroundings {
  readonly dice: Dice
  /** The earliest instant after which quiet timers matter: work that is due, a lease that lapses; null for never. */
  nextDue(): number | null
}

/** The wall clock at the start of every run. */
export const startMs = Date.parse("2026-11-21T08:35:00.000Z")

// A worker that finds nothing sleeps this long (its sweep and its look-again): hours of nothing would cost millions of events.
const quietMs = 1_000
// How late a quiet timer may fire while nothing is due; a busy machine fires timers late as well.
const quietLateMsMax = 15_000
const eventsMax = 60_000

let current: Run | null = null

/** Begins a run: from here on, timers and clocks of this thread are virtual. The run before is forgotten with all its timers. */
export function beginVirtualTime(surroundings: Surroundings): VirtualTime {
  install()
  const run = new Run(surroundings)
  current = run
  return run
}

/** A run at work; the globals of the thread speak to the current one. */
class Run implements VirtualTime {
  readonly #surroundings: Surroundings
  readonly #planned: Planned[] = []
  readonly #quiet: Planned[] = []
  readonly #cancelled = new Set<number>()
  #immediates: { readonly number: number; readonly run: () => void }[] = []
  #now = 0
  #skewMs = 0
  #number = 0
  #events = 0

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  now = (): number => this.#now
  wall = (): number => startMs + this.#now + this.#skewMs
  events = (): number => this.#events
  jump = (ms: number): void => {
    this.#skewMs = ms
  }
  delay = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      this.at(this.#now + ms, resolve)
    })

  at = (time: number, run: () => void): void => {
    this.#plan(this.#planned, Math.max(time, this.#now), run)
  }

  timer = (run: () => void, ms: number): number =>
    this.#plan(ms === quietMs ? this.#quiet : this.#planned, this.#now + Math.max(ms, 0), run)

  immediate = (run: () => void): number => {
    this.#number += 1
    this.#immediates.push({ number: this.#number, run })
    return this.#number
  }

  cancel = (number: number): void => {
    this.#cancelled.add(number)
  }

  run = async (done: () => boolean): Promise<boolean> => {
    await drained()
    while (!done()) {
      if (this.#immediates.length > 0) {
        const due = this.#immediates
        this.#immediates = []
        for (const { number, run } of due) if (!this.#cancelled.delete(number)) run()
      } else {
        const next = this.#next()
        if (next === null || this.#events >= eventsMax) return false
        this.#now = Math.max(this.#now, next.at)
        this.#events += 1
        next.run()
      }
      await drained()
    }
    return true
  }

  #plan(queue: Planned[], at: number, run: () => void): number {
    this.#number += 1
    push(queue, { at, draw: this.#surroundings.dice.unit(), number: this.#number, run })
    return this.#number
  }

  #next(): Planned | null {
    for (;;) {
      const queue = this.#sooner()
      const event = queue === null ? null : pop(queue)
      if (event === null) return null
      if (!this.#cancelled.delete(event.number)) return event
    }
  }

  // A quiet timer waits for the next event or the next due work, whichever comes first, but not for ever.
  #sooner(): Planned[] | null {
    const [loud] = this.#planned
    const [quiet] = this.#quiet
    if (quiet === undefined) return loud === undefined ? null : this.#planned
    const due = this.#surroundings.nextDue() ?? Number.POSITIVE_INFINITY
    const late = Math.max(quiet.at, Math.min(due, quiet.at + quietLateMsMax))
    if (loud !== undefined && loud.at <= late) return this.#planned
    this.#now = Math.max(this.#now, late)
    return this.#quiet
  }
}

// Every promise that can go on has gone on when the tick after it comes.
const drained = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

/** Lets messages of the thread through between two runs. */
export const breathe = (): Promise<void> => new Promise((resolve) => realImmediate(() => resolve()))

let installed = false

function install(): void {
  if (installed) return
  installed = true
  const run = (): Run => {
    if (current === null) throw new Error("no run has begun")
    return current
  }
  const globals = {
    setTimeout: (callback: (...given: readonly unknown[]) => void, ms = 0, ...given: readonly unknown[]) =>
      run().timer(() => callback(...given), ms),
    clearTimeout: (number: number | undefined) => {
      if (number !== undefined) run().cancel(number)
    },
    setImmediate: (callback: (...given: readonly unknown[]) => void, ...given: readonly unknown[]) =>
      run().immediate(() => callback(...given)),
    clearImmediate: (number: number | undefined) => {
      if (number !== undefined) run().cancel(number)
    },
  }
  Object.assign(globalThis, globals)
  Object.defineProperty(globalThis.performance, "now", { value: () => run().now() })
  Object.defineProperty(globalThis.Date, "now", { value: () => run().wall() })
}

// A binary heap, smallest first: by time, then by the draw, then by age.
const before = (a: Planned, b: Planned): boolean =>
  a.at !== b.at ? a.at < b.at : a.draw !== b.draw ? a.draw < b.draw : a.number < b.number

function push(heap: Planned[], event: Planned): void {
  let place = heap.push(event) - 1
  while (place > 0) {
    const above = (place - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !before(event, parent)) break
    heap[place] = parent
    place = above
  }
  heap[place] = event
}

function pop(heap: Planned[]): Planned | null {
  const [first] = heap
  const last = heap.pop()
  if (first === undefined || last === undefined) return null
  if (heap.length === 0) return first
  let place = 0
  for (;;) {
    const left = heap[2 * place + 1]
    const right = heap[2 * place + 2]
    const child = right !== undefined && left !== undefined && before(right, left) ? right : left
    if (child === undefined || !before(child, last)) break
    heap[place] = child
    place = child === left ? 2 * place + 1 : 2 * place + 2
  }
  heap[place] = last
  return first
}
