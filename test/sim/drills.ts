// Drills: a state and the faults that must meet in it, made likely on a share of the seeds.
// Owns: which meetings there are, and which seed has one. Does not own: what a fault does where it strikes.
// Chance alone brings such a meeting about once in thousands of seeds; a run is as long in virtual time as its meeting needs.

import type { Json } from "@counterfoil/contracts"
import { diceOf } from "../replay/dice.ts"
import { callables } from "./contracts.ts"
import type { SpecialOdds } from "./faults.ts"

/** One drill: its first request, and the probability of its faults. */
export interface Drill {
  readonly asks: Json
  readonly odds: SpecialOdds
  readonly troubledMs: number
  readonly processes: number
}

const forgetful = {
  "handler.timeoutAfter": 0.6,
  "process.crash": 0.06,
  "process.away": 1,
} as const

const drills: readonly Drill[] = [
  // A keyed step of unknown outcome is left alone until its provider forgets the key.
  {
    asks: { contract: callables.pay.ref, input: { amount: 5 } },
    odds: { ...forgetful, "provider.forgets": 1 },
    troubledMs: 400_000,
    processes: 1,
  },
  // A step of unknown outcome is left alone until the rules have changed.
  {
    asks: { contract: callables.put.ref, input: { amount: 4_000 } },
    odds: { ...forgetful, "admin.policy": 0.6 },
    troubledMs: 400_000,
    processes: 1,
  },
  // A booking that happened is lost on its way back, and looked for with a search that breaks, or while it is paused.
  {
    asks: { contract: callables.book.ref, input: { amount: 5 } },
    odds: { "handler.timeoutAfter": 0.6, "probe.throws": 0.5, "probe.late": 0.5, "operator.pause": 0.5 },
    troubledMs: 60_000,
    processes: 2,
  },
  // An execution stays paused while its request escalates, or while the grace of its approval ends.
  {
    asks: { contract: callables.put.ref, input: { amount: 500 } },
    odds: { "people.away": 0.93, "operator.pause": 1, "operator.forgets": 1 },
    troubledMs: 330_000,
    processes: 2,
  },
  // A process is suspended until another has taken its work, and comes back to start a step.
  {
    asks: { contract: callables.send.ref, input: { amount: 5 } },
    odds: { "process.pause": 0.15 },
    troubledMs: 60_000,
    processes: 2,
  },
  // Another agent takes the message id of a submission a moment before it is sent, and processes die.
  {
    asks: { contract: callables.pay.ref, input: { amount: 5 } },
    odds: { "bus.stolenId": 1, "process.crash": 0.02 },
    troubledMs: 20_000,
    processes: 2,
  },
]
/** Of so many seeds one has a certain drill. */
const share = 16

/** The drill of a seed; most have none. */
export const drillOf = (seed: number): Drill | null => drills[diceOf(seed + 2_000_003).below(share)] ?? null
