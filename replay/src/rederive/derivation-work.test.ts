import { describe, expect, test } from "vitest"
import type { Fact, JsonObject, PolicyRequest } from "@counterfoil/contracts"
import { foldEntries, recordedFact, type Execution, type Step } from "@counterfoil/executor/core"
import { sampleTrace } from "../verify/sample-trace.ts"
import { keepsCalls, openWork, paidCalls, stepsAt, stepsOfDecision } from "./derivation-work.ts"

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

describe("the work of making calls", () => {
  // Of a step nothing is looked at but its names and its input: its contract is not there.
  const stepWith = (input: JsonObject): Step =>
    ({
      stepId: "stp_1" as Step["stepId"],
      generation: 1,
      role: "do",
      index: null,
      state: { status: "pending" },
      planStep: { input } as Step["planStep"],
    }) as Step
  const spentOn = (...steps: readonly Step[]): readonly number[] => {
    const spent: number[] = []
    const calls = paidCalls(
      { lookup: () => null },
      {
        spend: (taken) => {
          spent.push(taken)
          return true
        },
      },
    )
    for (const step of steps) calls({ ...execution, steps }, step)
    return spent
  }

  test("grows with the input, and a call that was made is not made again", () => {
    const [short, long] = [stepWith({ text: "" }), stepWith({ text: "x".repeat(2_000) })]
    const [[few = 0], [many = 0]] = [spentOn(short), spentOn(long)]
    expect(few).toBeGreaterThan(0)
    expect(many - few).toBeGreaterThan(2_000 * 50)
    expect(spentOn(long, long)).toHaveLength(1)
  })

  test("is kept from a pause to what follows it, and not from an entry that ends something", () => {
    const paused = {
      kind: "controlPlane.execution.paused@1",
      payload: { because: "operator", reason: "look" },
    } as Fact
    expect([keepsCalls(paused), keepsCalls(fact)]).toEqual([true, false])
    const resumed = (cause: "operator" | "retry"): Fact => ({
      kind: "controlPlane.execution.resumed@1",
      payload: { cause },
    })
    expect([keepsCalls(resumed("operator")), keepsCalls(resumed("retry"))]).toEqual([true, false])
  })

  test("is spent once it was more than was left, for everything after it as well", () => {
    const work = openWork(10)
    expect([work.spend(10), work.spend(1), work.spend(0)]).toEqual([true, false, false])
  })
})

describe("the work of deciding again", () => {
  test("grows with what patterns search for and with the input, for each member of the chain", () => {
    const member = { id: first.head.principal.id } as PolicyRequest["chain"][number]
    const of = (searched: number, text: string, members: number): number =>
      stepsOfDecision([{ searched }], {
        input: { text },
        chain: Array.from({ length: members }, () => member),
      })
    const [few, many] = [of(1, "x".repeat(1_000), 1), of(101, "x".repeat(1_000), 1)]
    expect(many - few).toBeGreaterThan(100 * 1_000)
    expect(of(101, "x".repeat(1_000), 3)).toBe(3 * many)
    expect(of(101, "x".repeat(10_000), 1)).toBeGreaterThan(9 * many)
  })
})
