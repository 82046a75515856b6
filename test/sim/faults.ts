// What may go wrong in a run, and how often: each seed chooses its own subset (swarm testing).
// Owns: the names, the odds, the count of what happened. Does not own: what a fault does where it strikes.
// Source of the method: Groce et al., Swarm Testing (ISSTA 2012): leaving faults out finds more than always having all.

import { diceOf, type Dice } from "../replay/dice.ts"

/** Every fault with the chance that it strikes where it may. */
export const odds = {
  "store.refused": 0.06,
  "store.lostBefore": 0.04,
  "store.lostAfter": 0.05,
  "store.slow": 0.1,
  "store.poisoned": 0.08,
  "bell.lost": 0.5,
  "bell.double": 0.3,
  "bell.late": 0.3,
  "bus.lostAck": 0.4,
  "bus.double": 0.4,
  "bus.reordered": 0.5,
  "handler.timeoutBefore": 0.2,
  "handler.timeoutAfter": 0.25,
  "handler.errorBefore": 0.2,
  "handler.errorAfter": 0.25,
  "handler.slow": 0.12,
  "handler.wrongOutput": 0.08,
  "handler.refused": 0.15,
  "handler.rejected": 0.08,
  "handler.throws": 0.08,
  "provider.forgets": 1,
  "probe.late": 0.5,
  "probe.cannotTell": 0.4,
  "probe.throws": 0.5,
  "clock.drift": 1,
  "clock.jump": 0.5,
  "random.repeats": 0.05,
  "process.crash": 0.012,
  "process.pause": 0.03,
  "process.away": 0.3,
  "people.away": 0.5,
  "people.late": 0.5,
  "people.double": 0.3,
  "people.conflict": 0.2,
  "people.withdraw": 0.3,
  "people.reject": 0.15,
  "people.forbidden": 0.4,
  "people.stale": 0.3,
  "operator.cancel": 0.12,
  "operator.undo": 0.3,
  "operator.pause": 0.25,
  "operator.forgets": 0.5,
  "operator.retry": 0.5,
  "operator.wrong": 0.3,
  "admin.policy": 0.4,
  "admin.role": 0.4,
  // Only in drills: a sender whose message id is taken sends in another way.
  "bus.stolenId": 0,
} as const

/** The name of a fault. */
export type Fault = keyof typeof odds
/** The faults of a drill, with odds of their own. */
export type SpecialOdds = Readonly<Partial<Record<Fault, number>>>
/** Faults that were added later. They come last, because a fault's place chooses its dice: so old seeds keep their meaning. */
const later: ReadonlySet<Fault> = new Set<Fault>(["bus.stolenId"])
const all = (Object.keys(odds) as Fault[]).sort()
/** All names: sorted, then those that came later. */
export const faultNames: readonly Fault[] = [
  ...all.filter((fault) => !later.has(fault)),
  ...all.filter((fault) => later.has(fault)),
]

/** The faults of one run. */
export interface Swarm {
  readonly chosen: ReadonlySet<Fault>
  /** True when the fault strikes here and now; never after `stop`. */
  strikes(fault: Fault): boolean
  /** From now on nothing goes wrong any more. */
  stop(): void
  isOver(): boolean
  /** How often each has struck. */
  readonly struck: ReadonlyMap<Fault, number>
}

/** A subset drawn from the seed: a fault is in it with a chance that is itself drawn, so that some runs meet few and some many. A drill's are always in it. */
export function chooseFaults(dice: Dice, special: SpecialOdds): ReadonlySet<Fault> {
  const density = dice.one([0, 0.1, 0.25, 0.5])
  return new Set(faultNames.filter((fault) => dice.chance(density) || special[fault] !== undefined))
}

/** Opens a swarm; each fault draws from dice of its own, so that leaving one out moves the others little. */
export function openSwarm(seed: number, chosen: ReadonlySet<Fault>, special: SpecialOdds): Swarm {
  const dice = new Map(faultNames.map((fault, index) => [fault, diceOf(seed * 131 + index)]))
  const struck = new Map<Fault, number>()
  let over = false
  return {
    chosen,
    struck,
    isOver: () => over,
    stop: () => {
      over = true
    },
    strikes: (fault) => {
      if (over || !chosen.has(fault) || dice.get(fault)?.chance(special[fault] ?? odds[fault]) !== true)
        return false
      struck.set(fault, (struck.get(fault) ?? 0) + 1)
      return true
    },
  }
}
