// What holds for an agent at every door, by its client and by raw calls: one key is one execution, "no" is an answer, a wait
// that runs out changes nothing. The ledger of the handlers says what was done outside.

import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import type { Agent, SubmitOptions } from "@counterfoil/sdk"
import {
  executionApprove,
  executionGet,
  intentSubmit,
  type Answer,
  type ApprovalItem,
  type Json,
} from "@counterfoil/contracts"
import {
  approve,
  draftOf,
  named,
  openRequests,
  readExecution,
  reject,
  type DraftStep,
} from "../support/asking.ts"
import { effectRef, type EffectName } from "../support/effect-handlers.ts"
import { until } from "../support/until.ts"
import { elsewhere, startAgentWorld, type AgentWorld } from "./agent-world.ts"
import { agentAt, doors } from "./doors.ts"
import { replayed } from "./replayed.ts"

let world: AgentWorld
beforeAll(async () => {
  world = await startAgentWorld("agents", "PT1S")
}, 60_000)
afterAll(() => world.close())

const input = (label: string, point = "none") => ({ label, point })
const act = (key: string, name: EffectName, label: string, more: Partial<DraftStep> = {}): DraftStep => ({
  key,
  contract: effectRef(name),
  input: input(label),
  ...more,
})
const draft = (...steps: readonly DraftStep[]) => draftOf(steps)
const idOf = (answer: Answer): string => {
  if (answer.kind === "refused") throw new Error(`refused: ${answer.problem.detail}`)
  return answer.executionId
}
const requestOf = (executionId: string): Promise<ApprovalItem> =>
  until(
    "request",
    10_000,
    async () => (await openRequests(world.plane.url, world.ana, executionId))[0] ?? null,
  )
const effectsOf = (label: string) =>
  world.plane.ledger
    .lines()
    .filter((line) => line.what === "effect" && line.label.startsWith(label))
    .map(({ contract, label: of }) => `${contract} ${of}`)
const longWait = { timeoutMs: 30_000 }

describe.each(doors)("an agent over $name", (door) => {
  let agent: Agent
  const fresh = (name: string) => `${door.name}-${name}`
  beforeAll(() => {
    agent = agentAt(door, world, world.bot)
  })
  afterAll(() => agent.close())

  test("one key is one execution, also when many arrive at once, and another input is a conflict", async () => {
    const key = fresh("once")
    const ask = (label: string) => agent.submit(effectRef("natural"), input(label), { key })
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(key)))
    expect(new Set(answers.map(idOf)).size).toBe(1)
    expect(answers.filter((answer) => "duplicate" in answer && !answer.duplicate)).toHaveLength(1)
    expect(answers.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => "completed"))
    expect(world.plane.ledger.calls(key)).toBe(1)
    expect(await ask("another")).toMatchObject({
      kind: "refused",
      problem: { code: "IDEMPOTENCY_CONFLICT", status: 409, actor: "caller" },
    })
  })

  test("a key is answered with its execution, also when asking for it first would be refused by now", async () => {
    const key = fresh("past")
    const deadline = new Date(Date.now() + 2_000).toISOString()
    const ask = () => agent.submit(effectRef("natural"), input(key), { key, deadline })
    const first = await ask()
    expect(first).toMatchObject({ kind: "completed", duplicate: false })
    await until("end of the deadline", 10_000, () => (Date.now() > Date.parse(deadline) + 50 ? true : null))
    expect(await ask()).toEqual({ ...first, duplicate: true })
    expect(
      await agent.submit(effectRef("natural"), input(key), { key: fresh("new"), deadline }),
    ).toMatchObject({
      kind: "refused",
      problem: { code: "DEADLINE_PASSED" },
    })
  })

  test("INV-08 who polls, who follows the stream and who is called back learn the same end", async () => {
    const held = await agent.submit(effectRef("probeable"), input(fresh("two")), {
      key: fresh("two"),
      callbackId: "agents-done",
      waitMs: 0,
    })
    const waits = (["poll", "stream"] as const).map((by) => agent.wait(idOf(held), { ...longWait, by }))
    await must(approve(world.plane.url, world.ana, await requestOf(idOf(held))))
    const [polled, streamed] = await Promise.all(waits)
    expect(polled).toMatchObject({ kind: "completed", output: { label: fresh("two") } })
    expect(streamed).toEqual(polled)
    const called = await until("callback", 10_000, () => world.receiver.of(idOf(held))[0] ?? null)
    expect(called.isSignedBy(world.callbackSecret)).toBe(true)
    expect(await agent.resume(called.event.subject)).toEqual(polled)
    expect(await replayed(world, idOf(held))).toBe("identical")
  })

  test("an execution that failed and is retried ends twice, and a callback tells of each end under an id of its own", async () => {
    const key = fresh("again")
    const options = { key, callbackId: "agents-done" }
    const failed = await agent.submit(effectRef("natural"), { label: key, point: "no" }, options)
    expect(failed.kind).toBe("failed")
    const executionId = idOf(failed)
    const [step] = (await readExecution(world.plane.url, world.ana, executionId)).steps ?? []
    await must(
      call<Json>(world.plane.url, world.ana, "POST", `/executions/${executionId}/retry`, {
        key: `retry-${key}`,
        stepId: step?.stepId ?? "",
        reason: "it says yes the second time",
      }),
    )
    expect((await agent.wait(executionId, longWait)).kind).toBe("completed")
    const told = await until("two callbacks", 10_000, () => {
      const got = world.receiver.of(executionId)
      return got.length === 2 ? got : null
    })
    expect(told.map(({ event }) => event.type).toSorted()).toEqual([
      "controlPlane.execution.completed",
      "controlPlane.execution.failed",
    ])
    expect(new Set(told.map(({ id }) => id)).size).toBe(2)
  })

  test("a callback that is not registered for this agent is refused at its field, and nothing is written", async () => {
    const key = fresh("nobody")
    for (const callbackId of ["nobody-registered", "for-ana-alone"])
      expect(
        await agent.submit(effectRef("natural"), input(key), { key, callbackId, waitMs: 0 }),
      ).toMatchObject({
        kind: "refused",
        problem: { code: "INPUT_INVALID", actor: "caller", issues: [{ at: "/callbackId" }] },
      })
    expect(await agent.submit(effectRef("natural"), input(key), { key })).toMatchObject({
      kind: "completed",
      duplicate: false,
    })
  })

  test("a wait that runs out changes nothing, and what is held is never said to be approved", async () => {
    const held = await agent.submit(effectRef("unsafe"), input(fresh("late")), {
      key: fresh("late"),
      waitMs: 0,
    })
    const before = await readExecution(world.plane.url, world.ana, idOf(held))
    for (const by of ["poll", "stream"] as const)
      expect(await agent.wait(idOf(held), { timeoutMs: 300, by })).toEqual(held)
    expect(held).toMatchObject({
      kind: "held",
      approvals: [{ needed: [{ role: "approver", count: 1 }], answered: 0 }],
    })
    const after = await readExecution(world.plane.url, world.ana, idOf(held))
    expect([after.version, after.head]).toEqual([before.version, before.head])
    expect(effectsOf(fresh("late"))).toEqual([])
  })

  test("after a crash of the agent the same key finds its execution, and resume reads it", async () => {
    const key = fresh("crash")
    const child = fork(
      fileURLToPath(new URL("agent.child.ts", import.meta.url)),
      [door.url(world, world.plane.started.tenant), world.bot.token, effectRef("probeable"), key],
      { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] },
    )
    const [executionId] = (await once(child, "message")) as readonly string[]
    child.kill("SIGKILL")
    await once(child, "exit")
    const again = await agent.submit(effectRef("probeable"), input(key), { key, waitMs: 0 })
    expect(again).toMatchObject({ kind: "held", executionId, duplicate: true })
    expect(await agent.resume(executionId ?? "")).toMatchObject({ kind: "held", executionId })
    await must(approve(world.plane.url, world.ana, await requestOf(executionId ?? "")))
    expect(await agent.wait(executionId ?? "", longWait)).toMatchObject({ kind: "completed" })
    expect(effectsOf(key)).toEqual([`probeable ${key}`])
  })

  test("every end has its kind, code and text", { timeout: 60_000 }, async () => {
    const tool = agent.asTool(
      world.plane.started.plane.registry.callable(effectRef("unsafe")) ?? executionGet,
    )
    const told: string[] = []
    const tell = (name: string, answer: Answer) => {
      const { code = "", resubmit = "" } = answer as { readonly code?: string; readonly resubmit?: string }
      told.push(`${name}: ${[answer.kind, code, resubmit].filter(Boolean).join(" ")}`)
    }
    const submitAs = (name: EffectName, label: string, point: string, labels: readonly string[] = []) =>
      agent.submit(effectRef(name), input(fresh(label), point), { key: fresh(label), labels, waitMs: 1_000 })
    tell("done", await submitAs("keyed", "done", "none"))
    tell("the handler says no", await submitAs("natural", "says-no", "no"))
    tell("forbidden", await submitAs("keyed", "forbidden", "none", ["forbidden"]))
    const bare = agentAt(door, world, world.bare)
    tell("no grant", await bare.submit(effectRef("keyed"), input("x"), { key: fresh("bare") }))
    await bare.close()
    tell(
      "no plan",
      await agent.submitDraft(draft(act("a", "pure", "a", { after: ["b"] })), { key: fresh("no-plan") }),
    )
    const rejected = await submitAs("unsafe", "rejected", "none")
    await must(reject(world.plane.url, world.ana, await requestOf(idOf(rejected))))
    const no = await agent.wait(idOf(rejected), longWait)
    tell("a person says no", no)
    expect(no).toMatchObject({ reason: "not like this", happened: [] })
    const cancelled = await submitAs("unsafe", "cancelled", "none")
    await must(
      call<Json>(world.plane.url, world.ana, "POST", `/executions/${idOf(cancelled)}/cancel`, {
        key: fresh("cancel"),
        reason: "no longer needed",
      }),
    )
    const over = await agent.wait(idOf(cancelled), longWait)
    tell("cancelled", over)
    expect(over).toMatchObject({ reason: "no longer needed" })
    const doubtful = await submitAs("unsafe", "doubtful", "K10")
    await must(approve(world.plane.url, world.ana, await requestOf(idOf(doubtful))))
    const doubt = await until("doubt", 20_000, async () => {
      const answer = await agent.resume(idOf(doubtful))
      return answer.kind === "inDoubt" ? answer : null
    })
    tell("in doubt", doubt)
    await settleAsHappened(idOf(doubtful))
    tell("settled", await agent.wait(idOf(doubtful), longWait))
    tell("not accepted", await agent.submit("nothing.there@1", {}, { key: fresh("nothing") }))
    expect(tool.name).toBe("ledger_unsafe_act_v1")
    expect(told).toEqual([
      "done: completed",
      "the handler says no: failed HANDLER_REJECTED afterChange",
      "forbidden: denied forbidden afterChange",
      "no grant: planRejected",
      "no plan: planRejected",
      "a person says no: reviewRejected approvalRejected afterChange",
      "cancelled: cancelled CANCELLED later",
      "in doubt: inDoubt",
      "settled: completed",
      "not accepted: refused",
    ])
  })

  test("INV-12 a model that calls a tool is led to correct, to wait or to a person, under the program's key alone", async () => {
    const toolOf = (of: Agent, name: EffectName) =>
      of.asTool(world.plane.started.plane.registry.callable(effectRef(name)) ?? executionGet)
    const tool = toolOf(agent, "natural")
    const options = { key: fresh("model") }
    const wrong = await tool.execute({ label: 7, point: "none" }, options)
    expect([wrong.advice, wrong.text.split("\n")[1]]).toEqual([
      "correct",
      expect.stringMatching(/^- \/label: /),
    ])
    expect((await tool.execute(input(fresh("model")), options)).advice).toBe("goOn")
    const other = await tool.execute(input(fresh("model-other")), options)
    expect([other.advice, other.text.includes("key")]).toEqual(["askPerson", false])
    expect(effectsOf(fresh("model-other"))).toEqual([])
    const bare = agentAt(door, world, world.bare)
    expect((await toolOf(bare, "keyed").execute(input("x"), { key: fresh("model-bare") })).advice).toBe(
      "askPerson",
    )
    await bare.close()
    const held = await toolOf(agent, "unsafe").execute(input(fresh("model-held")), {
      key: fresh("model-held"),
      waitMs: 0,
    })
    expect(held.advice).toBe("wait")
    const look = agent.getIntentTool()
    const id = held.answer === null ? "" : idOf(held.answer)
    expect((await look.execute({ executionId: id }, options)).advice).toBe("wait")
    expect((await look.execute({ executionId: `exe_${"0".repeat(26)}` }, options)).advice).toBe("correct")
    for (const nothing of [null, {}, []])
      expect((await look.execute(nothing, options)).advice).toBe("correct")
  })

  test("what a person rejected opens no second request, unless it is asked for again with a reason", async () => {
    const label = fresh("asked-anew")
    const ask = (key: string, more: Partial<SubmitOptions> = {}) =>
      agent.submit(effectRef("unsafe"), input(label), { key: fresh(key), waitMs: 0, ...more })
    const first = idOf(await ask("again-1"))
    await must(reject(world.plane.url, world.ana, await requestOf(first)))
    await agent.wait(first, longWait)
    const second = await ask("again-2", { waitMs: 1_000 })
    expect(second).toMatchObject({
      kind: "reviewRejected",
      code: "approvalRejected",
      resubmit: "afterChange",
    })
    expect("reason" in second ? second.reason : "").toMatch(
      new RegExp(`^Rejected before, by rev_[0-9a-z]{26} of ${first}: not like this$`),
    )
    expect(await openRequests(world.plane.url, world.ana, idOf(second))).toEqual([])
    expect(await replayed(world, idOf(second))).toBe("identical")
    const resubmitOf = { executionId: first, reason: "the amount was agreed on the phone" }
    const third = await ask("again-3", { resubmitOf })
    expect(third.kind).toBe("held")
    await must(approve(world.plane.url, world.ana, await requestOf(idOf(third))))
    expect((await agent.wait(idOf(third), longWait)).kind).toBe("completed")
    expect(effectsOf(label)).toEqual([`unsafe ${label}`])
  })

  test("the same mistake has the same code, status, actor and text", async () => {
    const problemOf = (answer: Answer) => {
      if (answer.kind !== "refused") return answer.kind
      const { code, status, actor, detail } = answer.problem
      return `${status} ${code} (${actor}) ${detail}`
    }
    const nobody = agentAt(door, world, { token: "cft_nobody" })
    const mistakes = [
      await agent.submit("nothing.there@1", {}, { key: fresh("m1") }),
      await agent.submit(effectRef("keyed"), { label: 7 }, { key: fresh("m2") }),
      await agent.submit(effectRef("keyed"), input("x"), {
        key: fresh("m3"),
        deadline: "2020-01-01T00:00:00.000Z",
      }),
      await agent.submit(effectRef("keyed"), input("x"), {
        key: fresh("m4"),
        expectPlanDigest: `sha256:${"0".repeat(64)}`,
      }),
      await nobody.submit(effectRef("keyed"), input("x"), { key: fresh("m5") }),
      await agent.resume("exe_00000000000000000000000000"),
    ].map(problemOf)
    await nobody.close()
    expect(mistakes).toEqual([
      "404 CONTRACT_UNKNOWN (caller) No contract nothing.there@1.",
      "400 INPUT_INVALID (caller) Input does not match ledger.keyed.act@1: 2 problem(s).",
      "410 DEADLINE_PASSED (caller) The deadline 2020-01-01T00:00:00.000Z has passed.",
      "409 DIGEST_STALE (caller) Plan changed since you read it.",
      "401 UNAUTHENTICATED (caller) No valid token was presented.",
      "404 NOT_FOUND (caller) Execution not found.",
    ])
  })

  test.each(["principal", "tenant", "session", "channel", "tier", "approver", "policy"])(
    "a body that names its own %s is refused, and nothing is done",
    async (field) => {
      const key = fresh(`names-${field}`)
      const { problem } = await door.raw(world, world.bot.token, intentSubmit, {
        key,
        as: { contract: effectRef("keyed"), input: input(key) },
        [field]: "mine",
      })
      expect([problem?.code, problem?.issues.map(({ at }) => at)]).toEqual(["INPUT_INVALID", [`/${field}`]])
      expect(world.plane.ledger.calls(key)).toBe(0)
    },
  )

  test("another tenant's id is answered like one that never was", async () => {
    const mine = await agent.submit(effectRef("unsafe"), input(fresh("mine")), {
      key: fresh("mine"),
      waitMs: 0,
    })
    const stranger = agentAt(door, world, world.stranger, elsewhere)
    const [theirs, none] = await Promise.all(
      [idOf(mine), "exe_00000000000000000000000000"].map((id) => stranger.resume(id)),
    )
    await stranger.close()
    const withoutTrace = (answer: Answer | undefined) =>
      answer?.kind === "refused" ? { ...answer.problem, traceId: "" } : null
    expect(withoutTrace(theirs)).toMatchObject({ code: "NOT_FOUND" })
    expect(withoutTrace(theirs)).toEqual(withoutTrace(none))
  })

  test("an agent acts for no person without a delegation", async () => {
    const onBehalfOf = String(world.ben.id)
    expect(
      await agent.submit(effectRef("keyed"), input(fresh("for-ben")), { key: fresh("for-ben"), onBehalfOf }),
    ).toMatchObject({ kind: "refused", problem: { code: "DELEGATION_MISSING" } })
  })

  test("INV-06 neither the agent nor the person who asked approves it", async () => {
    const held = await agent.submit(effectRef("unsafe"), input(fresh("own")), {
      key: fresh("own"),
      waitMs: 0,
    })
    const own = agentAt(door, world, world.ana)
    const asked = await own.submit(effectRef("unsafe"), input(fresh("ana")), { key: fresh("ana"), waitMs: 0 })
    await own.close()
    expect(await reviewAs(world.bot.token, await requestOf(idOf(held)))).toBe("NOT_AN_APPROVER")
    expect(await reviewAs(world.ana.token, await requestOf(idOf(asked)))).toBe("SEPARATION_OF_DUTIES")
    expect(effectsOf(fresh("own"))).toEqual([])
  })

  test("INV-02 a review is not taken for another request, and not twice", async () => {
    const [first, second] = await Promise.all(
      ["replay-1", "replay-2"].map((name) =>
        agent.submit(effectRef("unsafe"), input(fresh(name)), { key: fresh(name), waitMs: 0 }).then(idOf),
      ),
    )
    const [one, other] = [await requestOf(first ?? ""), await requestOf(second ?? "")]
    expect(await reviewAs(world.ana.token, one)).toBe("answered")
    await agent.wait(first ?? "", longWait)
    const { approvalDigest, planDigest } = one
    expect(await reviewAs(world.ana.token, { ...other, approvalDigest, planDigest })).toBe("DIGEST_STALE")
    expect(await reviewAs(world.ben.token, one)).toBe("APPROVAL_CLOSED")
    expect(effectsOf(fresh("replay"))).toEqual([`unsafe ${fresh("replay-1")}`])
  })

  test("what happened is exactly what the ledger shows, in the order of the trace", async () => {
    const label = fresh("ledger")
    const answer = await agent.submitDraft(
      draft(
        act("look", "read", `${label}-0`),
        act("first", "natural", `${label}-1`, { after: ["look"], undo: true }),
        act("second", "keyed", `${label}-2`, { after: ["first"] }),
        act("no", "natural", `${label}-3`, { input: input(`${label}-3`, "no"), after: ["second"] }),
        act("never", "keyed", `${label}-4`, { after: ["no"] }),
      ),
      { key: label, waitMs: 20_000 },
    )
    expect(answer).toMatchObject({ kind: "failed", code: "HANDLER_REJECTED" })
    const happened = "happened" in answer ? answer.happened : []
    expect(happened.map(({ contract, role }) => `${contract} ${role}`)).toEqual([
      `${effectRef("natural")} do`,
      `${effectRef("keyed")} do`,
    ])
    expect(effectsOf(label)).toEqual([`natural ${label}-1`, `keyed ${label}-2`])
  })

  async function reviewAs(token: string, item: ApprovalItem): Promise<string> {
    const { problem, body } = await door.raw(world, token, executionApprove, {
      key: fresh(`review-${token.slice(-6)}-${item.approvalId}-${item.approvalDigest.slice(-6)}`),
      items: [named(item)],
    })
    const { results = [] } = (body ?? {}) as {
      readonly results?: readonly { readonly error?: { readonly code: string } }[]
    }
    return problem?.code ?? results[0]?.error?.code ?? "answered"
  }

  async function settleAsHappened(executionId: string): Promise<void> {
    const view = await readExecution(world.plane.url, world.ana, executionId)
    const [step] = view.steps ?? []
    await must(
      call<Json>(world.plane.url, world.ana, "POST", `/executions/${executionId}/resolve`, {
        key: `settle-${executionId}`,
        stepId: step?.stepId ?? "",
        generation: 0,
        attempt: 1,
        outcome: "happened",
        output: { label: "settled" },
        evidence: [{ kind: "statement", ref: "the ledger of the tests" }],
        reason: "the ledger of the tests has a line with this label",
      }),
    )
  }
})

describe.each(doors)("an agent over $name, when no one decides", (door) => {
  test("learns that it expired, and that it may be asked for later", async () => {
    const agent = agentAt(door, world, world.bot)
    const key = `${door.name}-brief`
    const options = { key, labels: ["brief"], waitMs: 0 }
    const held = await agent.submit(effectRef("unsafe"), input(key), options)
    expect(held.kind).toBe("held")
    world.pass(360_000)
    for (const what of ["pause", "resume"])
      await must(
        call<Json>(world.plane.url, world.ana, "POST", `/executions/${idOf(held)}/${what}`, {
          key: `${what}-${key}`,
          reason: "time passes",
        }),
      )
    expect(await agent.wait(idOf(held), { timeoutMs: 15_000 })).toMatchObject({
      kind: "expired",
      code: "approvalExpired",
      resubmit: "later",
      happened: [],
    })
    await agent.close()
    expect(effectsOf(key)).toEqual([])
  })
})
