// The people behind an agent never count in a review of what it asks: its owner, its registrar, the maker of its token.
// Over HTTP and in the trace, which replays to the same list.

import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import type { ApprovalItem, Json, Submitted } from "@counterfoil/contracts"
import { engineWasmUrl, openWasmEngine } from "@counterfoil/policy"
import { readBundle, rederive } from "@counterfoil/replay"
import { addRules } from "../support/add-rules.ts"
import { approve, openRequests, readExecution, submitDraft } from "../support/asking.ts"
import { effectCapability, effectRef } from "../support/effect-handlers.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

let plane: TestPlane
let olga: Person
let adam: Person
let kim: Person
let eve: Person

const everything = [
  "control-plane.core",
  "control-plane.approval",
  "control-plane.audit",
  "control-plane.governance",
  effectCapability,
]

// Two approvers, and no one behind the agent; what high tiers ask, without the signatures.
const twoOthers = `@id("tenant.two-others") @tier("medium") @reason("two people who are not behind the agent")
@approve("approver:2") @assurance("session") @timeout("PT1H") @on_timeout("expire") @exclude("agentOwner")
permit (principal, action == Counterfoil::Action::"${effectRef("unsafe")}", resource);
`

beforeAll(async () => {
  plane = await startTestPlane("separation", "PT20S", () => Promise.resolve())
  const person = (name: string, roles: readonly string[]) =>
    addSomeone(plane.started, { kind: "human", name, roles, capabilities: everything })
  olga = await person("olga", ["owner", "approver"])
  adam = await person("adam", ["admin", "owner", "approver"])
  kim = await person("kim", ["approver"])
  eve = await person("eve", ["approver"])
  await addRules(plane, plane.started.tenant, twoOthers)
})

afterAll(() => plane.close())

const governs = (who: Person, path: string, key: string, body: { readonly [field: string]: Json }) =>
  must(call<Submitted>(plane.url, who, "POST", path, { key, wait: "PT10S", ...body }))
const completed = (executionId: string) =>
  until("execution that is completed", 15_000, async () => {
    const view = await readExecution(plane.url, olga, executionId)
    return view.status === "completed" ? view : null
  })
const requestOf = (executionId: string, who: Person = olga): Promise<ApprovalItem> =>
  until("open request", 15_000, async () => (await openRequests(plane.url, who, executionId))[0] ?? null)

/** An agent that `registrar` adds without naming an owner, with a token that `minter` makes. */
async function agentOf(name: string, registrar: Person, minter: Person) {
  const { output } = await governs(registrar, "/principals/add", `add-${name}`, {
    kind: "agent",
    name,
    reason: "works in this test",
  })
  const { principalId, owner } = output as { readonly principalId: string; readonly owner?: string }
  for (const capability of ["control-plane.core", effectCapability])
    await governs(registrar, "/grants/give", `give-${name}-${capability}`, {
      principal: principalId,
      principalKind: "agent",
      capability,
      scope: { level: "own" },
      expiresAt: hourFromNow(),
      reason: "works in this test",
    })
  return { id: principalId, owner, name, ...(await mint(minter, principalId)) }
}

/** A person who may ask, and has no token yet. */
async function asker(name: string): Promise<string> {
  const added = await governs(olga, "/principals/add", `add-${name}`, {
    kind: "human",
    name,
    reason: "asks in this test",
  })
  const { principalId } = added.output as { readonly principalId: string }
  for (const capability of ["control-plane.core", effectCapability]) {
    const { executionId } = await governs(olga, "/grants/give", `give-${name}-${capability}`, {
      principal: principalId,
      principalKind: "human",
      capability,
      scope: { level: "own" },
      expiresAt: hourFromNow(),
      reason: "asks in this test",
    })
    expect(await codeOf(adam, await requestOf(executionId))).toBe("approved")
    await completed(executionId)
  }
  return principalId
}

interface Minted {
  readonly token: string
  readonly session: string
}
const mint = (who: Person, principal: string) =>
  must(call<Minted>(plane.url, who, "POST", "/tokens", { principal, label: "work", days: 1 }))
const hourFromNow = () => new Date(Date.now() + 3_600_000).toISOString()

const asks = async (agent: { readonly name: string; readonly token: string }, label: string) =>
  (
    await submitDraft(plane.url, { ...agent, key: null }, label, [
      { key: "act", contract: effectRef("unsafe"), input: { label, point: "none" } },
    ])
  ).executionId

const codeOf = async (who: Person, item: ApprovalItem) => {
  const said = await approve(plane.url, who, item)
  return said.kind === "problem" ? said.problem.code : (said.body.results[0]?.status ?? "none")
}

describe("the people behind an agent", () => {
  test("INV-06 an agent that is added without an owner is owned by who adds it, and the trace says so", async () => {
    const agent = await agentOf("unowned", olga, olga)
    expect(agent.owner).toBe(olga.id)
    const { items } = await must(
      call<{ readonly items: readonly { readonly principal: string; readonly owner?: string }[] }>(
        plane.url,
        olga,
        "GET",
        "/principals",
      ),
    )
    expect(items.find(({ principal }) => principal === agent.id)?.owner).toBe(olga.id)
  })

  test("INV-06 the queue says to owner, registrar and maker of the token that they may not review, and they are refused", async () => {
    const agent = await agentOf("bot", olga, adam)
    const executionId = await asks(agent, "held")
    const item = await requestOf(executionId)
    for (const one of [olga, adam]) {
      expect((await requestOf(executionId, one)).canReview).toEqual({
        allowed: false,
        because: "SEPARATION_OF_DUTIES",
      })
      expect(await codeOf(one, item)).toBe("SEPARATION_OF_DUTIES")
    }
    expect((await requestOf(executionId, kim)).canReview).toEqual({ allowed: true })
    expect([await codeOf(kim, item), plane.ledger.calls("held")]).toEqual(["open", 0])
    expect(await codeOf(eve, item)).toBe("approved")
    await completed(executionId)
    expect(await replayed(executionId)).toBe("identical")
  })

  test("INV-06 a token that was revoked after it asked leaves its maker excluded", async () => {
    const agent = await agentOf("revoked", olga, adam)
    const executionId = await asks(agent, "revoked")
    const item = await requestOf(executionId)
    await must(call(plane.url, adam, "POST", `/tokens/${agent.session}/revoke`, {}))
    expect(await codeOf(adam, item)).toBe("SEPARATION_OF_DUTIES")
  })

  test("INV-06 an approval by someone who makes a token of the agent before it is used does not count", async () => {
    const agent = await agentOf("late", olga, olga)
    const executionId = await asks(agent, "late")
    const item = await requestOf(executionId)
    expect(await codeOf(adam, item)).toBe("open")
    await mint(adam, agent.id)
    expect(await codeOf(kim, item)).toBe("approved")
    const reopened = await until("request that is open again", 15_000, async () => {
      const [open] = await openRequests(plane.url, kim, executionId)
      return open ?? null
    })
    expect(reopened.quorum.met.map(({ human }) => String(human))).toEqual([String(kim.id)])
    expect(plane.ledger.calls("late")).toBe(0)
    expect(await codeOf(eve, reopened)).toBe("approved")
    await completed(executionId)
    expect(await replayed(executionId)).toBe("identical")
  })

  test("INV-06 who made the token with which a person asks is excluded, and stays so for every token made with it", async () => {
    const principalId = await asker("nora")
    const first = await mint(olga, principalId)
    const item = await requestOf(await asks({ name: "nora", ...first }, "by-the-first"))
    expect(await codeOf(olga, item)).toBe("SEPARATION_OF_DUTIES")
    const own = await must(
      call<Minted>(plane.url, { token: first.token }, "POST", "/tokens", { label: "own", days: 1 }),
    )
    const second = await requestOf(await asks({ name: "nora", ...own }, "by-her-own"))
    expect(await codeOf(olga, second)).toBe("SEPARATION_OF_DUTIES")
  })

  test("INV-06 who made a one-time sign-in is not excluded from what the person asks by the token that it gave", async () => {
    const principalId = await asker("vera")
    const { signIn } = await must(
      call<{ readonly signIn: string }>(plane.url, olga, "POST", "/sign-ins", { principal: principalId }),
    )
    const own = await must(call<Minted>(plane.url, { token: signIn }, "POST", "/sign-ins/exchange", {}))
    expect(await codeOf(olga, await requestOf(await asks({ name: "vera", ...own }, "signed-in")))).toBe(
      "open",
    )
  })
})

/** The result of deriving an execution again, from the bundle that the server makes of it now. */
async function replayed(executionId: string): Promise<string> {
  const exported = await must(
    call<{ readonly bundle: string }>(plane.url, eve, "POST", `/executions/${executionId}/evidence`, {}),
  )
  const bundle = readBundle(new TextEncoder().encode(exported.bundle))
  const engine = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
  if (!bundle.ok || !engine.ok) throw new Error("neither the bundle nor the engine is in question here")
  const { registry } = plane.started.plane
  const report = rederive(bundle.value, { installed: registry, engine: engine.value, mode: "recorded" })
  return report.ok ? report.value.result : `fault at ${report.error.seq}`
}
