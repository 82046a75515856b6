// What executions do from their plan to their end, driven by the core alone.

import { describe, expect, test } from "vitest"
import { addMs, PrincipalId, type Duration, type Json } from "@counterfoil/contracts"
import { statusAt } from "../state/approval-status.ts"
import { explainExecution } from "../state/explain-execution.ts"
import { foldTrace } from "../state/fold-trace.ts"
import { lookAhead } from "./next-work.ts"
import { World, ana, ben, contracts, planDigestOf, planOf, requester, start } from "../../test/world.ts"

const statuses = (world: World): readonly string[] =>
  world.state.steps.map(
    ({ key, index, role, state }) =>
      `${role === "undo" ? "undo " : ""}${key}${index === null ? "" : index} ${state.status}`,
  )

describe("a straight plan", () => {
  test("a step waits for its needs, and its input holds their outputs", () => {
    const world = new World(
      planOf([{ key: "a" }, { key: "b", needs: ["a"], input: { from: { $from: "a", at: "/done" } } }], {
        output: { $from: "b", at: "/done" },
      }),
    ).run()
    expect(world.status()).toBe("completed")
    expect(world.calls.map(({ input }) => input)).toEqual([{ of: "a" }, { from: "a" }])
    expect(world.state.life).toMatchObject({ at: "completed", output: "b" })
  })

  test("a false condition skips a step and what needs it, and the execution completes", () => {
    const world = new World(
      planOf([
        { key: "a" },
        { key: "b", needs: ["a"], when: { eq: [{ $from: "a", at: "/done" }, "z"] } },
        { key: "c", needs: ["b"] },
        { key: "d", after: ["c"] },
      ]),
    ).run()
    expect(statuses(world)).toEqual(["a completed", "b skipped", "c skipped", "d completed"])
    expect(world.status()).toBe("completed")
  })

  test("a condition that cannot be decided blocks its step", () => {
    const world = new World(
      planOf([{ key: "a" }, { key: "b", needs: ["a"], when: { lt: [{ $from: "a", at: "/gone" }, 1] } }]),
    ).run()
    expect(world.stepOf("b").state).toMatchObject({ status: "blocked", reason: "conditionError" })
    expect(world.status()).toBe("failed")
  })

  test("an input that its contract refuses blocks the step, and nothing is sent", () => {
    const world = new World(planOf([{ key: "a", input: "unfit" }])).run()
    expect(world.stepOf("a").state).toMatchObject({ status: "blocked", reason: "inputInvalid" })
    expect(world.calls).toEqual([])
  })

  test("an input of many references to one large output is refused by its size, before it is made", () => {
    const text = "x".repeat(1_000_000)
    const many = Array.from({ length: 3_000 }, () => ({ $from: "a", at: "/text" }))
    const large = { kind: "succeeded" as const, output: { text } }
    for (const input of [{ many }, { text: { $text: many } }]) {
      const world = new World(planOf([{ key: "a" }, { key: "b", needs: ["a"], input }]), {
        answer: () => large,
      }).run()
      expect(world.stepOf("b").state).toMatchObject({ status: "blocked", reason: "limitExceeded" })
      expect(world.calls).toHaveLength(1)
    }
  })

  test("an output of many references to one large output is left out where no entry could hold it", () => {
    const answer = () => ({ kind: "succeeded" as const, output: { text: "x".repeat(1_000_000) } })
    const outputOf = (count: number) =>
      new World(
        planOf([{ key: "a" }], {
          output: Array.from({ length: count }, () => ({ $from: "a", at: "/text" })),
        }),
        { answer },
      ).run().state.life
    expect(outputOf(1)).toMatchObject({ at: "completed", output: ["x".repeat(1_000_000)] })
    expect(outputOf(3_000)).toMatchObject({ at: "completed", output: null })
  })

  test("a denied preview ends the execution before anything ran", () => {
    const world = new World(planOf([{ key: "a" }, { key: "b", after: ["a"] }]), {
      decide: (_, key) => (key === "b" ? "deny" : "allow"),
    }).run()
    expect(world.status()).toBe("failed")
    expect(world.calls).toEqual([])
    expect(world.state.startedAt).toBeNull()
  })

  test("after the first final failure no new forward step starts, and what was not reached stays as it was", () => {
    const world = new World(planOf([{ key: "a" }, { key: "b", needs: ["a"] }, { key: "c", after: ["b"] }]), {
      answer: ({ question }) =>
        question.key === "a"
          ? { kind: "rejected", code: "NO", message: "no" }
          : { kind: "succeeded", output: null },
    }).run()
    expect(statuses(world)).toEqual(["a failed", "b skipped", "c ready"])
    expect(world.state.life).toMatchObject({
      at: "failed",
      failure: { code: "HANDLER_REJECTED", providerCode: "NO", retryable: false },
    })
  })

  test("a plan that is started by hand waits for it", () => {
    const world = new World(planOf([{ key: "a" }]), { start: "manual" }).run(
      (one) => one.offered.length === 1,
    )
    expect(lookAhead(world.state, world.now, contracts)).toEqual({
      work: [],
      wakeAt: world.state.plan?.deadline,
    })
    world.control({ kind: "start", planDigest: planDigestOf(planOf([{ key: "a" }])) })
    expect(world.run().status()).toBe("completed")
  })

  test("at most sixteen steps of one execution run at once", () => {
    const world = new World(planOf(Array.from({ length: 20 }, (_, index) => ({ key: `s${index}` }))), {
      answer: () => "crash",
    }).run(({ calls }) => calls.length === 16)
    expect(world.run((one) => one.now > start).calls).toHaveLength(16)
  })
})

describe("retries", () => {
  test("an attempt that was not sent is tried again under the same key, at most three times", () => {
    const world = new World(planOf([{ key: "a" }]), {
      answer: () => ({ kind: "notSent", reason: "refused" }),
    }).run()
    expect(world.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(new Set(world.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
    expect(world.status()).toBe("failed")
  })

  test("INV-03 a time-out of an unsafe step is in doubt, never tried again, and not before the grace is over", () => {
    const world = new World(
      planOf([
        { key: "a", effect: "unsafe" },
        { key: "b", needs: ["a"] },
      ]),
      {
        answer: ({ question }) =>
          question.key === "a" ? { kind: "unknown", reason: "reset" } : { kind: "succeeded", output: 1 },
      },
    ).run()
    expect(world.calls).toHaveLength(1)
    expect(world.status()).toBe("inDoubt")
    expect(world.stepOf("a").state).toMatchObject({ status: "inDoubt", since: addMs(start, 37_000) })
  })

  test("INV-03 the last attempt of a keyed step without a recorded outcome is in doubt, not failed", () => {
    const world = new World(planOf([{ key: "a" }]), {
      answer: () => ({ kind: "unknown", reason: "reset" }),
    }).run()
    expect(world.calls).toHaveLength(3)
    expect(world.stepOf("a").state.status).toBe("inDoubt")
  })

  test("a crash of a pure step runs it again", () => {
    const world = new World(planOf([{ key: "a", effect: "pure" }]), {
      answer: ({ attempt }) => (attempt === 1 ? "crash" : { kind: "succeeded", output: 1 }),
    }).run()
    expect(world.status()).toBe("completed")
    expect(world.stepOf("a").tries.started).toBe(2)
  })

  test("a probe that finds the effect completes the step without a second call", () => {
    const world = new World(planOf([{ key: "a", effect: "probeable" }]), {
      answer: () => "crash",
      probe: () => ({ kind: "found", output: 7 }),
    }).run()
    expect(world.calls).toHaveLength(1)
    expect(world.stepOf("a").state).toMatchObject({ status: "completed", source: "probe", output: 7 })
  })

  test("a probe that finds nothing lets the step run again; one that cannot tell leaves it in doubt", () => {
    const again = new World(planOf([{ key: "a", effect: "probeable" }]), {
      answer: ({ attempt }) => (attempt === 1 ? "crash" : { kind: "succeeded", output: 1 }),
    }).run()
    expect(again.status()).toBe("completed")
    const unclear = new World(planOf([{ key: "a", effect: "probeable" }]), {
      answer: () => "crash",
      probe: () => ({ kind: "cannotTell", reason: "down" }),
    }).run()
    expect(unclear.stepOf("a").state).toMatchObject({ status: "inDoubt", because: "probeInconclusive" })
  })

  test("INV-03 a result that does not fit is in doubt for effects and final for reads", () => {
    const answer = (): { readonly kind: "succeeded"; readonly output: string } => ({
      kind: "succeeded",
      output: "unfit",
    })
    expect(new World(planOf([{ key: "a" }]), { answer }).run().stepOf("a").state.status).toBe("inDoubt")
    expect(
      new World(planOf([{ key: "a", effect: "read" }]), { answer }).run().stepOf("a").state,
    ).toMatchObject({ status: "failed", error: { code: "OUTPUT_INVALID" } })
  })

  test.each([
    ["a list of more items", Array.from({ length: 10_001 }, () => 0)],
    ["more keys", Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, 0]))],
    ["more levels", nested(31)],
    ["more levels than can be spelled", nested(2_000)],
    ["a whole number that parsers read differently", { id: 2 ** 60 }],
    ["a key that reaches a prototype", { a: JSON.parse('{"constructor":1}') as Json }],
  ])(
    "INV-07 INV-08 a result with %s is refused, not written: no reader of its trace takes it",
    (_what, output) => {
      const answer = () => ({ kind: "succeeded" as const, output })
      expect(
        new World(planOf([{ key: "a", effect: "read" }]), { answer }).run().stepOf("a").state,
      ).toMatchObject({ status: "failed", error: { code: "OUTPUT_INVALID" } })
    },
  )

  test("a result of as many levels and items as a trace takes is written", () => {
    for (const output of [nested(30), Array.from({ length: 10_000 }, () => 0)]) {
      const answer = () => ({ kind: "succeeded" as const, output })
      const { state } = new World(planOf([{ key: "a", effect: "read" }]), { answer }).run().stepOf("a")
      expect(state).toMatchObject({ status: "completed", output })
    }
  })

  test("a late success settles a step in doubt, and says that it is late", () => {
    const world = new World(planOf([{ key: "a", effect: "unsafe" }]), { answer: () => "crash" }).run()
    const step = world.stepOf("a")
    world.write({
      kind: "controlPlane.execution.step.completed@1",
      payload: {
        stepId: step.stepId,
        key: step.key,
        generation: 0,
        role: "do",
        attempt: 1,
        output: 1,
        outputDigest: ("sha256:" + "0".repeat(64)) as never,
        source: "handler",
        durationMs: 1,
        late: true,
      },
    })
    expect(world.run().status()).toBe("completed")
  })
})

describe("holds", () => {
  const held = (script: ConstructorParameters<typeof World>[1] = {}): World =>
    new World(planOf([{ key: "a" }]), { decide: () => "hold", ...script }).run()

  test("INV-02 a held step runs only after its approval, and consumes it", () => {
    const world = held()
    expect(world.status()).toBe("waiting")
    expect(world.calls).toEqual([])
    world.review(ana, "approve")
    expect(world.run().status()).toBe("completed")
    expect(world.state.approvals.map(({ state }) => state.status)).toEqual(["consumed"])
  })

  test("a rejection blocks the step and fails the execution", () => {
    const world = held()
    world.review(ana, "reject", { reason: "wrong customer", reasonCode: "wrongTarget" })
    expect(world.run().stepOf("a").state).toMatchObject({ status: "blocked", reason: "approvalRejected" })
    expect(world.status()).toBe("failed")
  })

  test("a quorum of two needs two people, and the grace after it is waited for", () => {
    const world = held({
      obligations: { quorum: [{ role: "finance" as never, count: 2 }], grace: "PT5S" as Duration },
    })
    world.review(ana, "approve")
    expect(world.run().status()).toBe("waiting")
    world.review(ben, "approve")
    expect(world.state.approvals[0]?.state).toEqual({ status: "approved", notBefore: addMs(start, 5_000) })
    expect(world.run().status()).toBe("completed")
    expect(world.now).toBe(addMs(start, 5_000))
  })

  test("an approval that is withdrawn before it is consumed does not count", () => {
    const world = held({ obligations: { grace: "PT5S" as Duration } })
    world.review(ana, "approve")
    world.review(ana, "withdraw", { reason: "too early" })
    expect(world.run().state.approvals[0]?.state.status).toBe("open")
    expect(world.calls).toEqual([])
  })

  test("INV-06 a signed review counts once: it cannot be used again after a withdrawal, nor a review's id", () => {
    const world = held({ obligations: { grace: "PT5S" as Duration } })
    const signature = {
      payloadType: "application/vnd.counterfoil.review+json",
      payload: "e30=",
      signatures: [{ keyid: "0".repeat(64), sig: "AA==" }],
    } as const
    world.review(ana, "approve", { signature, method: "ed25519" })
    world.review(ana, "withdraw", { reason: "too early" })
    expect(() => world.review(ana, "approve", { signature, method: "ed25519" })).toThrow("used before")
    const [first] = world.state.approvals[0]?.reviews ?? []
    expect(() =>
      world.review(ben, "approve", first === undefined ? {} : { reviewId: first.reviewId }),
    ).toThrow("has this id already")
    expect(world.state.approvals[0]?.state.status).toBe("open")
  })

  test.each([
    ["expire", "approvalExpired"],
    ["reject", "approvalRejected"],
  ] as const)("a time-out with fallback %s blocks the step as %s", (onTimeout, reason) => {
    const world = held({ obligations: { onTimeout } })
    world.pass(4 * 3_600_000)
    expect(world.run().stepOf("a").state).toMatchObject({ status: "blocked", reason })
  })

  test("a time-out with fallback escalate asks the next role anew, and the last level never escalates", () => {
    const before = held({ obligations: { onTimeout: "escalate", escalateTo: ["owner" as never] } }).pass(
      4 * 3_600_000,
    )
    before.run()
    expect(
      before.state.approvals.map(({ state, level, fallback, obligations }) => [
        state.status,
        level,
        fallback,
        obligations.quorum[0]?.role,
      ]),
    ).toEqual([
      ["escalated", 0, "escalate", "finance"],
      ["open", 1, "expire", "owner"],
    ])
    expect(
      before
        .pass(4 * 3_600_000)
        .run()
        .status(),
    ).toBe("failed")
  })

  test("INV-02 a changed verdict voids an approval at consumption, and the step is decided anew", () => {
    let tier: "medium" | "high" = "medium"
    const world = new World(planOf([{ key: "a" }]), {
      decide: () => "hold",
      get tier() {
        return tier
      },
    }).run()
    tier = "high"
    world.review(ana, "approve")
    world.run()
    expect(world.state.approvals.map(({ state, tier: asked }) => `${state.status} ${asked}`)).toEqual([
      "voided medium",
      "open high",
    ])
    expect(world.calls).toEqual([])
  })

  test("a late review is recorded and changes nothing", () => {
    const world = held()
    world.review(ana, "approve")
    world.run()
    const late = world.review(ben, "reject", { reason: "too late" })
    expect(late).toMatchObject({
      ok: true,
      value: { status: "consumed", refusal: { code: "APPROVAL_CLOSED" } },
    })
    expect(world.status()).toBe("completed")
  })

  test.each(["approve", "reject", "withdraw"] as const)(
    "INV-02 an answer (%s) in the millisecond in which the time is over is late, although no worker has written that it is over",
    (decision) => {
      const world = held()
      const [approval] = world.state.approvals
      if (approval === undefined) throw new Error("no request")
      world.now = addMs(approval.expiresAt, -1)
      expect(statusAt(approval, world.now)).toBe("open")
      if (decision === "withdraw") world.review(ana, "approve")
      world.now = approval.expiresAt
      expect(statusAt(approval, world.now)).toBe("expired")
      const answered = world.review(decision === "withdraw" ? ana : ben, decision)
      expect(answered).toMatchObject({
        ok: true,
        value: { status: "expired", refusal: { code: "APPROVAL_CLOSED" } },
      })
      expect(answered.ok && answered.value.facts.map(({ payload }) => payload)).toMatchObject([
        { late: true, status: "expired" },
      ])
      world.run()
      expect(world.stepOf("a").state).toMatchObject({ status: "blocked", reason: "approvalExpired" })
      expect(world.calls).toEqual([])
    },
  )

  test("a late approval of a request that escalates does not count for the next request", () => {
    const world = held({ obligations: { onTimeout: "escalate", escalateTo: ["owner" as never] } }).pass(
      4 * 3_600_000,
    )
    world.review(ana, "approve")
    world.run()
    expect(world.state.approvals.map(({ state }) => state.status)).toEqual(["escalated", "open"])
    world.review(ben, "approve")
    world.run()
    expect(world.status()).toBe("completed")
  })

  test("a review of another digest is stale, and the same answer twice is refused", () => {
    const world = held({ obligations: { quorum: [{ role: "finance" as never, count: 2 }] } })
    expect(
      world.review(ana, "approve", { approvalDigest: ("sha256:" + "1".repeat(64)) as never }),
    ).toMatchObject({ ok: false, error: { code: "DIGEST_STALE" } })
    world.review(ana, "approve")
    expect(world.review(ana, "approve")).toMatchObject({ ok: false, error: { code: "ALREADY_REVIEWED" } })
  })
})

describe("cancel, pause, retry, resolve", () => {
  test("INV-09 after a cancel no forward step starts, and open requests are void", () => {
    const world = new World(planOf([{ key: "a" }, { key: "b", needs: ["a"] }]), {
      decide: (_, key) => (key === "b" ? "hold" : "allow"),
    }).run()
    world.control({ kind: "cancel", reason: "stop it", undo: "none" })
    expect(world.state.approvals[0]?.state.status).toBe("voided")
    expect(world.run().status()).toBe("cancelled")
    expect(statuses(world)).toEqual(["a completed", "b skipped"])
  })

  test("an attempt in flight at a cancel finishes and is recorded", () => {
    const world = new World(planOf([{ key: "a", effect: "unsafe" }]), { answer: () => "crash" }).run(
      ({ calls }) => calls.length === 1,
    )
    world.control({ kind: "cancel", reason: "stop it", undo: "none" })
    expect(world.status()).toBe("cancelling")
    expect(world.run().status()).toBe("inDoubt")
    const { stepId } = world.stepOf("a")
    world.control({
      kind: "resolve",
      stepId,
      generation: 0,
      attempt: 1,
      evidence: [{ kind: "receipt", ref: "r-1" }],
      reason: "no entry in the ledger of the bank",
      by: "hum_01kaz3v8g0e8r4n2t6w0y3b5aa" as never,
      outcome: { kind: "didNotHappen", next: "fail" },
    })
    expect(world.run().status()).toBe("cancelled")
  })

  test("a cancel with undo reverses completed steps in reverse order, each at most once", () => {
    const world = new World(
      planOf([
        { key: "a", undo: "natural" },
        { key: "b", needs: ["a"], undo: "natural" },
        { key: "c", needs: ["b"] },
      ]),
      { decide: (_, key) => (key === "c" ? "hold" : "allow") },
    ).run()
    world.control({ kind: "cancel", reason: "stop it", undo: "completed" })
    expect(world.run().status()).toBe("cancelled")
    expect(world.calls.map(({ question }) => `${question.role} ${question.key}`)).toEqual([
      "do a",
      "do b",
      "undo b",
      "undo a",
    ])
    expect(world.calls[3]?.input).toEqual({ undo: { done: "a" } })
    expect(statuses(world)).toEqual([
      "a undone",
      "b undone",
      "c skipped",
      "undo b completed",
      "undo a completed",
    ])
  })

  test("a plan with onFailure undo reverses what completed, and says so at the end", () => {
    const world = new World(
      planOf([
        { key: "a", undo: "natural" },
        { key: "b", needs: ["a"] },
      ]),
      {
        onFailure: "undo",
        answer: ({ question }) =>
          question.key === "b"
            ? { kind: "rejected", code: "NO", message: "no" }
            : { kind: "succeeded", output: 1 },
      },
    ).run()
    expect(world.state.life).toMatchObject({ at: "failed", undone: [world.stepOf("a").stepId] })
    expect(world.control({ kind: "retry", stepId: world.stepOf("b").stepId, reason: "again" })).toMatchObject(
      { ok: false, error: { code: "NOT_RETRYABLE" } },
    )
  })

  test("nothing starts while paused, and the stated time resumes", () => {
    const world = new World(planOf([{ key: "a" }]), { start: "manual" })
    world.run((one) => one.offered.length === 1)
    world.control({ kind: "pause", reason: "incident", until: addMs(start, 60_000), because: "operator" })
    expect(world.status()).toBe("paused")
    world.run((one) => one.now > start)
    expect(world.calls).toEqual([])
    expect(world.run((one) => one.status() === "planned").now).toBe(addMs(start, 60_000))
  })

  test("a paused execution with an approval waits for its expiry, and does not wake when the grace is over", () => {
    const world = new World(planOf([{ key: "a" }]), {
      decide: () => "hold",
      obligations: { grace: "PT5S" as Duration },
    }).run()
    world.review(ana, "approve")
    world.control({ kind: "pause", reason: "incident", until: null, because: "operator" })
    const expiresAt = world.state.approvals[0]?.expiresAt
    expect(lookAhead(world.state, world.now, contracts)).toEqual({ work: [], wakeAt: expiresAt })
  })

  test("an emergency stop covers a pause that would end by itself, and its end puts that pause back", () => {
    const world = new World(planOf([{ key: "a" }]), { start: "manual" })
    const until = addMs(start, 60_000)
    const stop = { kind: "pause", reason: "stop everything", until: null, because: "killSwitch" } as const
    world.control({ kind: "pause", reason: "incident", until, because: "operator" })
    for (const again of [{ ...stop, because: "operator" } as const, { ...stop, until: addMs(until, 1) }])
      expect(world.control(again)).toMatchObject({ ok: false, error: { code: "STATE_INVALID" } })
    expect(world.control(stop).ok).toBe(true)
    expect(world.control(stop)).toMatchObject({ ok: false, error: { code: "STATE_INVALID" } })
    world.pass(2 * 60_000)
    const plansEnd = { work: [], wakeAt: addMs(start, 30 * 86_400_000) }
    expect([world.status(), lookAhead(world.state, world.now, contracts)]).toEqual(["paused", plansEnd])
    world.control({ kind: "resume", reason: null })
    expect(world.state.pause).toMatchObject({ because: "operator", reason: "incident", until, covers: null })
    expect(world.run((one) => one.status() === "planned").state.pause).toBeNull()
    expect(foldTrace(world.entries)).toEqual(world.state)
  })

  test("INV-08 the end of an emergency stop puts no pause back on an execution that has begun to fail", () => {
    const world = new World(planOf([{ key: "a" }, { key: "b", after: ["a"] }]), {
      decide: () => "hold",
    }).run()
    const until = addMs(start, 60_000)
    world.control({ kind: "pause", reason: "incident", until, because: "operator" })
    world.control({ kind: "pause", reason: "stop everything", until: null, because: "killSwitch" })
    world.review(ana, "reject", { reason: "wrong customer", reasonCode: "wrongTarget" })
    world.run()
    const resumed = world.control({ kind: "resume", reason: null })
    expect(resumed.ok && resumed.value.map(({ kind }) => kind)).toEqual(["controlPlane.execution.resumed@1"])
    expect(world.run().status()).toBe("failed")
    expect(foldTrace(world.entries)).toEqual(world.state)
  })

  test("INV-14 a request due to escalate and an attempt due to be probed wake no worker while paused", () => {
    const pause = { kind: "pause", reason: "incident", until: null, because: "operator" } as const
    const held = new World(planOf([{ key: "a" }]), {
      decide: () => "hold",
      obligations: { onTimeout: "escalate", escalateTo: ["owner" as never] },
    }).run()
    const lost = new World(planOf([{ key: "a", effect: "probeable" }]), { answer: () => "crash" }).run(
      (one) => one.calls.length === 1,
    )
    const nothingDue = { work: [], wakeAt: null }
    for (const world of [held, lost]) {
      expect(lookAhead(world.state, world.now, contracts).wakeAt).not.toBe(null)
      world.control(pause)
      const plansEnd = { work: [], wakeAt: addMs(start, 30 * 86_400_000) }
      expect(lookAhead(world.state, world.now, contracts)).toEqual(world === held ? plansEnd : nothingDue)
      world.control({ kind: "resume", reason: null })
      world.pass(4 * 3_600_000).run()
    }
    expect(held.state.approvals.map(({ state }) => state.status)).toEqual(["escalated", "open"])
    expect(lost.offered).toContain("probe")
  })

  test("a retry gives a failed step another generation and key, keeps what finished, and revives what was skipped because of it", () => {
    let works = false
    const world = new World(planOf([{ key: "a" }, { key: "b", needs: ["a"] }, { key: "c", needs: ["b"] }]), {
      answer: ({ question }) =>
        question.key === "b" && !works
          ? { kind: "rejected", code: "NO", message: "no" }
          : { kind: "succeeded", output: 1 },
    }).run()
    expect(statuses(world)).toEqual(["a completed", "b failed", "c skipped"])
    works = true
    world.control({ kind: "retry", stepId: world.stepOf("b").stepId, reason: "it works now" })
    expect(world.run().status()).toBe("completed")
    expect(world.calls.map(({ question }) => `${question.key}${question.generation}`)).toEqual([
      "a0",
      "b0",
      "b1",
      "c0",
    ])
    expect(world.calls[1]?.idempotencyKey).not.toBe(world.calls[2]?.idempotencyKey)
  })

  test("a retry of a blocked step asks its approvers again", () => {
    const world = new World(planOf([{ key: "a" }]), { decide: () => "hold" }).run()
    world.review(ana, "reject", { reason: "not now" })
    world.run()
    world.control({ kind: "retry", stepId: world.stepOf("a").stepId, reason: "now it is" })
    expect(world.run().state.approvals.map(({ state }) => state.status)).toEqual(["rejected", "open"])
  })

  test("resolved as did not happen, a step runs again under a new key and a new verdict", () => {
    let heard = false
    const world = new World(planOf([{ key: "a", effect: "unsafe" }]), {
      answer: () => (heard ? { kind: "succeeded", output: 1 } : "crash"),
    }).run()
    heard = true
    const settle = {
      kind: "resolve" as const,
      stepId: world.stepOf("a").stepId,
      generation: 0,
      attempt: 1,
      evidence: [{ kind: "statement" as const, ref: "ledger" }],
      reason: "no entry in the ledger of the bank",
      outcome: { kind: "didNotHappen" as const, next: "runAgain" as const },
    }
    expect(world.control({ ...settle, attempt: 2, by: ana as never })).toMatchObject({
      ok: false,
      error: { code: "STATE_INVALID" },
    })
    expect(world.control({ ...settle, by: ana as never }).ok).toBe(true)
    expect(world.run().status()).toBe("completed")
    expect(new Set(world.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2)
  })

  test.each([
    ["high", requester, false],
    ["high", ben, false],
    ["high", ana, true],
    ["medium", ben, true],
  ] as const)(
    "INV-06 at tier %s neither the requester nor the owner of the agent that asks settles a step in doubt: %s %s",
    (tier, by, may) => {
      const world = new World(planOf([{ key: "a", effect: "unsafe" }]), {
        tier,
        owner: ben,
        decide: () => "hold",
        answer: () => "crash",
      }).run()
      world.review(ana, "approve")
      world.run()
      const settled = world.control({
        kind: "resolve",
        stepId: world.stepOf("a").stepId,
        generation: 0,
        attempt: 1,
        evidence: [{ kind: "statement", ref: "ledger" }],
        reason: "no entry in the ledger of the bank",
        by: PrincipalId.parse(by),
        outcome: { kind: "happened", output: 1 },
      })
      expect(settled.ok ? null : settled.error.code).toBe(may ? null : "SEPARATION_OF_DUTIES")
    },
  )

  test("the deadline blocks what has not started, and the execution fails", () => {
    const world = new World(
      planOf([{ key: "a" }], { bounds: { deadline: "PT1H" as Duration, instances: 1, parallel: 16 } }),
      { decide: () => "hold" },
    ).run()
    world.pass(3_600_000)
    expect(world.run().stepOf("a").state).toMatchObject({ status: "blocked", reason: "deadlinePassed" })
    expect(world.state.life).toMatchObject({ at: "failed", failure: { code: "DEADLINE_PASSED" } })
    expect(world.state.approvals[0]?.state.status).toBe("voided")
  })
})

describe("fan-outs", () => {
  const each = { over: { $from: "list", at: "" }, max: 3, parallel: 2, onFailure: "continue" as const }
  const list =
    (output: readonly number[]) =>
    ({ question }: { readonly question: { readonly key: string; readonly index: number | null } }) =>
      question.key === "list"
        ? { kind: "succeeded" as const, output }
        : { kind: "succeeded" as const, output: (question.index ?? 0) * 10 }

  test("a fan-out runs one instance an element and puts out their outputs in order", () => {
    const world = new World(
      planOf([
        { key: "list", effect: "read" },
        { key: "all", needs: ["list"], each, input: { item: { $item: "" }, at: { $index: true } } },
      ]),
      { answer: list([7, 8, 9]) },
    ).run()
    expect(world.stepOf("all").state).toMatchObject({ status: "completed", output: [0, 10, 20] })
    expect(world.calls.slice(1).map(({ input }) => input)).toEqual([
      { item: 7, at: 0 },
      { item: 8, at: 1 },
      { item: 9, at: 2 },
    ])
    expect(world.status()).toBe("completed")
  })

  test("an empty array completes with an empty array; a longer one than planned blocks and is never cut", () => {
    const plan = planOf([
      { key: "list", effect: "read" },
      { key: "all", needs: ["list"], each },
    ])
    expect(new World(plan, { answer: list([]) }).run().stepOf("all").state).toMatchObject({
      status: "completed",
      output: [],
    })
    const long = new World(plan, { answer: list([1, 2, 3, 4]) }).run()
    expect(long.stepOf("all").state).toMatchObject({ status: "blocked", reason: "fanOutExceeded" })
    expect(long.calls).toHaveLength(1)
  })

  test("continue runs every instance though one fails, stop starts no other; both fail in the end", () => {
    const run = (onFailure: "stop" | "continue"): World =>
      new World(
        planOf([
          { key: "list", effect: "read" },
          { key: "all", needs: ["list"], each: { ...each, parallel: 1, onFailure } },
        ]),
        {
          answer: (dispatch) =>
            dispatch.question.index === 1
              ? { kind: "rejected", code: "NO", message: "no" }
              : list([1, 2, 3])(dispatch),
        },
      ).run()
    expect(statuses(run("continue"))).toEqual([
      "list completed",
      "all failed",
      "all0 completed",
      "all1 failed",
      "all2 completed",
    ])
    expect(statuses(run("stop"))).toEqual([
      "list completed",
      "all failed",
      "all0 completed",
      "all1 failed",
      "all2 ready",
    ])
  })

  test("INV-07 outputs that no entry holds together fail the fan-out, and a little less completes it", () => {
    const ended = (characters: number) =>
      new World(
        planOf([
          { key: "list", effect: "read" },
          { key: "all", effect: "read", needs: ["list"], each: { ...each, max: 5 } },
        ]),
        {
          answer: (dispatch) =>
            dispatch.question.key === "all"
              ? { kind: "succeeded", output: "x".repeat(characters) }
              : list([1, 2, 3, 4, 5])(dispatch),
        },
      ).run()
    expect(ended(1_000_000).stepOf("all").state).toMatchObject({
      status: "failed",
      error: { code: "OUTPUT_INVALID" },
    })
    expect(ended(800_000).stepOf("all").state.status).toBe("completed")
  })

  test("a retry of a fan-out runs only the instances that failed", () => {
    let works = false
    const world = new World(
      planOf([
        { key: "list", effect: "read" },
        { key: "all", needs: ["list"], each },
      ]),
      {
        answer: (dispatch) =>
          dispatch.question.index === 1 && !works
            ? { kind: "rejected", code: "NO", message: "no" }
            : list([1, 2, 3])(dispatch),
      },
    ).run()
    works = true
    world.control({ kind: "retry", stepId: world.stepOf("all").stepId, reason: "it works now" })
    expect(world.run().status()).toBe("completed")
    expect(world.calls).toHaveLength(5)
  })

  test("no more instances run at once than the plan allows", () => {
    const world = new World(
      planOf([
        { key: "list", effect: "read" },
        { key: "all", needs: ["list"], each },
      ]),
      { answer: (dispatch) => (dispatch.question.key === "all" ? "crash" : list([1, 2, 3])(dispatch)) },
    )
    world.run((one) => one.now > start)
    expect(world.calls).toHaveLength(3)
  })
})

test.each([
  ["a no is reviewRejected", "reviewRejected", (world: World) => void world.review(ana, "reject")],
  ["a time that is over is expired", "expired", (world: World) => void world.pass(4 * 3_600_000)],
])("in the tree the execution and its step go by one word: %s", (_says, word, act) => {
  const world = new World(planOf([{ key: "a" }]), { decide: () => "hold" }).run()
  expect(explainExecution(world.state, world.now)).toMatch(/ {2}draft {2}held {2}requested by /)
  act(world)
  world.run()
  const [title, step] = explainExecution(world.state, world.now).split("\n")
  expect(title).toContain(`  draft  ${word}  requested by `)
  expect(step).toMatch(new RegExp(`^└─ a +test\\.keyed@1 +${word} `))
})

test("a request whose time is over is held no more, before a worker has written so", () => {
  const world = new World(planOf([{ key: "a" }]), { decide: () => "hold" }).run().pass(4 * 3_600_000)
  const [title, step] = explainExecution(world.state, world.now).split("\n")
  expect(title).toContain("  draft  waiting  requested by ")
  expect(step).toMatch(/ hold, expired$/)
})

test("an execution explains itself as a tree of words", () => {
  const world = new World(
    planOf([
      { key: "charge", effect: "read" },
      { key: "refund", needs: ["charge"] },
      { key: "note", needs: ["refund"] },
    ]),
    {
      decide: (_, key) => (key === "refund" ? "hold" : "allow"),
      answer: ({ question }) =>
        question.key === "refund"
          ? { kind: "rejected", code: "SMTP_550", message: "no" }
          : { kind: "succeeded", output: 1 },
    },
  ).run()
  world.review(ana, "approve")
  world.run()
  expect(explainExecution(world.state, world.now))
    .toBe(`exe_01kaz3v8g0e8r4n2t6w0y3b5d7  draft  failed  requested by agt_01kaz3v8g0e8r4n2t6w0y3b5d7
├─ charge  test.read@1   completed  read, 1 attempt   allow
├─ refund  test.keyed@1  failed     keyed, 1 attempt  hold, approved by ${ana}, HANDLER_REJECTED SMTP_550
└─ note    test.keyed@1  skipped    keyed             dependencyFailed`)
  expect(foldTrace(world.entries)).toEqual(world.state)
})

/** Nothing in so many lists. */
const nested = (levels: number): Json => Array.from({ length: levels }).reduce<Json>((inner) => [inner], null)
