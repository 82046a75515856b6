import { describe, expect, test } from "vitest"
import type { Digest, Fact, JsonObject, PolicyRequest } from "@counterfoil/contracts"
import { foldEntries, recordedFact, type Execution, type Step } from "@counterfoil/core"
import { sampleTrace } from "../../test/sample-trace.ts"
import { keepsCalls, openWork, paidCalls, paidSet, paysDecision, stepsAt } from "./derivation-work.ts"

const [first] = sampleTrace()
const folded = foldEntries([first])
const recorded = recordedFact(first)
if (!folded.ok || folded.value === null || !recorded.ok) throw new Error("the sample does not fold")
const execution = folded.value
const { fact } = recorded.value

const look = (state: Execution | null): number => stepsAt(state)

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
  const ref = "payments.refund@1"
  const member = { id: first.head.principal.id } as PolicyRequest["chain"][number]
  const asking = (text: string, members = 1) => ({
    contract: { ref } as PolicyRequest["contract"],
    call: { labels: [] as PolicyRequest["call"]["labels"] } as PolicyRequest["call"],
    input: { text },
    chain: Array.from({ length: members }, () => member),
  })
  // Of a set nothing is looked at but the size of its rules.
  const sized = (characters: number, comparisons = 0, digest = "sha256:one") => ({
    digest: digest as Digest,
    rules: [],
    slices: new Map([[ref, { size: { characters, comparisons } }]]),
  })
  /** What is taken by these decisions, one after another. */
  const taken = (
    ...decisions: readonly (readonly [ReturnType<typeof sized>, ReturnType<typeof asking>])[]
  ) => {
    let steps = 0
    const count = (more: number): boolean => {
      steps += more
      return true
    }
    const seen = new Set<string>()
    const work = {
      spend: count,
      spendOnce: (what: string, more: number) => {
        const known = seen.has(what)
        seen.add(what)
        return count(known ? 0 : more)
      },
    }
    for (const [set, request] of decisions) paysDecision(work, set, request)
    return steps
  }
  const ask = asking("x".repeat(1_000))

  test("grows with the characters of the rules, for each member of the chain, and with the parsing of them once", () => {
    const [short, long] = [sized(1_000), sized(60_000)]
    const again = (set: ReturnType<typeof sized>, request = ask) =>
      taken([set, request], [set, request]) - taken([set, request])
    expect(again(long) - again(short)).toBeGreaterThan(59_000 * 100)
    expect(again(long, asking("", 3)) - again(short, asking("", 3))).toBe(
      3 * (again(long, asking("")) - again(short, asking(""))),
    )
    expect(taken([long, ask]) - again(long)).toBeGreaterThan(60_000 * 1_000)
    expect(taken([long, ask], [sized(60_000, 0, "sha256:two"), ask])).toBe(2 * taken([long, ask]))
  })

  test("grows with what the rules compare of the input, up to what one decision may take", () => {
    const of = (comparisons: number, text: string): number => taken([sized(0, comparisons), asking(text)])
    expect(of(101, "x".repeat(1_000)) - of(1, "x".repeat(1_000))).toBeGreaterThan(100 * 1_000)
    expect(of(10_000_000, "x".repeat(10_000))).toBe(of(20_000_000, "x".repeat(10_000)))
  })

  test("of loading a set is taken before it is loaded, once, and nothing is loaded without it", () => {
    let loaded = 0
    const digest = "sha256:one" as Digest
    const policies = Object.assign(
      () => {
        loaded += 1
        return null
      },
      { charactersOf: () => 1_000_000 },
    )
    const contracts = { registry: { contracts: [] } }
    const work = openWork(7_000_000_000)
    const find = (of: Digest) => paidSet({ policies, contracts, work }, of, first.head.time)
    expect([find(digest), find(digest)]).toEqual([null, null])
    expect([find("sha256:two" as Digest), loaded]).toEqual(["spent", 2])
  })
})
