import { describe, expect, test } from "vitest"
import { ExecutionId } from "@counterfoil/contracts"
import { openWatch } from "./watch.ts"

const [one, other] = ["0", "1"].map((digit) => ExecutionId.parse(`exe_${digit.repeat(26)}`))

describe("following executions", () => {
  test("a follower of one execution is notified of it alone, and a listener of all, until they stop", () => {
    if (one === undefined || other === undefined) throw new RangeError("two ids")
    let ring = (_executionId: ExecutionId): void => {}
    const watch = openWatch({
      listen: (heard) => {
        ring = heard
        return () => {}
      },
    })
    const heard: string[] = []
    const stops = [
      watch.listen((executionId) => heard.push(`all ${executionId === one ? "one" : "other"}`)),
      watch.follow(one, () => heard.push("one")),
      watch.follow(one, () => heard.push("one again")),
    ]
    ring(one)
    ring(other)
    expect(heard.splice(0)).toEqual(["all one", "one", "one again", "all other"])
    stops[1]?.()
    ring(one)
    expect(heard.splice(0)).toEqual(["all one", "one again"])
    for (const stop of stops) stop()
    ring(one)
    expect(heard).toEqual([])
  })
})
