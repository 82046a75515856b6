// A request whose time is over while no worker has met it: every surface says so, by the database's clock, and no answer counts.
// The store is real. Its clock is hours behind while a step is held, and no execution is claimed until the test lets workers have them.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import { addMs, recordWord, type ApprovalItem, type Json, type Time } from "@counterfoil/contracts"
import type { PostgresStore } from "@counterfoil/store"
import { addRules } from "../support/add-rules.ts"
import { approve, named, openRequests, readExecution, reject, submitDraft } from "../support/asking.ts"
import { effectCapability, effectRef } from "../support/effect-handlers.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

let plane: TestPlane
let agent: Person
let ana: Person
let olga: Person
/** How late the clock is as the plane reads it, and whether workers find anything to do. */
const database = { behindMs: 0, isSwept: true }
/** A request of tier medium asks its first people for four hours. */
const longEnoughMs = 5 * 3_600_000

/** The store with a clock that can be late, and with workers that can be kept from it. */
function lateClock(store: PostgresStore): PostgresStore {
  const late = (time: Time): Time => addMs(time, -database.behindMs)
  return {
    ...store,
    clock: { now: () => late(store.clock.now()) },
    now: async () => late(await store.now()),
    claim: async (...asked) => (database.isSwept ? store.claim(...asked) : []),
  }
}

beforeAll(async () => {
  plane = await startTestPlane("expired-requests", "PT20S", async () => undefined, { aroundStore: lateClock })
  const core = "control-plane.core"
  const reviewing = [core, "control-plane.approval", "control-plane.audit"]
  agent = await addSomeone(plane.started, {
    kind: "agent",
    name: "bot",
    capabilities: [core, effectCapability],
  })
  const person = (name: string, role: string) =>
    addSomeone(plane.started, { kind: "human", name, roles: [role], capabilities: reviewing })
  ana = await person("ana", "approver")
  olga = await person("olga", "owner")
})

afterAll(() => plane.close())

/** A request whose time was over an hour ago, without a worker that would have noticed. */
async function overdue(label: string): Promise<ApprovalItem> {
  Object.assign(database, { behindMs: longEnoughMs, isSwept: false })
  const step = { key: "act", contract: effectRef("probeable"), input: { label, point: "none" } }
  const { executionId } = await submitDraft(plane.url, agent, label, [step])
  const [item] = await until("request", 10_000, async () => {
    const items = await openRequests(plane.url, ana, executionId)
    return items.length > 0 ? items : null
  })
  if (item === undefined) throw new Error("there was no request")
  database.behindMs = 0
  return item
}

const listed = async (path: string) =>
  (await must(call<{ readonly items: readonly Json[] }>(plane.url, ana, "GET", path))).items

describe("INV-02 a request whose time is over", () => {
  test("is expired in the queue, in its counts, in the list and in its execution, before a worker has written so", async () => {
    const { approvalId, executionId } = await overdue("said-everywhere")
    expect(await listed(`/approvals?status=open&executionId=${executionId}`)).toEqual([])
    expect(await listed(`/approvals?status=expired&executionId=${executionId}`)).toMatchObject([
      { approvalId, status: "expired", canReview: { allowed: false, because: "APPROVAL_CLOSED" } },
    ])
    expect(await listed(`/approvals?approvalId=${approvalId}`)).toMatchObject([{ status: "expired" }])
    const page = await must(call<{ readonly counts: Json }>(plane.url, ana, "GET", "/approvals?limit=1"))
    expect(page.counts).toEqual({ low: 0, medium: 0, high: 0 })
    const view = await readExecution(plane.url, ana, executionId)
    expect(view.pendingApprovals).toBe(0)
    expect(view.held).toMatchObject([{ approvalId, status: "expired" }])
    expect(view.tree).toMatch(/held .* expired$/)
    expect(await listed("/executions")).toContainEqual(
      expect.objectContaining({ executionId, pendingApprovals: 0, word: "waiting" }),
    )
    expect(JSON.stringify(await listed("/executions?held=true"))).not.toContain(executionId)
  })

  test("takes neither a yes nor a no nor a withdrawal: each is recorded once as late, and changes nothing", async () => {
    const item = await overdue("answered-late")
    const withdraw = () =>
      call(plane.url, ana, "POST", "/approvals/reject", {
        key: `back-${item.approvalId}`,
        items: [named(item)],
        decision: "withdraw",
        reason: "on second thought",
        reasonCode: "other",
      })
    for (const say of [() => approve(plane.url, ana, item), () => reject(plane.url, ana, item), withdraw])
      expect(await say()).toMatchObject({
        kind: "problem",
        problem: { code: "APPROVAL_CLOSED", details: { status: "expired" } },
      })
    const { entries } = await must(
      call<{ readonly entries: readonly { readonly kind: string; readonly payload: Json }[] }>(
        plane.url,
        ana,
        "GET",
        `/executions/${item.executionId}/trace?limit=200&includePayloads=true`,
      ),
    )
    const reviews = entries.filter(({ kind }) => kind === "controlPlane.approval.reviewed@1")
    expect(reviews.map(({ payload }) => payload)).toMatchObject([{ late: true, status: "expired" }])
    database.isSwept = true
    await until("next level", 15_000, async () => {
      const [next] = await openRequests(plane.url, ana, item.executionId)
      return next?.level === 1 ? next : null
    })
    expect(plane.ledger.lines().filter(({ label }) => label === "answered-late")).toEqual([])
  })

  test("that escalates is answered by those who are asked next, although someone was too late before", async () => {
    const item = await overdue("escalated")
    expect(await approve(plane.url, ana, item)).toMatchObject({ problem: { code: "APPROVAL_CLOSED" } })
    database.isSwept = true
    const next = await until("next level", 15_000, async () => {
      const [one] = await openRequests(plane.url, olga, item.executionId)
      return one?.level === 1 ? one : null
    })
    expect(await approve(plane.url, olga, next)).toMatchObject({ kind: "answer" })
    const view = await until("end", 15_000, async () => {
      const found = await readExecution(plane.url, ana, item.executionId)
      return found.status === "completed" || found.status === "failed" ? found : null
    })
    expect(view.status).toBe("completed")
  })
})

describe("one state", () => {
  test("has one word in the list, in the record and in its tree, and a freeze reaches its agent with the reason", async () => {
    const item = await overdue("rejected-by-a-person")
    database.isSwept = true
    const next = await until("next level", 15_000, async () => {
      const [one] = await openRequests(plane.url, olga, item.executionId)
      return one?.level === 1 ? one : null
    })
    const reason = "payments stop until the audit is over"
    await reject(plane.url, olga, next)
    await addRules(
      plane,
      plane.started.tenant,
      `@id("tenant.frozen") @reason("${reason}")
forbid (principal, action == Counterfoil::Action::"${effectRef("natural")}", resource);`,
    )
    const step = { key: "act", contract: effectRef("natural"), input: { label: "frozen", point: "none" } }
    const frozen = await submitDraft(plane.url, agent, "frozen", [step])
    const ended = (executionId: string) =>
      until("end", 15_000, async () => {
        const found = await readExecution(plane.url, ana, executionId)
        return found.status === "failed" ? found : null
      })
    for (const [executionId, word] of [
      [item.executionId, "reviewRejected"],
      [frozen.executionId, "denied"],
    ] as const) {
      const view = await ended(executionId)
      expect(recordWord(view)).toBe(word)
      expect(view.tree).toMatch(new RegExp(`${word} {2}requested by [^]* ${word} `))
      expect(await listed("/executions")).toContainEqual(expect.objectContaining({ executionId, word }))
    }
    const [blocked] = (await ended(frozen.executionId)).blocked ?? []
    expect(blocked).toMatchObject({ reason: "forbidden", says: `Policy does not allow it. ${reason}` })
  })
})
