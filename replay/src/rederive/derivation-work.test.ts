import { describe, expect, test } from "vitest"
import { foldEntries, recordedFact, type Execution } from "@counterfoil/executor/core"
import { sampleTrace } from "../verify/sample-trace.ts"
import { stepsAt } from "./derivation-work.ts"

const [first] = sampleTrace()
const folded = foldEntries([first])
const recorded = recordedFact(first)
if (!folded.ok || folded.value === null || !recorded.ok) throw new Error("the sample does not fold")
const execution = folded.value
const { fact } = recorded.value

const look = (state: Execution | null): number => stepsAt(state, fact, { policies: null })

describe("the work of deriving an entry", () => {
  test("is nothing before the first", () => {
    expect(look(null)).toBe(0)
  })

  test("counts every step, and each held step with every request", () => {
    // Of a step and of a request nothing but the state is counted.
    const step = { state: { status: "held" } } as Execution["steps"][number]
    const request = { state: { status: "consumed", at: first.head.time }, reviews: [] } as Pick<
      Execution["approvals"][number],
      "state" | "reviews"
    > as Execution["approvals"][number]
    const of = (steps: number, requests: number): number =>
      look({
        ...execution,
        steps: Array.from({ length: steps }, () => step),
        approvals: Array.from({ length: requests }, () => request),
      })
    const [alone, requests, both] = [of(10, 0), of(0, 1_000), of(10, 1_000)]
    expect(alone).toBeGreaterThan(0)
    expect(both - alone - requests).toBe(10 * 1_000)
  })
})
