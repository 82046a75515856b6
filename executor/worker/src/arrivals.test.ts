import { describe, expect, test } from "vitest"
import { Arrivals } from "./arrivals.ts"

describe("arrivals of one execution", () => {
  test("arrivals from before the wait are taken at once, in order", async () => {
    const arrivals = new Arrivals<number>()
    arrivals.offer(1)
    arrivals.offer(2)
    expect([arrivals.hasAny(), await arrivals.takeAll(60_000), arrivals.hasAny()]).toEqual([
      true,
      [1, 2],
      false,
    ])
  })

  test("who waits goes on with the first that comes", async () => {
    const arrivals = new Arrivals<number>()
    const taken = arrivals.takeAll(60_000)
    arrivals.offer(3)
    expect(await taken).toEqual([3])
  })

  test("who waits goes on with nothing when the time is over, or when it is let go", async () => {
    const arrivals = new Arrivals<number>()
    expect(await arrivals.takeAll(1)).toEqual([])
    const taken = arrivals.takeAll(60_000)
    arrivals.release()
    expect(await taken).toEqual([])
  })
})
