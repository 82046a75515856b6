// Which entry each state takes, as a table that a reviewer reads; and what a fold keeps.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { entryKinds, type Duration, type Fact, type StepStatus } from "@counterfoil/contracts"
import { evolve } from "./evolve.ts"
import { stepEntries, type StepFact } from "./evolve-step.ts"
import { executionStatus } from "./execution-status.ts"
import { foldEntries, foldTrace, recordedFact } from "./fold-trace.ts"
import { lookAhead, nextWork } from "../due/next-work.ts"
import { isFinished } from "./step-graph.ts"
import { World, ana, ben, contracts, effects, finance, planOf, type StepSketch } from "../../test/world.ts"

const short = (kind: string): string =>
  kind.replace("controlPlane.", "").replace("execution.", "").replace("@1", "")

describe("transitions", () => {
  // One world stopped in each state of its step `a`.
  const stopped: Readonly<Record<StepStatus, () => World>> = {
    pending: () =>
      world([{ key: "z" }, { key: "a", needs: ["z"] }], {}).run(({ state }) => state.startedAt !== null),
    ready: () => world([{ key: "a" }], {}).run(({ state }) => state.startedAt !== null),
    held: () => world([{ key: "a" }], { decide: () => "hold" }).run(),
    cleared: () => world([{ key: "a" }], {}).run((one) => one.stepOf("a").state.status === "cleared"),
    running: () => world([{ key: "a" }], { answer: () => "crash" }).run((one) => one.calls.length === 1),
    retrying: () =>
      world([{ key: "a" }], { answer: () => ({ kind: "notSent", reason: "refused" }) }).run(
        (one) => one.calls.length === 1,
      ),
    inDoubt: () => world([{ key: "a", effect: "unsafe" }], { answer: () => "crash" }).run(),
    completed: () => world([{ key: "a" }], {}).run((one) => one.stepOf("a").state.status === "completed"),
    failed: () =>
      world([{ key: "a" }], { answer: () => ({ kind: "rejected", code: "NO", message: "no" }) }).run(
        (one) => one.stepOf("a").state.status === "failed",
      ),
    blocked: () =>
      world([{ key: "a", input: "unfit" }], {}).run((one) => one.stepOf("a").state.status === "blocked"),
    skipped: () =>
      world([{ key: "a", when: false }], {}).run((one) => one.stepOf("a").state.status === "skipped"),
    undone: () => {
      const one = world(
        [
          { key: "a", undo: "natural" },
          { key: "b", needs: ["a"] },
        ],
        { decide: (_, key) => (key === "b" ? "hold" : "allow") },
      ).run()
      one.control({ kind: "cancel", reason: "stop it", undo: "completed" })
      return one.run(() => one.stepOf("a").state.status === "undone")
    },
  }
  const world = (steps: readonly StepSketch[], script: ConstructorParameters<typeof World>[1]): World =>
    new World(planOf(steps), script)

  // Facts about `a` as they were really written by some world, so that only the state decides whether they fit.
  const written = (): ReadonlyMap<string, Fact> => {
    const facts = new Map<string, Fact>()
    const worlds = [
      stopped.held().run(),
      stopped.completed().run(),
      stopped.retrying(),
      stopped.inDoubt(),
      stopped.blocked(),
      stopped.skipped(),
      stopped.undone(),
    ]
    for (const one of worlds)
      for (const entry of one.entries) {
        const recorded = recordedFact(entry)
        if (recorded.ok) facts.set(short(recorded.value.fact.kind), recorded.value.fact)
      }
    return facts
  }

  test("INV-09 the table of a step: what each state takes", () => {
    const rows = Object.entries(stepEntries).map(
      ([kind, statuses]) => `${short(kind)}: ${[...statuses].join(" ")}`,
    )
    expect(rows.join("\n")).toMatchInlineSnapshot(`
      "policy.decided: pending ready held cleared retrying
      step.started: held cleared retrying
      step.blocked: pending ready held cleared retrying
      step.completed: ready running inDoubt
      step.failed: ready running retrying
      step.inDoubt: ready running retrying
      step.resolved: inDoubt
      step.skipped: pending ready cleared retrying
      step.undone: completed"
    `)
  })

  test("every state is reached by a real execution, and refuses every entry that its row does not list", () => {
    const facts = written()
    for (const [status, stop] of Object.entries(stopped)) {
      const reached = stop()
      expect(reached.stepOf("a").state.status).toBe(status)
      for (const kind of Object.keys(stepEntries) as StepFact["kind"][]) {
        const fact = facts.get(short(kind))
        if (fact === undefined || stepEntries[kind].some((one) => one === status)) continue
        const { stepId, key, generation } = reached.stepOf("a")
        const about = { ...fact, payload: { ...fact.payload, stepId, key, generation } } as Fact
        expect(stop().tryWrite(about), `${status} takes ${short(kind)}`).toMatchObject({ kind })
      }
    }
  })

  test("INV-09 one attempt never starts twice, and a finished step never again in its generation", () => {
    const one = stopped.running()
    const started = one.entries
      .map((entry) => recordedFact(entry))
      .flatMap((entry) =>
        entry.ok && entry.value.fact.kind === "controlPlane.execution.step.started@1"
          ? [entry.value.fact]
          : [],
      )
    const [fact] = started
    if (fact === undefined) throw new Error("nothing started")
    expect(one.tryWrite(fact)).toMatchObject({ because: "not in this state" })
    const done = stopped.completed()
    expect(done.tryWrite(fact)).toMatchObject({ because: "not in this state", status: "completed" })
  })

  test("INV-09 after a committed cancel a cleared step does not start", () => {
    const one = stopped.cleared()
    const other = stopped.running()
    const started = other.entries
      .map((entry) => recordedFact(entry))
      .find((entry) => entry.ok && entry.value.fact.kind === "controlPlane.execution.step.started@1")
    one.control({ kind: "cancel", reason: "stop it", undo: "none" })
    if (started?.ok !== true) throw new Error("nothing started")
    expect(one.tryWrite(started.value.fact)).toMatchObject({ because: "no step starts now" })
  })

  test("a closed execution accepts only a late review and a retry", () => {
    for (const end of [stopped.completed().run(), stopped.blocked().run()]) {
      const facts = written()
      const taken = entryKinds.map(short).filter((kind) => {
        const fact = facts.get(kind)
        return fact !== undefined && end.tryWrite(fact) === null
      })
      expect(taken).toEqual([])
    }
  })

  test("a trace that does not begin with its intent, has a gap or is another's does not fold", () => {
    const { entries } = stopped.completed()
    expect(foldEntries(entries.slice(1))).toMatchObject({
      ok: false,
      error: { because: "a trace begins with its intent" },
    })
    expect(foldEntries([...entries.slice(0, 2), ...entries.slice(3)])).toMatchObject({
      ok: false,
      error: { because: "a gap in seq" },
    })
    expect(foldEntries([])).toEqual({ ok: true, value: null })
  })
})

/** Random plans with random outsides: references only to earlier steps, every effect class, holds, denials, crashes, undo. */
const planArbitrary = fc.array(
  fc.record({
    effect: fc.constantFrom(...effects),
    needs: fc.array(fc.nat(5), { maxLength: 2 }),
    undo: fc.boolean(),
    when: fc.constantFrom(null, null, true, false),
  }),
  { minLength: 1, maxLength: 6 },
)
const scriptArbitrary = fc.record({
  verdicts: fc.array(fc.constantFrom("allow" as const, "allow" as const, "hold" as const, "deny" as const), {
    minLength: 6,
    maxLength: 6,
  }),
  answers: fc.array(fc.constantFrom("succeeded", "succeeded", "rejected", "notSent", "unknown", "crash"), {
    minLength: 4,
    maxLength: 4,
  }),
  reviews: fc.array(
    fc.constantFrom("approve" as const, "approve" as const, "reject" as const, "wait" as const),
    { minLength: 3, maxLength: 3 },
  ),
  onFailure: fc.constantFrom("stop" as const, "undo" as const),
  command: fc.constantFrom("none", "cancel", "undo", "pause"),
  at: fc.nat(12),
  parallel: fc.constantFrom(1, 2, 16),
  escalates: fc.boolean(),
})
type Sketches = typeof planArbitrary extends fc.Arbitrary<infer T> ? T : never
type Chance = typeof scriptArbitrary extends fc.Arbitrary<infer T> ? T : never

function lived(sketches: Sketches, chance: Chance): World {
  const steps = sketches.map(({ effect, needs, undo, when }, index): StepSketch => ({
    key: `s${index}`,
    effect,
    when,
    needs: [...new Set(needs.filter((need) => need < index).map((need) => `s${need}`))],
    ...(undo ? { undo: "natural" as const } : {}),
  }))
  const call = (n: number): string => chance.answers[n % chance.answers.length] ?? "succeeded"
  const world: World = new World(
    planOf(steps, { bounds: { deadline: "P2D" as Duration, instances: 6, parallel: chance.parallel } }),
    {
      obligations: chance.escalates ? { onTimeout: "escalate", escalateTo: [finance] } : {},
      onFailure: chance.onFailure,
      decide: (_, key) => chance.verdicts[Number(key.slice(1))] ?? "allow",
      answer: () => {
        const kind = call(world.calls.length)
        if (kind === "crash") return "crash"
        if (kind === "succeeded") return { kind, output: { n: world.calls.length } }
        return kind === "rejected"
          ? { kind, code: "NO", message: "no" }
          : kind === "notSent"
            ? { kind, reason: "refused" }
            : { kind: "unknown", reason: "reset" }
      },
      probe: () =>
        call(world.calls.length + 1) === "succeeded" ? { kind: "found", output: 1 } : { kind: "notFound" },
    },
  )
  world.run((one) => one.offered.length >= chance.at)
  if (!isOver(world)) command(world, chance.command)
  for (let round = 0; round < 200 && !isOver(world.run()); round += 1) onward(world, chance, round)
  return world
}

function command(world: World, kind: string): void {
  if (kind === "cancel" || kind === "undo")
    world.control({ kind: "cancel", reason: "stop it", undo: kind === "undo" ? "completed" : "none" })
  if (
    kind === "pause" &&
    world.control({ kind: "pause", reason: "wait a bit", until: null, because: "operator" }).ok
  ) {
    world.run()
    world.control({ kind: "resume", reason: null })
  }
}

/** What people do when nothing else moves: they review, or let it time out, and settle what is in doubt. */
function onward(world: World, chance: Chance, round: number): void {
  const doubt = world.state.steps.find(({ state }) => state.status === "inDoubt")
  if (doubt?.state.status === "inDoubt")
    world.control({
      kind: "resolve",
      stepId: doubt.stepId,
      generation: doubt.generation,
      attempt: doubt.state.attempt,
      evidence: [{ kind: "receipt", ref: "r" }],
      reason: "looked at the provider's records",
      by: ana as never,
      outcome: round % 2 === 0 ? { kind: "happened", output: 1 } : { kind: "didNotHappen", next: "fail" },
    })
  const open = world.state.approvals.findLast(({ state }) => state.status === "open")
  const decision = chance.reviews[round % chance.reviews.length] ?? "wait"
  if (open === undefined) return
  if (decision === "wait") world.pass(4 * 3_600_000)
  else
    world.review(round % 2 === 0 ? ana : ben, decision, {
      approvalId: open.approvalId,
      stepId: open.stepId,
      approvalDigest: open.approvalDigest,
    })
}

const isOver = (world: World): boolean =>
  ["completed", "failed", "cancelled", "rejected"].includes(world.status())

describe("properties over random plans, outsides and people", () => {
  const runs = { numRuns: 300 }

  test("every execution ends", () => {
    fc.assert(
      fc.property(planArbitrary, scriptArbitrary, (sketches, chance) => isOver(lived(sketches, chance))),
      runs,
    )
  })

  test("INV-08 evolve over a trace cut anywhere in two ends where evolve over the whole ends", () => {
    fc.assert(
      fc.property(
        planArbitrary,
        scriptArbitrary,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (sketches, chance, share) => {
          const { entries, state } = lived(sketches, chance)
          const cut = 1 + Math.floor(share * (entries.length - 1))
          const half = foldTrace(entries.slice(0, cut))
          const whole = entries.slice(cut).reduce((execution, entry) => {
            const recorded = recordedFact(entry)
            const next = recorded.ok ? evolve(execution, recorded.value) : recorded
            if (!next.ok) throw new Error(next.error.because)
            return next.value
          }, half)
          expect(whole).toEqual(state)
        },
      ),
      runs,
    )
  })

  test("INV-09 no prefix of a trace offers work on a finished, cancelled or undecided step, and each offers the same twice", () => {
    fc.assert(
      fc.property(planArbitrary, scriptArbitrary, (sketches, chance) => {
        const { entries } = lived(sketches, chance)
        for (let length = 1; length <= entries.length; length += 1) {
          const execution = foldTrace(entries.slice(0, length))
          const work = nextWork(execution, execution.updatedAt, contracts)
          if (length > 1) expect(nextWork(execution, execution.updatedAt, contracts)).toEqual(work)
          if (["completed", "failed", "cancelled"].includes(executionStatus(execution)))
            expect(work).toEqual([])
          for (const one of work) {
            if (one.kind !== "dispatch") continue
            const step = execution.steps.find(({ stepId }) => stepId === one.question.stepId)
            if (step === undefined) throw new Error("offered a step that is not there")
            expect(isFinished(step) || step.verdict === null).toBe(false)
            expect(step.role === "do" && execution.cancel !== null).toBe(false)
            expect(step.verdict?.core.decision === "hold" && one.approvalId === null).toBe(false)
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  test("INV-14 at the time at which any prefix of a trace asks to be woken, something is due", () => {
    fc.assert(
      fc.property(planArbitrary, scriptArbitrary, (sketches, chance) => {
        const { entries } = lived(sketches, chance)
        for (let length = 1; length <= entries.length; length += 1) {
          const execution = foldTrace(entries.slice(0, length))
          const { wakeAt } = lookAhead(execution, execution.updatedAt, contracts)
          // An escalation and the request that follows it are one append: no reader sees the state between them.
          const isWhole = entries[length - 1]?.head.kind !== "controlPlane.approval.escalated@1"
          if (isWhole && wakeAt !== null) expect(nextWork(execution, wakeAt, contracts)).not.toEqual([])
        }
      }),
      { numRuns: 100 },
    )
  })

  test("INV-03 an unsafe step is sent at most once a generation, and every attempt of a generation has one key", () => {
    fc.assert(
      fc.property(planArbitrary, scriptArbitrary, (sketches, chance) => {
        const world = lived(sketches, chance)
        const keysOf = Map.groupBy(world.calls, ({ question }) => `${question.stepId} ${question.generation}`)
        for (const calls of keysOf.values())
          expect(new Set(calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
        const unsafe = world.sent
          .filter(({ contract }) => contract.effect === "unsafe")
          .map(({ idempotencyKey }) => idempotencyKey)
        expect(new Set(unsafe).size).toBe(unsafe.length)
      }),
      runs,
    )
  })
})
