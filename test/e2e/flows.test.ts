// What people and agents do with one execution over HTTP: ask twice, stop, pause, try again, take back, answer late.
// The ledger says what was done outside; the trace says what was recorded.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must, type Said } from "@counterfoil/cli"
import type { ExecutionView, Json, Submitted } from "@counterfoil/contracts"
import {
  approve,
  draftOf,
  openRequests,
  readExecution,
  submitDraft,
  type DraftStep,
} from "../support/asking.ts"
import { effectCapability, effectRef, type EffectName } from "../support/effect-handlers.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

let plane: TestPlane
let agent: Person
let ana: Person
/** Calls that have stopped, by label, each with the way to let it go on. */
const stopped = new Map<string, () => void>()

beforeAll(async () => {
  plane = await startTestPlane("flows", "PT20S", (_point, label) => {
    if (label === "throws") return Promise.reject(new RangeError("CRM answered 422 for password=hunter2"))
    const { promise, resolve } = Promise.withResolvers<void>()
    stopped.set(label, resolve)
    return promise
  })
  const core = "control-plane.core"
  agent = await addSomeone(plane.started, {
    kind: "agent",
    name: "bot",
    capabilities: [core, effectCapability],
  })
  ana = await addSomeone(plane.started, {
    kind: "human",
    name: "ana",
    roles: ["approver"],
    capabilities: [core, "control-plane.approval", "control-plane.audit"],
  })
})

afterAll(async () => {
  for (const goOn of stopped.values()) goOn()
  await plane.close()
})

const act = (key: string, name: EffectName, label: string, more: Partial<DraftStep> = {}): DraftStep => ({
  key,
  contract: effectRef(name),
  input: { label, point: "none" },
  ...more,
})
const stopping = (step: DraftStep): DraftStep => ({
  ...step,
  input: { ...(step.input as { readonly label: string }), point: "K10" },
})
const callsOf = (label: string) => plane.ledger.calls(label)
const goOnAt = async (label: string) =>
  (await until(`stop at ${label}`, 10_000, () => stopped.get(label) ?? null))()
const control = (executionId: string, what: string, body: { readonly [field: string]: Json } = {}) =>
  call<Json>(plane.url, ana, "POST", `/executions/${executionId}/${what}`, {
    key: `${what}-${executionId}`,
    reason: "for a test",
    ...body,
  })
const read = (executionId: string) => readExecution(plane.url, ana, executionId)
const reaches = (executionId: string, status: ExecutionView["status"]) =>
  until(`execution that is ${status}`, 15_000, async () => {
    const view = await read(executionId)
    return view.status === status ? view : null
  })
const statusOf = (view: ExecutionView, key: string) => view.steps?.find((step) => step.key === key)?.status
const kindsOf = async (executionId: string) => {
  const { entries } = await must(
    call<{ readonly entries: readonly { readonly kind: string; readonly payload?: Json }[] }>(
      plane.url,
      ana,
      "GET",
      `/executions/${executionId}/trace?limit=200&includePayloads=true`,
    ),
  )
  return entries
}
const codeOf = (said: Said<unknown>) => (said.kind === "problem" ? said.problem.code : "answered")

describe("asking with a key", () => {
  const ask = (label: string): Promise<Said<Submitted>> =>
    call<Submitted>(plane.url, agent, "POST", "/intents", {
      key: "asked-twice",
      as: { draft: draftOf([act("act", "natural", label)]) },
    })

  test("INV-03 INV-14 the same key and body, many at once, are one execution that acts once", async () => {
    const said = await Promise.all(Array.from({ length: 8 }, () => must(ask("same"))))
    expect(new Set(said.map(({ executionId }) => executionId)).size).toBe(1)
    expect(said.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
    await reaches(said[0]?.executionId ?? "", "completed")
    expect(callsOf("same")).toBe(1)
  })

  test("the same key with another body is a conflict, and nothing is done", async () => {
    expect(codeOf(await ask("other"))).toBe("IDEMPOTENCY_CONFLICT")
    expect(callsOf("other")).toBe(0)
  })

  test.each(["principal", "tenant", "tier", "approval", "policy"])(
    "INV-12 an intent that names its own %s is refused",
    async (field) => {
      const said = await call(plane.url, agent, "POST", "/intents", {
        key: `names-${field}`,
        as: { draft: draftOf([act("act", "natural", field)]) },
        [field]: "high",
      })
      expect([codeOf(said), callsOf(field)]).toEqual(["INPUT_INVALID", 0])
    },
  )
})

describe("what is written before it is done", () => {
  test("INV-01 while a handler runs, its contract, input and key are in the trace already", async () => {
    const { executionId } = await submitDraft(plane.url, agent, "written-first", [
      stopping(act("act", "keyed", "written-first")),
    ])
    const line = await until("effect", 10_000, () => {
      return (
        plane.ledger.lines().find(({ what, label }) => what === "effect" && label === "written-first") ?? null
      )
    })
    const started = (await kindsOf(executionId)).find(
      ({ kind }) => kind === "controlPlane.execution.step.started@1",
    )
    expect(started?.payload).toMatchObject({
      idempotencyKey: line.key,
      contract: { ref: effectRef("keyed") },
      input: { label: "written-first" },
    })
    await goOnAt("written-first")
    await reaches(executionId, "completed")
  })
})

describe("what a handler throws", () => {
  test("INV-13 is in the trace, with its class and without what looks like a credential", async () => {
    const { executionId } = await submitDraft(plane.url, agent, "throws", [
      stopping(act("act", "read", "throws")),
    ])
    const failed = await until("failed attempt", 10_000, async () => {
      const entries = await kindsOf(executionId)
      return entries.find(({ kind }) => kind === "controlPlane.execution.step.failed@1") ?? null
    })
    expect(failed.payload).toMatchObject({
      final: false,
      error: { code: "HANDLER_FAILED" },
      fault: { name: "RangeError", message: "CRM answered 422 for [withheld]" },
    })
    const asked = await readExecution(plane.url, agent, executionId)
    expect(JSON.stringify(asked)).not.toContain("CRM answered")
    await must(control(executionId, "cancel"))
  })
})

describe("cancel, pause, resume", () => {
  test("INV-09 after a cancel what is under way is recorded and nothing new starts", async () => {
    const { executionId } = await submitDraft(plane.url, agent, "cancel", [
      stopping(act("first", "natural", "cancel-first")),
      act("second", "natural", "cancel-second", { after: ["first"] }),
    ])
    const goOn = await until("first call", 10_000, () => stopped.get("cancel-first") ?? null)
    await must(control(executionId, "cancel"))
    expect((await read(executionId)).status).toBe("cancelling")
    goOn()
    const view = await reaches(executionId, "cancelled")
    expect([statusOf(view, "first"), statusOf(view, "second")]).toEqual(["completed", "skipped"])
    expect(callsOf("cancel-second")).toBe(0)
    expect(codeOf(await control(executionId, "pause"))).toBe("STATE_INVALID")
  })

  test("a paused execution records what is under way, starts nothing, and goes on when it is resumed", async () => {
    const { executionId } = await submitDraft(plane.url, agent, "pause", [
      stopping(act("first", "natural", "pause-first")),
      act("second", "natural", "pause-second", { after: ["first"] }),
    ])
    const goOn = await until("first call", 10_000, () => stopped.get("pause-first") ?? null)
    await must(control(executionId, "pause"))
    goOn()
    await until("outcome of the first", 10_000, async () =>
      statusOf(await read(executionId), "first") === "completed" ? true : null,
    )
    expect([(await read(executionId)).status, callsOf("pause-second")]).toEqual(["paused", 0])
    await must(control(executionId, "resume"))
    await reaches(executionId, "completed")
    expect(callsOf("pause-second")).toBe(1)
  })
})

describe("retry and undo", () => {
  test("INV-09 a retry runs the failed step and what waited for it, never what had finished", async () => {
    const { executionId } = await submitDraft(plane.url, agent, "retry", [
      act("before", "natural", "retry-before"),
      act("fails", "natural", "retry-fails", {
        input: { label: "retry-fails", point: "no" },
        after: ["before"],
      }),
      act("later", "pure", "", { input: { label: { $from: "fails", at: "/label" }, point: "none" } }),
    ])
    const failed = await reaches(executionId, "failed")
    expect(statusOf(failed, "later")).toBe("skipped")
    const stepId = failed.steps?.find(({ key }) => key === "fails")?.stepId ?? ""
    await must(control(executionId, "retry", { stepId }))
    const view = await reaches(executionId, "completed")
    expect(view.steps?.find(({ key }) => key === "fails")?.generation).toBe(1)
    const seen = plane.ledger
      .lines()
      .filter(({ what, label }) => what === "call" && label.startsWith("retry-"))
    expect(seen.map(({ contract, label }) => `${contract} ${label}`)).toEqual([
      "natural retry-before",
      "natural retry-fails",
      "natural retry-fails",
      "pure retry-fails",
    ])
  })

  test("a cancel that asks for it undoes what has finished, in reverse order, each once", async () => {
    const { executionId } = await submitDraft(plane.url, agent, "undo", [
      act("one", "natural", "undo-one", { undo: true }),
      act("two", "natural", "undo-two", { undo: true, after: ["one"] }),
      act("held", "probeable", "undo-held", { after: ["two"] }),
    ])
    await until("request", 10_000, async () => {
      const found = await openRequests(plane.url, ana, executionId)
      return found.length > 0 ? found : null
    })
    await must(control(executionId, "cancel", { undo: "completed" }))
    const view = await reaches(executionId, "cancelled")
    expect(
      view.steps?.filter(({ role }) => role === "do").map(({ key, status }) => `${key} ${status}`),
    ).toEqual(["one undone", "two undone", "held skipped"])
    const undone = plane.ledger.lines().filter((line) => line.what === "effect" && line.contract === "keyed")
    expect(undone.map(({ label }) => label).filter((label) => label.startsWith("undo-"))).toEqual([
      "undo-two",
      "undo-one",
    ])
  })
})

describe("the queue", () => {
  const heldStep = async (name: string) => {
    const { executionId } = await submitDraft(plane.url, agent, name, [act("act", "probeable", name)])
    const [item] = await until("request", 10_000, async () => {
      const found = await openRequests(plane.url, ana, executionId)
      return found.length > 0 ? found : null
    })
    if (item === undefined) throw new Error("there was no request")
    return { executionId, item }
  }

  test("INV-02 a review that comes after a cancel is recorded as late and starts nothing", async () => {
    const { executionId, item } = await heldStep("late")
    await must(control(executionId, "cancel"))
    await reaches(executionId, "cancelled")
    expect(codeOf(await approve(plane.url, ana, item))).toBe("APPROVAL_CLOSED")
    const reviews = (await kindsOf(executionId)).filter(
      ({ kind }) => kind === "controlPlane.approval.reviewed@1",
    )
    expect(reviews.map(({ payload }) => payload)).toMatchObject([{ late: true, human: ana.id }])
    expect(callsOf("late")).toBe(0)
  })

  test("INV-02 a review of something else than what is held is refused as stale", async () => {
    const { item } = await heldStep("stale")
    const other = { ...item, approvalDigest: item.planDigest }
    expect(codeOf(await approve(plane.url, ana, other))).toBe("DIGEST_STALE")
    expect(callsOf("stale")).toBe(0)
  })

  test("an approved step starts at its approval, and not at the next sweep", async () => {
    const tookMs: number[] = []
    for (const name of ["soon-1", "soon-2", "soon-3"]) {
      const { executionId, item } = await heldStep(name)
      const begun = performance.now()
      await must(approve(plane.url, ana, item))
      await reaches(executionId, "completed")
      tookMs.push(performance.now() - begun)
    }
    // A sweep comes every second; three in a row are never that lucky.
    expect(Math.min(...tookMs)).toBeLessThan(700)
  })
})

describe("templates that cost much", () => {
  // 9 kB each. Unbounded, one of them is looked for in 67 million places, and takes the processor for seconds.
  const names = Array.from({ length: 96 }, (_, i) => `{{n${i}}}`).join("")
  const template = `${"{{#a}}".repeat(700)}{{#l}}${names}{{/l}}${"{{/a}}".repeat(700)}`
  const values = { a: "x", l: Array.from({ length: 1000 }, () => "i") }

  // That they delay nothing else is shown with a computation that has no end (adapters/handlers/src/threads/pure-threads.test.ts).
  test("are refused as such, and another agent is served beside them", async () => {
    const [loud, calm] = await Promise.all(
      ["loud", "calm"].map((name) =>
        addSomeone(plane.started, {
          kind: "agent",
          name,
          capabilities: ["control-plane.core", "text.compute"],
        }),
      ),
    )
    if (loud === undefined || calm === undefined) throw new Error("two agents were added")
    const render = (who: Person, key: string, input: Json) =>
      submitDraft(plane.url, who, key, [{ key: "text", contract: "text.template.render@1", input }])
    const heavy = await Promise.all(
      Array.from({ length: 8 }, (_, i) => render(loud, `heavy-${i}`, { template, values })),
    )
    const light = await render(calm, "light", { template: "Hello {{name}}", values: { name: "Mia" } })
    await reaches(light.executionId, "completed")
    for (const { executionId } of heavy) {
      const { steps } = await reaches(executionId, "failed")
      expect(steps).toMatchObject([
        { failure: { code: "HANDLER_REJECTED", providerCode: "OUTPUT_TOO_LARGE" } },
      ])
    }
  })
})
