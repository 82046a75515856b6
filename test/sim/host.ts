// A simulated process: it can die or be suspended at any await, and its memory is lost with it.
// Owns: reaching the database and the outside, with latency, pauses and deaths. Does not own: what runs in it (process.ts).
// A dead process never receives an answer again: its promises stay open, and nothing that it still computes has an effect.

import { StoreUnavailable } from "@counterfoil/contracts/ports"
import type { Dice } from "../replay/dice.ts"
import type { Swarm } from "./faults.ts"
import type { VirtualTime } from "./virtual-time.ts"

/** One process as the machine sees it. */
export interface Host {
  readonly name: string
  isAlive(): boolean
  kill(): void
  /** Sends something to the database, runs it there, and receives the answer. */
  reach<T>(what: string, run: () => Promise<T>): Promise<T>
  /** A moment inside a transaction; throws when the session ended meanwhile. */
  hold(): Promise<void>
  /** Calls the outside: the process may die before the first byte, or before it receives the answer. */
  call<T>(run: () => Promise<T>): Promise<T>
}

/** How long a process is suspended, at most: longer than its lease. */
const pauseMsMax = 60_000
// Between the last check and the first byte no protocol helps: the stated residual risk begins at skew + grace (7 s).
const pauseBeforeCallMsMax = 6_000
// The server ends a session that holds a lock and is silent.
const idleInTransactionMs = 5_000

/** Opens a process; `died` is called once. */
export function openHost(
  name: string,
  parts: {
    readonly time: VirtualTime
    readonly swarm: Swarm
    readonly dice: Dice
    readonly died: (at: string) => void
  },
): Host {
  const { time, swarm, dice, died } = parts
  let alive = true
  let stillUntil = 0
  const kill = (at: string): void => {
    if (!alive) return
    alive = false
    died(at)
  }
  const latency = (): number => (swarm.strikes("store.slow") ? dice.below(6_000) : 0.2 + dice.unit() * 3)
  const stand = async (most: number): Promise<void> => {
    if (swarm.strikes("process.pause")) stillUntil = Math.max(stillUntil, time.now() + dice.below(most))
    const left = Math.min(stillUntil - time.now(), most)
    if (left > 0) await time.delay(left)
  }
  const strike = (at: string): void => {
    if (swarm.strikes("process.crash")) kill(at)
  }
  return {
    name,
    isAlive: () => alive,
    kill: () => kill("an operator's hand"),
    reach: async (what, run) => {
      if (!alive) return never()
      strike(`before ${what}`)
      await stand(pauseMsMax)
      await time.delay(latency())
      // What was sent before a death may still run.
      if (!alive && dice.chance(0.5)) return never()
      const answer = await settled(run)
      if (!alive) return never()
      strike(`after ${what}`)
      await time.delay(latency())
      await stand(pauseMsMax)
      if (!alive) return never()
      if (answer.ok) return answer.value
      throw answer.error
    },
    hold: async () => {
      const since = time.now()
      strike("in a transaction")
      await time.delay(latency())
      await stand(pauseMsMax)
      if (!alive) throw new StoreUnavailable("the process died, and its transaction with it")
      if (time.now() - since > idleInTransactionMs)
        throw new StoreUnavailable("the session was idle for too long")
    },
    call: async (run) => {
      if (!alive) return never()
      strike("before a call")
      await stand(pauseBeforeCallMsMax)
      if (!alive) return never()
      await time.delay(1 + dice.unit() * 20)
      const answer = await settled(run)
      strike("after a call")
      await time.delay(1 + dice.unit() * 20)
      await stand(pauseMsMax)
      if (!alive) return never()
      if (answer.ok) return answer.value
      throw answer.error
    },
  }
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

async function settled<T>(run: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await run() }
  } catch (error) {
    return { ok: false, error }
  }
}

const never = <T>(): Promise<T> => new Promise(() => {})
