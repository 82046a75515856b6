import { expect, test } from "vitest"
import { Fence } from "@counterfoil/contracts"
import { StoreUnavailable } from "@counterfoil/contracts/ports"
import { executionId, planOf, start, tenant, worker, World as CoreWorld } from "@counterfoil/core/test"
import { startWorker } from "./worker.ts"
import type { World, WorkerEvent } from "@counterfoil/round"

test("an execution that cannot be advanced is reported with its own error, and is not released for another try at once", async () => {
  const gone = new StoreUnavailable("the store cannot be reached")
  const { head } = new CoreWorld(planOf([{ key: "only" }])).state
  const claims = [{ tenant, executionId, fence: Fence.parse(1), head }]
  const failed = Promise.withResolvers<WorkerEvent>()
  let released = 0
  const world: { readonly [K in keyof World]?: unknown } = {
    worker,
    store: {
      claim: () => Promise.resolve(claims.splice(0)),
      nextWakeAt: () => Promise.resolve(null),
      trace: () => Promise.reject(gone),
      release: () => {
        released += 1
        return Promise.resolve()
      },
    },
    clock: { now: () => start },
    doorbell: { listen: () => () => {} },
    tell: (event: WorkerEvent) => {
      if (event.name === "failed") failed.resolve(event)
    },
  }
  const started = startWorker(world as World)
  try {
    expect(await failed.promise).toEqual({ name: "failed", executionId, error: gone })
    await new Promise((resolve) => setImmediate(resolve))
    expect([started.inHand(), released]).toEqual([1, 0])
  } finally {
    await started.stop()
  }
  expect([started.inHand(), released]).toEqual([0, 1])
})
