// The sender of callbacks: a loop that takes due callbacks, sends them and records the results.
// Owns: the loop, concurrency, retries and giving up. Does not own: one attempt (send-callback.ts).
// Keeps INV-14: a callback that a crashed process had taken is taken again when its hold ends, with the same id.

import { CallbackId } from "@counterfoil/contracts"
import type { CallbackDelivery, CallbackQueue, CallbackSend, Random } from "@counterfoil/contracts/ports"
import { retryDelayMs } from "@counterfoil/core"
import type { CallbackConfig, RegisteredCallback } from "@counterfoil/handlers"
import { openWake } from "./wake.ts"
import { sendCallback, type SendCode, type SendWorld } from "./send-callback.ts"

/** What a sender reports. */
export type CallbackEvent =
  | { readonly name: "sent"; readonly delivery: CallbackDelivery; readonly code: SendCode }
  | { readonly name: "givenUp"; readonly delivery: CallbackDelivery }
  | { readonly name: "failed"; readonly error: unknown }

/** What it needs. */
interface CallbackWorld extends SendWorld {
  readonly queue: CallbackQueue
  readonly registered: CallbackConfig
  readonly random: Pick<Random, "unit">
  readonly tell: (event: CallbackEvent) => void
}

/** A running sender. */
export interface CallbackSender {
  /** Takes no more, and waits a few seconds for attempts under way. The next sender sends again what is cut off. */
  close(): Promise<void>
}

/** The most connections to one receiver, so that a slow one does not delay other callbacks. */
const inFlightEachMax = 4
/** How long a taken callback is held: longer than an attempt can take, including the DNS look-up. */
const holdSeconds = 60
/** How late a callback may be: it is only a hint to its receiver. */
const sweepMs = 1_000
/** The pause after a failed read of the database. */
const failedPauseMs = 5_000
/** Ten seconds, doubled with each attempt up to an hour, and drawn evenly below that; about 150 attempts in three days. */
const backOff = { baseMs: 10_000, capMs: 3_600_000, retryAfterMsMax: 0 }
/** A weekend, and a day to notice. */
const giveUpAfterSeconds = 3 * 86_400
const giveUpEveryMs = 60_000
const drainMs = 5_000

/** Starts a sender. It goes on after any failure. */
export function startCallbacks(world: CallbackWorld): CallbackSender {
  const closing = new AbortController()
  const cutOff = new AbortController()
  const wake = openWake()
  const inFlight = new Map<CallbackId, number>()
  const tries = new Set<Promise<void>>()
  const registered = new Map<CallbackId, RegisteredCallback>(
    Object.entries(world.registered).map(([name, callback]) => [CallbackId.parse(name), callback]),
  )
  const begin = (delivery: CallbackDelivery, to: RegisteredCallback): void => {
    const { callbackId } = delivery
    inFlight.set(callbackId, (inFlight.get(callbackId) ?? 0) + 1)
    const tried = oneTry(world, to, delivery, cutOff.signal).finally(() => {
      inFlight.set(callbackId, (inFlight.get(callbackId) ?? 1) - 1)
      tries.delete(tried)
      wake.wake()
    })
    tries.add(tried)
  }
  const round = async (): Promise<number> => {
    const rooms = [...registered.keys()]
      .map((callbackId) => ({ callbackId, room: inFlightEachMax - (inFlight.get(callbackId) ?? 0) }))
      .filter(({ room }) => room > 0)
    const taken = await world.queue.take(rooms, holdSeconds)
    for (const delivery of taken) {
      const to = registered.get(delivery.callbackId)
      if (to !== undefined) begin(delivery, to)
    }
    return taken.length
  }
  const run = async (): Promise<void> => {
    let lookedAtMs = -Infinity
    while (!closing.signal.aborted) {
      let pauseMs = sweepMs
      try {
        if (performance.now() - lookedAtMs >= giveUpEveryMs) {
          lookedAtMs = performance.now()
          for (const delivery of await world.queue.giveUp(giveUpAfterSeconds))
            world.tell({ name: "givenUp", delivery })
        }
        if ((await round()) > 0) continue
      } catch (error) {
        world.tell({ name: "failed", error })
        pauseMs = failedPauseMs
      }
      await wake.pause(pauseMs)
    }
  }
  const running = run()
  return {
    close: async () => {
      closing.abort()
      wake.wake()
      await running
      const timer = setTimeout(() => cutOff.abort(), drainMs)
      await Promise.all(tries)
      clearTimeout(timer)
    },
  }
}

/** Never rejects: a callback whose result could not be stored is held until its hold ends, and then sent again. */
async function oneTry(
  world: CallbackWorld,
  to: RegisteredCallback,
  delivery: CallbackDelivery,
  signal: AbortSignal,
): Promise<void> {
  try {
    const code = await sendCallback(world, to, delivery, signal)
    await world.queue.settle(delivery, settlementOf(code, delivery, world.random))
    world.tell({ name: "sent", delivery, code })
  } catch (error) {
    world.tell({ name: "failed", error })
  }
}

function settlementOf(
  code: SendCode,
  { attempt }: CallbackDelivery,
  random: Pick<Random, "unit">,
): CallbackSend {
  if (code === "delivered") return { kind: "delivered" }
  if (code === "gone") return { kind: "stopped", code }
  return { kind: "again", code, afterMs: retryDelayMs(attempt, backOff, random.unit()) }
}
