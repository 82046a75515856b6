// Real threads with a planted handler: what ends a call, what stays unharmed, and which requester is next.

import { afterAll, describe, expect, test } from "vitest"
import { PrincipalId } from "@counterfoil/contracts"
import type { HandlerAnswer } from "@counterfoil/contracts/ports"
import { callOf } from "../../test/handler-laws.ts"
import { inThread } from "./in-thread.ts"
import { plantedQuery } from "../../test/planted.ts"
import { openPureThreads, type PureThreads } from "./pure-threads.ts"

/** The planted handler on one thread, with limits that end a call soon. */
const limits = { cpuMsMax: 200, callMsMax: 20_000, heapMiBMax: 64, threadsMax: 1 }
const threads = openPureThreads(limits)
const patient = openPureThreads({ ...limits, cpuMsMax: 20_000 })
const impatient = openPureThreads({ ...limits, callMsMax: 500 })
afterAll(async () => {
  await threads.close()
  await patient.close()
  await impatient.close()
})
const on = (pool: PureThreads) =>
  inThread(plantedQuery, new URL("../../test/planted.ts", import.meta.url), pool)
const handler = on(threads)
const act = (what: string, signal?: AbortSignal): Promise<HandlerAnswer> =>
  handler.run(callOf({ act: what }, signal === undefined ? {} : { signal }))
const here = { kind: "succeeded", output: { said: "here" } }

describe("threads of pure handlers", { timeout: 30_000 }, () => {
  test("a computation without an end is refused at its limit, and this thread goes on meanwhile", async () => {
    await act("answer")
    let turns = 0
    const turning = setInterval(() => (turns += 1), 10)
    expect(await act("spin")).toEqual({
      kind: "rejected",
      code: "TIME_LIMIT",
      message: "The computation takes more than 200 ms of processor time.",
    })
    clearInterval(turning)
    expect(turns).toBeGreaterThan(3)
    expect(await act("answer")).toEqual(here)
  })

  test("a call that only waits is refused at its own limit", async () => {
    const waiting = on(impatient)
    expect(await waiting.run(callOf({ act: "wait" }))).toMatchObject({ kind: "rejected", code: "TIME_LIMIT" })
    expect(await act("answer")).toEqual(here)
  })

  test("memory without a bound is refused, and the next call has a new thread", async () => {
    const growing = on(patient)
    expect(await growing.run(callOf({ act: "grow" }))).toEqual({
      kind: "rejected",
      code: "MEMORY_LIMIT",
      message: "The computation takes more than 64 MiB of memory.",
    })
    expect(await growing.run(callOf({ act: "answer" }))).toEqual(here)
  })

  test("what a handler throws is its answer's fault, and a thread that ends itself leaves the call unknown", async () => {
    expect(await act("throw")).toMatchObject({
      kind: "unknown",
      fault: { name: "TypeError", message: "as it was asked to" },
    })
    expect(await act("exit")).toMatchObject({ kind: "unknown" })
    expect(await act("answer")).toEqual(here)
  })

  test("an attempt that is aborted ends at once, running or waiting", async () => {
    const [running, waiting] = [new AbortController(), new AbortController()]
    const answers = [act("wait", running.signal), act("wait", waiting.signal)]
    const after = act("answer")
    waiting.abort()
    expect(await answers[1]).toEqual({ kind: "unknown", reason: "the attempt was aborted" })
    running.abort()
    expect(await answers[0]).toEqual({ kind: "unknown", reason: "the attempt was aborted" })
    expect(await after).toEqual(here)
  })

  test("requesters take turns: one with many calls does not make another wait for all of them", async () => {
    const order: string[] = []
    const ask = async (agent: string): Promise<void> => {
      const requester = PrincipalId.parse(`agt_${agent.repeat(26)}`)
      await handler.run({ ...callOf({ act: "answer" }), requester })
      order.push(agent)
    }
    await Promise.all(["0", "0", "0", "0", "1", "2"].map(ask))
    expect(order.join("")).toBe("001200")
  })

  test("INV-13 a thread has no environment to read secrets from", async () => {
    expect(await act("env")).toEqual({ kind: "succeeded", output: { said: "0 variables" } })
  })

  test("closing ends what runs and what waits", async () => {
    const answers = [act("wait"), act("answer")]
    await threads.close()
    for (const answer of [...answers, act("answer")]) expect(await answer).toMatchObject({ kind: "unknown" })
  })
})
