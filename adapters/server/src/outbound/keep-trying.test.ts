import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect, test } from "vitest"
import { doublingPauses, evenPauses, keepTrying } from "./keep-trying.ts"

const gone = new Error("gone")

test("an attempt is made again after pauses that double up to the longest, until it succeeds", async () => {
  const at: number[] = []
  const failures: unknown[] = []
  const done = await Effect.runPromise(
    keepTrying({
      attempt: async () => {
        at.push(performance.now())
        if (at.length < 5) throw gone
        return "done"
      },
      failed: (error) => failures.push(error),
      pauses: doublingPauses(10, 20),
    }),
  )
  expect(done).toBe("done")
  expect(failures).toEqual([gone, gone, gone, gone])
  // Timers never end early by more than their resolution; how late they end is not a matter of this test.
  const pauses = at.slice(1).map((ms, index) => ms - (at[index] ?? 0))
  expect(pauses.map((ms, index) => ms >= (index === 0 ? 9 : 19))).toEqual([true, true, true, true])
})

test("an interruption waits for the attempt that is under way, and ends a pause at once", async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let ended = false
  const attempting = Effect.runFork(
    keepTrying({
      attempt: async () => {
        await promise
        ended = true
      },
      failed: () => undefined,
      pauses: evenPauses(1),
    }),
  )
  const failed = Promise.withResolvers<void>()
  const pausing = Effect.runFork(
    keepTrying({
      attempt: () => Promise.reject(gone),
      failed: () => failed.resolve(),
      pauses: evenPauses(3_600_000),
    }),
  )
  await failed.promise
  await Effect.runPromise(Fiber.interrupt(pausing))
  const interrupted = Effect.runPromise(Fiber.interrupt(attempting))
  resolve()
  await interrupted
  expect(ended).toBe(true)
})
