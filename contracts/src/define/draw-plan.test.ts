// A plan function is a function of its input: what reads anything else is refused when it is registered, and when a plan is drawn.

import { describe, expect, test } from "vitest"
import { z } from "zod"
import { addMs, durationMs, msOfTime, Time, type Duration } from "../primitives.ts"
import { defineCapability, DefinitionError, defineIntent } from "./define.ts"
import { drawPlan, exampleDrafts } from "./draw-plan.ts"
import type { FillDraft } from "./drawn.ts"
import { makeRegistry } from "./registry.ts"

const meta = {
  title: "Order something",
  goal: "What was asked for is ordered, once.",
  context: "For tests of plan functions, and for nothing else.",
  owners: ["tests"],
  tags: ["test"],
  stability: "experimental" as const,
}
const capability = defineCapability({ name: "tests.order", requires: [], meta })

const step = (input: string | number): FillDraft => ({
  steps: [
    { key: "a", contract: "a.b@1", input, after: [], when: null, each: null, undo: false, because: "it" },
  ],
  output: null,
})

interface Order {
  readonly item: string
  readonly asOf?: string | undefined
}
const intentOf = (plan: (input: Order) => FillDraft) =>
  defineIntent({
    name: "tests.order",
    version: "1.0.0",
    meta,
    capability: "tests.order",
    input: z.strictObject({ item: z.string(), asOf: Time.optional() }),
    output: z.null(),
    examples: [
      { title: "a book", input: { item: "book" } },
      { title: "a pen", input: { item: "pen" } },
      { title: "nothing", input: {}, fails: "/item" },
    ],
    plan,
  })
const registering = (plan: (input: Order) => FillDraft) => () => makeRegistry([intentOf(plan)], [capability])
const drawing = (plan: () => unknown) => drawPlan({ plan: plan as () => FillDraft }, {})

// Held as a module may hold them; none of them is a way round.
const [clock, watch, dice] = [Date, performance, crypto]

const later = globalThis

/** Functions by the hidden input that each reads, as the refusal names it. */
const impure: readonly (readonly [string, () => string | number])[] = [
  ["Date", () => Date.now()],
  ["Date", () => new Date().toISOString()],
  ["Date", () => Date()],
  ["Date", () => Date.UTC(2026)],
  ["Date.now", () => clock.now()],
  ["Math.random", () => Math.random()],
  ["performance", () => performance.now()],
  ["performance.now", () => watch.now()],
  ["crypto", () => crypto.randomUUID()],
  ["crypto.randomUUID", () => dice.randomUUID()],
  ["crypto.getRandomValues", () => dice.getRandomValues(new Uint8Array(1))[0] ?? 0],
  ["process", () => process.env["HOME"] ?? ""],
  ["process", () => process.pid],
  ["setTimeout", () => typeof later.setTimeout(() => undefined, 1)],
  ["setInterval", () => typeof setInterval(() => undefined, 1)],
  ["setImmediate", () => typeof setImmediate(() => undefined)],
  ["queueMicrotask", () => String(queueMicrotask(() => undefined))],
  ["fetch", () => typeof fetch("http://127.0.0.1:9/")],
  ["Intl", () => new Intl.DateTimeFormat().format()],
]

describe("INV-08 a plan function that reads anything beside its input", () => {
  test.each(impure)("is refused when it is registered, with what it reads (%s)", (name, reads) => {
    expect(registering(() => step(reads()))).toThrow(DefinitionError)
    expect(registering(() => step(reads()))).toThrow(`the plan function of tests.order@1 reads ${name}:`)
    expect(registering(() => step(reads()))).toThrow('(example "a book")')
  })

  test.each(impure)(
    "is refused when a plan is drawn, also on a path that no example takes (%s)",
    (name, reads) => {
      const plan = ({ item }: Order): FillDraft => step(item === "rare" ? reads() : item)
      expect(registering(plan)).not.toThrow()
      expect(drawPlan(intentOf(plan), { item: "book" }).ok).toBe(true)
      const drawn = drawPlan(intentOf(plan), { item: "rare" })
      expect(drawn.ok ? "drawn" : drawn.error).toContain(`reads ${name}:`)
    },
  )

  test("is refused when it catches what was thrown, and when what it answers reads later", () => {
    const catching = drawing(() => {
      try {
        return step(Date.now())
      } catch {
        return step("no clock here")
      }
    })
    const lazy = drawing(() => ({
      get steps() {
        return step(Math.random()).steps
      },
      output: null,
    }))
    expect(catching.ok ? "drawn" : catching.error).toContain("reads Date:")
    expect(lazy.ok ? "drawn" : lazy.error).toContain("reads Math.random:")
  })

  test("leaves everything as it was, however the function ended", () => {
    const before = [Date, Date.now, Math.random, fetch, setTimeout, process, performance, crypto] as const
    const descriptors = () => [
      ...["Date", "process", "performance", "crypto", "fetch"].map((key) =>
        Object.getOwnPropertyDescriptor(globalThis, key),
      ),
      Object.getOwnPropertyDescriptor(Math, "random"),
    ]
    const kept = descriptors()
    for (const plan of [
      () => step("fine"),
      () => step(Date.now()),
      () => {
        throw new Error("no")
      },
      function deeper(): FillDraft {
        return deeper()
      },
      () => {
        globalThis.fetch = () => Promise.reject(new Error("mine"))
        return step("taken")
      },
    ])
      drawing(plan)
    expect([Date, Date.now, Math.random, fetch, setTimeout, process, performance, crypto]).toEqual([
      ...before,
    ])
    expect(descriptors()).toEqual(kept)
    expect(Math.abs(Date.now() - new Date().getTime())).toBeLessThan(1_000)
  })
})

describe("a plan function", () => {
  test("that is asynchronous is refused, and what it throws later ends nothing", async () => {
    const refused = [
      drawing(async () => step("later")),
      drawing(async () => {
        await Promise.resolve()
        throw new Error("after everything")
      }),
    ]
    await Promise.resolve()
    expect(refused.map((one) => (one.ok ? "drawn" : one.error))).toEqual(
      Array(2).fill("is asynchronous: a plan is drawn at once"),
    )
    expect(drawing(async () => step(Date.now()))).toMatchObject({ ok: false })
  })

  test("that returns an object with a `then` is refused like a promise, even when that `then` throws", () => {
    const then = () => {
      throw new Error("not now")
    }
    // oxlint-disable-next-line unicorn/no-thenable -- a `then` that an author wrote is what this is about
    expect(drawing(() => ({ then }))).toEqual({
      ok: false,
      error: "is asynchronous: a plan is drawn at once",
    })
  })

  test("may draw another plan while it draws its own, and answers for what it reads itself", () => {
    const clock = () => step(Date.now())
    const nested = drawing(() => step(drawing(clock).ok ? "drawn" : "refused"))
    expect(nested).toMatchObject({ ok: true, value: { steps: [{ input: "refused" }] } })
    const after = drawing(() => {
      drawing(() => step("fine"))
      return step(Date.now())
    })
    expect(after.ok ? "drawn" : after.error).toContain("reads Date:")
    expect(Math.abs(Date.now() - new Date().getTime())).toBeLessThan(1_000)
  })

  test("that draws otherwise at the second call, throws or draws nothing is refused", () => {
    let calls = 0
    expect(registering(() => step((calls += 1)))).toThrow("drew two different drafts from one input")
    expect(
      registering(() => {
        throw new Error("no")
      }),
    ).toThrow("threw or drew no draft")
    expect(drawing(() => null)).toEqual({ ok: false, error: "threw or drew no draft" })
  })

  test("moves a time that it was given: our calendar needs no clock", () => {
    const plan = ({ asOf = "2026-11-21T08:00:00.000Z" }: Order): FillDraft => {
      const due = addMs(Time.parse(asOf), durationMs("P30D" as Duration))
      return step(`${due} ${msOfTime(due)}`)
    }
    expect(registering(plan)).not.toThrow()
    expect(drawPlan(intentOf(plan), { item: "book", asOf: "2027-01-31T00:00:00.000Z" })).toMatchObject({
      value: { steps: [{ input: "2027-03-02T00:00:00.000Z 1803945600000" }] },
    })
  })

  test("is locked by what it draws from each accepted example, and a document alone draws nothing", () => {
    const [one, other] = [intentOf(({ item }) => step(item)), intentOf(({ item }) => step(`a ${item}`))].map(
      exampleDrafts,
    )
    expect(Object.keys(one ?? {})).toHaveLength(2)
    expect(Object.keys(other ?? {})).toEqual(Object.keys(one ?? {}))
    expect(Object.values(other ?? {})).not.toEqual(Object.values(one ?? {}))
  })
})
