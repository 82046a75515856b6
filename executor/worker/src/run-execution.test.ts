import * as Effect from "effect/Effect"
import { describe, expect, test } from "vitest"
import { ContractRef, Fence } from "@counterfoil/contracts"
import {
  StoreUnavailable,
  type AppendAnswer,
  type Handler,
  type HandlerAnswer,
  type TraceStore,
} from "@counterfoil/contracts/ports"
import { advance, makePermits, type World } from "@counterfoil/round"
import { Arrivals } from "./arrivals.ts"
import { lookAhead } from "@counterfoil/core"
import {
  contracts,
  environment,
  executionId,
  planOf,
  start,
  tallyAll,
  tenant,
  worker,
  World as CoreWorld,
} from "@counterfoil/core/test"
import { runExecution, type Arrival } from "./run-execution.ts"

const contract = ContractRef.parse("test.natural@1")

/** Two steps of which each may start: decided, and not yet dispatched. */
function cleared(): CoreWorld {
  const core = new CoreWorld(
    planOf([
      { key: "first", effect: "natural" },
      { key: "second", effect: "natural" },
    ]),
  )
  const due = () => lookAhead(core.state, core.now, contracts).work.find(({ kind }) => kind !== "dispatch")
  for (let work = due(); work !== undefined; work = due()) core.perform(work)
  return core
}

/** What a worker needs for them: only the parts that these tests reach. */
function worldOf(core: CoreWorld, run: Handler["run"], append: TraceStore["append"]): World {
  const digest = core.state.steps[0]?.verdict?.policySetDigest
  const world: { readonly [K in keyof World]: unknown } = {
    environment,
    worker,
    store: { append, trace: () => Promise.resolve(core.entries) },
    clock: { now: () => start },
    random: { unit: () => 0.5, bytes: (count: number) => new Uint8Array(count) },
    doorbell: {},
    contracts,
    handlers: new Map([[contract, { run }]]),
    permits: makePermits(),
    secrets: [],
    tally: tallyAll,
    inFlightMax: () => 2,
    kindDigest: () => core.state.head.hash,
    policies: () => Promise.resolve({ digest }),
    announce: () => {},
    tell: () => {},
  }
  return world as World
}

const claimOf = (core: CoreWorld) => ({ tenant, executionId, fence: Fence.parse(1), head: core.state.head })
const appended = (): Promise<AppendAnswer> => Promise.resolve({ kind: "appended", now: start })

describe("one execution in hand", () => {
  test("INV-14 an answer that comes while the last append of a stopping worker is under way is written", async () => {
    const core = cleared()
    const answers: ((answer: HandlerAnswer) => void)[] = []
    const finish = (): void => answers.shift()?.({ kind: "succeeded", output: {} })
    let appends = 0
    const arrivals = new Arrivals<Arrival>()
    const world = worldOf(
      core,
      () => {
        const { promise, resolve } = Promise.withResolvers<HandlerAnswer>()
        answers.push(resolve)
        if (answers.length === 2) {
          arrivals.offer({ kind: "stop" })
          finish()
        }
        return promise
      },
      async () => {
        appends += 1
        if (appends === 2) {
          finish()
          await new Promise((resolve) => setImmediate(resolve))
        }
        return appended()
      },
    )
    const left = await Effect.runPromise(
      runExecution(world, { claim: claimOf(core), arrivals, lacks: () => false }, null),
    )
    expect(left?.steps.map(({ state }) => state.status)).toEqual(["completed", "completed"])
  })

  test("a permit is given back when the append that would have used it throws", async () => {
    const core = cleared()
    const gone = new StoreUnavailable("the store cannot be reached")
    const world = worldOf(
      core,
      () => Promise.reject(gone),
      () => Promise.reject(gone),
    )
    const round = advance(world, claimOf(core), core.state, {
      answers: [],
      busy: new Set(),
      dispatches: true,
    })
    await expect(round).rejects.toBe(gone)
    expect([1, 2].map(() => world.permits.take(tenant, contract, 2) !== null)).toEqual([true, true])
  })

  test("a handler is given whole milliseconds, so that it can pass them on as a time limit", async () => {
    const core = cleared()
    const given: number[] = []
    const world = worldOf(
      core,
      ({ deadlineMs }) => {
        given.push(deadlineMs)
        return Promise.resolve({ kind: "succeeded", output: {} })
      },
      async () => {
        // The commit takes a part of the deadline that is not a whole number of milliseconds.
        await new Promise((resolve) => setImmediate(resolve))
        return appended()
      },
    )
    await Effect.runPromise(
      runExecution(
        world,
        { claim: claimOf(core), arrivals: new Arrivals<Arrival>(), lacks: () => false },
        null,
      ),
    )
    expect(given).toHaveLength(2)
    expect(given.filter((ms) => Number.isInteger(ms) && ms >= 1)).toEqual(given)
  })
})
