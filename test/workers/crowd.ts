// Doing many things at once, a bounded number at a time, and repeating calls without an answer.
// Owns: the bound and the patience. Does not own: what is done.

import { setTimeout as pauseFor } from "node:timers/promises"
import type { Said } from "@counterfoil/cli"

const againMs = 50

/** Runs `act` for each of `all`, at most `width` at a time; the first failure ends it. */
export async function forEachAtOnce<T>(
  all: readonly T[],
  width: number,
  act: (one: T) => Promise<void>,
): Promise<void> {
  const rest = all.values()
  const hand = async (): Promise<void> => {
    for (const one of rest) await act(one)
  }
  await Promise.all(Array.from({ length: width }, hand))
}

/** Repeats the same call while its answer is "later" or missing, and returns the answer. Throws any other refusal. */
export async function patiently<T>(withinMs: number, ask: () => Promise<Said<T>>): Promise<T> {
  const giveUpAt = performance.now() + withinMs
  for (;;) {
    const said = await ask().catch((error: unknown) => {
      if (error instanceof TypeError) return null // the connection broke: a process was killed
      throw error
    })
    if (said?.kind === "answer") return said.body
    const late = performance.now() > giveUpAt
    if (said !== null && (said.problem.actor !== "retry" || late))
      throw new Error(`${said.problem.code}: ${said.problem.detail}`)
    if (late) throw new Error(`no answer within ${withinMs} ms`)
    await pauseFor(againMs)
  }
}
