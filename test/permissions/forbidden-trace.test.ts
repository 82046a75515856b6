// A rule, an end of a grant and a review against what shows a trace by another name, while it is being shown.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { addMs, type ApprovalItem, type ExecutionId, type Json } from "@counterfoil/contracts"
import { askHttp } from "../nats/nats-plane.ts"
import { activateRules } from "../support/activate-rules.ts"
import { approve, openRequests, submitDraft } from "../support/asking.ts"
import { effectRef } from "../support/effect-handlers.ts"
import { addSomeone, giveGrants, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

const reading = ["control-plane.core", "control-plane.audit", "control-plane.approval"]
const noBody = undefined

let plane: TestPlane
let bot: Person
let reader: Person
let held: ExecutionId
let request: ApprovalItem
let drafts = 0

beforeAll(async () => {
  plane = await startTestPlane("forbidden-trace", "PT20S", () => Promise.resolve())
  bot = await addSomeone(plane.started, {
    kind: "agent",
    name: "bot",
    capabilities: ["control-plane.core", "ledger.use"],
    reach: "own",
  })
  reader = await addSomeone(plane.started, { kind: "human", name: "reader", capabilities: reading })
  held = await submitHeld()
  request = await requestOf(held)
}, 60_000)
afterAll(() => plane.close())

async function submitHeld(): Promise<ExecutionId> {
  drafts += 1
  const input = { label: `held ${drafts}`, point: "none" }
  const steps = [{ key: "act", contract: effectRef("probeable"), input }]
  return (await submitDraft(plane.url, bot, `held-${drafts}`, steps)).executionId
}
const requestOf = (executionId: ExecutionId): Promise<ApprovalItem> =>
  until("open request", 15_000, async () => (await openRequests(plane.url, reader, executionId))[0] ?? null)

const ask = (who: Person, path: string, body?: Json, prefer?: string) =>
  askHttp(
    plane.url,
    body === undefined ? "GET" : "POST",
    `/v1${path}`,
    body === undefined ? noBody : JSON.stringify(body),
    {
      authorization: `Bearer ${who.token}`,
      ...(prefer === undefined ? {} : { prefer }),
    },
  )
const human = ({ id }: Person): string => `principal == Counterfoil::Human::"${id}"`
const action = (name: string): string => `action == Counterfoil::Action::"controlPlane.${name}@1"`

/** A stream that is open; `last` is what it said last, once it ended. */
async function openStream(who: Person, path: string): Promise<{ last(): Promise<string> }> {
  const response = await fetch(`${plane.url}/v1${path}`, {
    headers: { authorization: `Bearer ${who.token}` },
  })
  expect(response.status).toBe(200)
  return { last: async () => (await response.text()).trim().split("\n\n").at(-1) ?? "" }
}

describe("a rule that forbids a trace", () => {
  test("INV-04 stops every read that shows the trace, and no other", async () => {
    await activateRules(plane.started, [`forbid (${human(reader)}, ${action("trace.get")}, resource);`])
    const answers = {
      trace: await ask(reader, `/executions/${held}/trace`),
      stream: await ask(reader, "/stream"),
      follow: await ask(reader, `/executions/${held}/stream`),
      export: await ask(reader, `/executions/${held}/evidence`, {}),
      explain: await ask(reader, "/policy/explain", { of: { executionId: held } }),
      read: await ask(reader, `/executions/${held}`),
      queue: await ask(reader, "/approvals"),
    }
    expect(Object.fromEntries(Object.entries(answers).map(([name, { code }]) => [name, code]))).toEqual({
      trace: "POLICY_DENIED",
      stream: "POLICY_DENIED",
      follow: "POLICY_DENIED",
      export: "POLICY_DENIED",
      explain: "NOT_FOUND",
      read: null,
      queue: null,
    })
    await activateRules(plane.started, [])
  })

  test("INV-04 ends the streams that are open, within 5 s", { timeout: 20_000 }, async () => {
    const streams = [
      await openStream(reader, "/stream"),
      await openStream(reader, `/executions/${held}/stream`),
    ]
    const at = performance.now()
    await activateRules(plane.started, [`forbid (${human(reader)}, ${action("trace.get")}, resource);`])
    for (const word of await Promise.all(streams.map((stream) => stream.last())))
      expect(word).toContain('{"code":"POLICY_DENIED"}')
    expect(performance.now() - at).toBeLessThan(5_000)
    await activateRules(plane.started, [])
  })

  test("INV-10 answers for an execution that is not there what it answers for one that is", async () => {
    await activateRules(plane.started, [`forbid (${human(reader)}, ${action("execution.get")}, resource);`])
    const nowhere = held.replace(/.{6}$/, "000000")
    const [here, there] = [
      await ask(reader, `/executions/${held}`),
      await ask(reader, `/executions/${nowhere}`),
    ]
    expect([here.status, here.code]).toEqual([403, "POLICY_DENIED"])
    expect([there.status, there.code]).toEqual([here.status, here.code])
    await activateRules(plane.started, [])
  })
})

describe("a grant of one's own level", () => {
  test("INV-10 explains what the caller itself might do, and nothing of another principal's grants", async () => {
    const own = await addSomeone(plane.started, {
      kind: "human",
      name: "own auditor",
      capabilities: reading,
      reach: "own",
    })
    const of = { contract: effectRef("pure"), input: { label: "asked", point: "none" } }
    expect((await ask(own, "/policy/explain", { of })).code).toBeNull()
    expect((await ask(own, "/policy/explain", { of: { ...of, as: bot.id } })).code).toBe("NOT_FOUND")
    expect((await ask(reader, "/policy/explain", { of: { ...of, as: bot.id } })).code).toBeNull()
  })
})

describe("a grant that ends", () => {
  test(
    "INV-04 ends the streams that are read by it, and the answer that is waited for",
    { timeout: 20_000 },
    async () => {
      const brief = await addSomeone(plane.started, { kind: "human", name: "brief" })
      const now = plane.started.plane.store.clock.now()
      await giveGrants(plane.started, brief.id, reading, { level: "tenant" }, addMs(now, 3_000))
      const [stream, follow, waited] = await Promise.all([
        (await openStream(brief, "/stream")).last(),
        (await openStream(brief, `/executions/${held}/stream`)).last(),
        // It is held the whole time, and reviewed late, so that the record has changed.
        ask(brief, `/executions/${held}`, undefined, "wait=6"),
      ])
      expect(stream).toContain('{"code":"GRANT_MISSING"}')
      expect(follow).toMatch(/"code":"(GRANT_MISSING|NOT_FOUND)"/)
      expect(waited.code).not.toBeNull()
    },
  )
})

describe("who may review", () => {
  const named = ({ executionId, approvalId, stepId, approvalDigest, planDigest }: ApprovalItem) => ({
    executionId,
    approvalId,
    stepId,
    approvalDigest,
    planDigest,
  })
  const reviewed = (who: Person, items: readonly object[], what = "approve") =>
    ask(who, `/approvals/${what}`, {
      key: `${what}-${who.name}-${items.length}`,
      items: items.map((item) => ({ ...item })),
      ...(what === "reject" ? { reason: "for a test", reasonCode: "other" } : {}),
    })

  test("INV-10 a request that an approver does not see is to it, in every way, one that is not there", async () => {
    const own = await addSomeone(plane.started, {
      kind: "human",
      name: "own",
      roles: ["approver"],
      capabilities: reading,
      reach: "own",
    })
    const { body } = await ask(own, "/approvals")
    expect(body).toMatchObject({ items: [], totalAtLeast: 0, counts: { low: 0, medium: 0, high: 0 } })
    const absent = [
      { ...named(request), approvalId: request.approvalId.replace(/.{6}$/, "000000") },
      { ...named(request), executionId: held.replace(/.{6}$/, "000000") },
    ]
    const bare = ({ status, body: problem }: Awaited<ReturnType<typeof ask>>) => {
      const { traceId: _traceId, ...rest } = problem as Record<string, Json>
      return JSON.stringify([status, rest])
    }
    for (const what of ["approve", "reject"]) {
      const there = bare(await reviewed(own, [named(request)], what))
      expect(there).toContain('"NOT_FOUND"')
      for (const item of absent) expect(bare(await reviewed(own, [item], what))).toBe(there)
      // Among several, its kind, tier and policy bar nothing either.
      const several = await reviewed(own, [named(request), ...absent], what)
      expect(several.status).toBe(200)
      expect(JSON.stringify(several.body).match(/"NOT_FOUND"/g)).toHaveLength(3)
    }
  })

  test("INV-06 the queue says of a request what its review is answered with", async () => {
    const cannot = await addSomeone(plane.started, {
      kind: "human",
      name: "cannot",
      roles: ["approver"],
      capabilities: reading,
    })
    await activateRules(plane.started, [
      `forbid (${human(cannot)}, ${action("execution.approve")}, resource);`,
    ])
    const [item] = await openRequests(plane.url, cannot, held)
    expect(item?.canReview).toEqual({ allowed: false, because: "POLICY_DENIED" })
    expect((await reviewed(cannot, [named(request)])).code).toBe("POLICY_DENIED")
    await activateRules(plane.started, [])
    expect((await openRequests(plane.url, cannot, held))[0]?.canReview).toEqual({ allowed: true })
  })

  test(
    "INV-06 a review counts no longer at its use when the reviewer's grant does not cover the execution any more",
    { timeout: 30_000 },
    async () => {
      const { directory, clock } = plane.started.plane.store
      const narrowed = await addSomeone(plane.started, {
        kind: "human",
        name: "narrowed",
        roles: ["approver"],
        capabilities: reading,
      })
      const id = await submitHeld()
      await ask(reader, `/executions/${id}/pause`, { key: "pause", reason: "so that nothing starts yet" })
      const item = await requestOf(id)
      expect((await approve(plane.url, narrowed, item)).kind).toBe("answer")
      for (const { grantId } of await directory.grants(plane.started.tenant, narrowed.id))
        await directory.revokeGrant(plane.started.tenant, grantId, clock.now())
      await giveGrants(plane.started, narrowed.id, reading, { level: "own" })
      await ask(reader, `/executions/${id}/resume`, { key: "resume" })
      const again = await until("request that is open again", 15_000, async () => {
        const found = await openRequests(plane.url, reader, id)
        return found.find(({ status, quorum }) => status === "open" && quorum.met.length === 0) ?? null
      })
      expect(again.approvalId).toBe(item.approvalId)
    },
  )
})
