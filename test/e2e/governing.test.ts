// What people can and cannot do to the rules over HTTP, on the real database: freeze, shut owners out, change layers at once.
// Owns: the ways in and what they come to. Does not own: single refusals (executor/gate/src/govern), races in virtual time (sim).

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { call, must, runCli, type Io } from "@counterfoil/cli"
import {
  canonicalBytes,
  defaultModeMap,
  policySourceMediaType,
  type Json,
  type Submitted,
} from "@counterfoil/contracts"
import type { ActivePolicy } from "@counterfoil/contracts/ports"
import { counterfoil } from "../cli/program.ts"
import { readExecution, submitDraft } from "../support/asking.ts"
import { commandIo } from "../support/command-io.ts"
import { effectCapability, effectRef } from "../support/effect-handlers.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

let plane: TestPlane
let governor: Person
let owner: Pick<Person, "token">
let ownerId: string

beforeAll(async () => {
  plane = await startTestPlane("governing", "PT20S", () => Promise.resolve(), {
    env: { COUNTERFOIL_OPEN_EXECUTIONS_MAX: "40" },
  })
  const { started } = plane
  if (started.ownerToken === null) throw new Error("there is no owner")
  owner = { token: started.ownerToken }
  ownerId = (await must(call<{ readonly principal: string }>(plane.url, owner, "GET", "/whoami"))).principal
  governor = await addSomeone(started, {
    kind: "human",
    name: "gus",
    capabilities: ["control-plane.core", "control-plane.governance"],
  })
})
afterAll(() => plane.close())

let keys = 0
const ask = (who: Pick<Person, "token">, path: string, body: { readonly [field: string]: Json }) =>
  call<Submitted>(plane.url, who, "POST", path, {
    key: `governing-${(keys += 1)}`,
    reason: "for a test",
    wait: "PT20S",
    ...body,
  })
const live = async (): Promise<ActivePolicy> => {
  const active = await plane.started.plane.store.policySource(plane.started.tenant)
  if (active === null) throw new Error("no policy is active")
  return active
}
const forbid = (layer: string, name: string, scope: string): Json => ({
  layer,
  name,
  text: `@id("${layer}.${name}") @reason("stopped for a test of activation")\nforbid (${scope});`,
})
const steps = 'principal, action in Counterfoil::Action::"path.step", resource'

describe("the token that a first start prints", () => {
  test("INV-13 ends within a day, as logs keep it, and login keeps one of a year in its place", async () => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-login-"))
    try {
      const said: string[] = []
      const env = { XDG_CONFIG_HOME: folder, COUNTERFOIL_TOKEN: owner.token }
      expect(await runCli(["login", "--url", plane.url], outside(env, said))).toBe(0)
      expect(said.join("\n")).toContain("valid for 365 days, is stored instead")
      const [kept = ""] =
        /cft_[\w-]+/.exec(readFileSync(join(folder, "counterfoil", "contexts.json"), "utf8")) ?? []
      const days = async (token: string): Promise<number> => {
        const self = await must(call<{ readonly expiresAt: string }>(plane.url, { token }, "GET", "/whoami"))
        return Math.round((Date.parse(self.expiresAt) - Date.now()) / 86_400_000)
      }
      expect([await days(owner.token), await days(kept)]).toEqual([1, 365])
      // What was made once is kept as it is.
      expect(
        await runCli(["login", "--url", plane.url], outside({ ...env, COUNTERFOIL_TOKEN: kept }, said)),
      ).toBe(0)
      expect(readFileSync(join(folder, "counterfoil", "contexts.json"), "utf8")).toContain(kept)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** A shell without a terminal. */
const outside = (env: NodeJS.ProcessEnv, said: string[]): Io =>
  commandIo({ env, out: (text) => said.push(text), say: (text) => said.push(text) })

describe("a person who may govern and is not an owner", () => {
  test("INV-05 cannot loosen policy by a freeze: not with modes, not with a permit, and no approval is requested", async () => {
    const before = await live()
    const modeMap = {
      ...defaultModeMap,
      exceptions: [
        {
          contract: "test.probeable@1",
          medium: "autonomous",
          owner: "gus",
          reason: "no review is needed",
          expires: "2027-01-31T00:00:00.000Z",
        },
      ],
    }
    const permit = {
      layer: "freeze",
      name: "permit",
      text: '@id("freeze.permit") @reason("no review is needed") @tier("low")\npermit (principal is Counterfoil::Human, action in Counterfoil::Action::"path.step", resource);',
    }
    for (const [more, at] of [
      [{ policyTexts: [], modeMap }, "/as/input/modeMap"],
      [{ policyTexts: [permit] }, "/as/input/policyTexts/0/text"],
      [{ policyTexts: [forbid("freeze", "all", "principal, action, resource")] }, "/as/input/policyTexts"],
    ] as const) {
      const said = await ask(governor, "/policy/activate", { layer: "freeze", ...more })
      expect(said).toMatchObject({ kind: "problem", problem: { code: "INPUT_INVALID" } })
      expect(said.kind === "problem" && said.problem.issues.map((issue) => issue.at)).toContain(at)
    }
    expect(await live()).toEqual(before)
  })

  test("a freeze of all steps comes and goes at once", async () => {
    const freeze = { layer: "freeze", policyTexts: [forbid("freeze", "steps", steps)] }
    expect((await must(ask(governor, "/policy/activate", freeze))).status).toBe("completed")
    expect((await must(ask(governor, "/policy/activate", { layer: "freeze", policyTexts: [] }))).status).toBe(
      "completed",
    )
  })
})

describe("what a freeze paused", () => {
  const cli = (...args: readonly string[]) =>
    counterfoil(args, { env: { COUNTERFOIL_URL: plane.url, COUNTERFOIL_TOKEN: governor.token } })
  const statusOf = async (executionId: string) =>
    (await readExecution(plane.url, governor, executionId)).status

  test("goes on by one command, which lifting the freeze offers; what a person paused stays paused, until the time they said, and a second time nothing is left", async () => {
    const agent = await addSomeone(plane.started, {
      kind: "agent",
      name: "frozen",
      capabilities: ["control-plane.core", effectCapability],
    })
    const step = { key: "act", contract: effectRef("probeable"), input: { label: "frozen", point: "none" } }
    const made = await Promise.all(
      ["one", "two", "three", "four"].map((key) => submitDraft(plane.url, agent, `frozen-${key}`, [step])),
    )
    const [one = "", two = "", three = "", four = ""] = made.map(({ executionId }) => executionId)
    for (const executionId of [one, two, three, four])
      await until("held", 10_000, async () => ((await statusOf(executionId)) === "waiting" ? true : null))
    const pause = { key: "pause-three", reason: "for a test" }
    await must(call(plane.url, governor, "POST", `/executions/${three}/pause`, pause))
    const later = new Date(Date.now() + 3_600_000).toISOString()
    const pauseUntil = { key: "pause-four", reason: "until then", until: later }
    await must(call(plane.url, governor, "POST", `/executions/${four}/pause`, pauseUntil))
    const freeze = { layer: "freeze", policyTexts: [forbid("freeze", "steps", steps)] }
    await must(ask(governor, "/policy/activate", freeze))
    expect((await readExecution(plane.url, governor, one)).paused).toMatchObject({ because: "killSwitch" })
    expect((await readExecution(plane.url, governor, three)).paused).toMatchObject({ because: "operator" })
    const stopped = (await readExecution(plane.url, governor, four)).paused
    expect([stopped?.because, stopped?.until]).toEqual(["killSwitch", undefined])
    const lifted = await cli("policy", "activate", "--layer", "freeze", "-m", "the freeze is over")
    expect(lifted).toMatchObject({ code: 0 })
    expect(lifted.err).toContain("counterfoil exec resume --all --because killSwitch")
    expect(await cli("exec", "resume", "--all")).toMatchObject({ code: 2 })
    expect(await cli("exec", "resume", one, "--because", "killSwitch")).toMatchObject({ code: 2 })
    const all = ["exec", "resume", "--all", "--because", "killSwitch"]
    interface Resumed {
      readonly items: readonly {
        readonly executionId: string
        readonly resumed: boolean
        readonly code?: string
      }[]
      readonly resumed: number
    }
    // Policy decides about each: an agent steers nothing, and gets a refusal for each of its own.
    const byAgent = await counterfoil([...all, "--json"], {
      env: { COUNTERFOIL_URL: plane.url, COUNTERFOIL_TOKEN: agent.token },
    })
    expect(byAgent.code).not.toBe(0)
    const refused = JSON.parse(byAgent.out) as Resumed
    expect(refused.items.map(({ executionId }) => executionId).toSorted()).toEqual(
      [one, two, four].toSorted(),
    )
    expect(refused.items.every((item) => !item.resumed && item.code !== undefined)).toBe(true)
    const byGovernor = await cli(...all, "--json")
    expect(byGovernor.code).toBe(0)
    const said = JSON.parse(byGovernor.out) as Resumed
    expect(said.items.map(({ executionId }) => executionId).toSorted()).toEqual([one, two, four].toSorted())
    expect([said.resumed, said.items.every((item) => item.resumed)]).toEqual([3, true])
    expect((await readExecution(plane.url, governor, four)).paused).toMatchObject({
      because: "operator",
      until: later,
    })
    const after = await Promise.all([one, two, three, four].map(statusOf))
    expect(after).toEqual(["waiting", "waiting", "paused", "paused"])
    expect((await cli(...all)).out).toBe("Nothing is paused because of killSwitch.\n")
    for (const executionId of [one, two, three, four]) {
      const cancel = { key: `cancel-${executionId}`, reason: "for a test" }
      await must(call(plane.url, governor, "POST", `/executions/${executionId}/cancel`, cancel))
    }
    // What is void says why, wherever people look.
    const env = { COUNTERFOIL_URL: plane.url, COUNTERFOIL_TOKEN: owner.token }
    const byOwner = async (...args: readonly string[]) => (await counterfoil(args, { env })).out
    const listed = await byOwner("queue", "list", "--execution-id", one, "--status", "voided")
    const because = "void: its execution ended or was cancelled"
    expect(listed).toContain(because)
    const [approvalId = ""] = /apr_\w{26}/.exec(listed) ?? []
    expect(await byOwner("queue", "show", approvalId)).toContain(because)
    expect(await byOwner("exec", "show", one)).toContain("request voided: cancelled")
  }, 60_000)
})

describe("what makes things safer, beside a freeze", () => {
  const planned = (contract: string, input: { readonly [field: string]: Json }) =>
    must(
      call<Submitted>(plane.url, owner, "POST", "/intents", {
        key: `governing-${(keys += 1)}`,
        as: { contract: `controlPlane.${contract}@1`, input: { reason: "for a test", ...input } },
        start: "manual",
      }),
    )
  const statusOf = async ({ executionId }: Submitted) =>
    (await readExecution(plane.url, governor, executionId)).status
  const started = async ({ executionId, planDigest }: Submitted) => {
    const start = { key: `start-${executionId}`, planDigest: planDigest ?? "" }
    await must(call(plane.url, owner, "POST", `/executions/${executionId}/start`, start))
  }
  const ends = (execution: Submitted, as: string) =>
    until(as, 15_000, async () => ((await statusOf(execution)) === as ? true : null))
  const bot = () =>
    addSomeone(plane.started, {
      kind: "agent",
      name: `bot-${(keys += 1)}`,
      capabilities: ["control-plane.core"],
    })
  const frozen = (name: string, scope = steps) => ({
    layer: "freeze",
    policyTexts: [forbid("freeze", name, scope)],
  })

  test("is not paused by it: another freeze, a disabling and a revocation go on, and what gives waits", async () => {
    const { store } = plane.started.plane
    const [one, two] = [await bot(), await bot()]
    const [held] = await store.directory.grants(plane.started.tenant, two.id)
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
    const safer = [
      await planned("policy.activate", frozen("second")),
      await planned("principal.disable", { principalId: one.id }),
      await planned("grant.revoke", { grantId: held?.grantId ?? "" }),
    ]
    const giving = await planned("grant.give", {
      principal: two.id,
      principalKind: "agent",
      capability: "control-plane.core",
      scope: { level: "own" },
      expiresAt,
    })
    const lift = await planned("policy.activate", { layer: "freeze", policyTexts: [] })
    await must(ask(governor, "/policy/activate", frozen("first")))
    expect(await Promise.all([...safer, giving, lift].map(statusOf))).toEqual([
      "planned",
      "planned",
      "planned",
      "paused",
      "paused",
    ])
    for (const execution of safer) await started(execution)
    for (const execution of safer) await ends(execution, "completed")
    expect(
      (await live()).source.texts.some(({ layer, name }) => layer === "freeze" && name === "second"),
    ).toBe(true)
    const both = await Promise.all(
      ["third", "fourth"].map((name) => ask(governor, "/policy/activate", frozen(name))),
    )
    expect(both.map((said) => (said.kind === "answer" ? said.body.status : said.problem.code))).toEqual([
      "completed",
      "completed",
    ])
    await must(ask(governor, "/policy/activate", { layer: "freeze", policyTexts: [] }))
    for (const { executionId } of [giving, lift]) {
      const cancel = { key: `cancel-${executionId}`, reason: "for a test" }
      await must(call(plane.url, owner, "POST", `/executions/${executionId}/cancel`, cancel))
    }
  }, 60_000)

  test("waits behind nothing that an agent has open: a freeze and the agent's end come while nothing else is taken", async () => {
    const agent = await addSomeone(plane.started, {
      kind: "agent",
      name: `bot-${(keys += 1)}`,
      capabilities: ["control-plane.core", effectCapability],
    })
    const fills = () =>
      call<Submitted>(plane.url, agent, "POST", "/intents", {
        key: `governing-${(keys += 1)}`,
        as: { contract: effectRef("natural"), input: { label: `open-${keys}`, point: "none" } },
        start: "manual",
      })
    const open: string[] = []
    let said = await fills()
    for (; said.kind === "answer"; said = await fills()) open.push(said.body.executionId)
    expect([open.length > 10, said.problem.code]).toEqual([true, "QUOTA_EXCEEDED"])
    const lifting = { layer: "freeze", policyTexts: [] }
    // What is open is counted once a second for each requester.
    await until("a refusal", 15_000, async () => {
      const refused = await ask(governor, "/policy/activate", lifting)
      return refused.kind === "problem" && refused.problem.code === "QUOTA_EXCEEDED" ? true : null
    })
    const [frozenBy, disabled] = [
      await must(ask(governor, "/policy/activate", frozen("full"))),
      await must(ask(owner, "/principals/disable", { principalId: agent.id })),
    ]
    expect([frozenBy.status, disabled.status]).toEqual(["completed", "completed"])
    for (const executionId of open) {
      const cancel = { key: `cancel-${executionId}`, reason: "for a test" }
      await must(call(plane.url, owner, "POST", `/executions/${executionId}/cancel`, cancel))
    }
    await until("lifted", 15_000, async () =>
      (await ask(governor, "/policy/activate", lifting)).kind === "answer" ? true : null,
    )
  }, 60_000)

  test("is stopped all the same where the freeze forbids it", async () => {
    const disabling = await planned("principal.disable", { principalId: (await bot()).id })
    const disable = 'principal, action == Counterfoil::Action::"controlPlane.principal.disable@1", resource'
    await must(ask(governor, "/policy/activate", frozen("disabling", disable)))
    expect(await statusOf(disabling)).toBe("planned")
    await started(disabling)
    await ends(disabling, "failed")
    await must(ask(governor, "/policy/activate", { layer: "freeze", policyTexts: [] }))
  }, 60_000)
})

describe("the only owner", () => {
  test("is not disabled, by itself or by another, and keeps its role", async () => {
    for (const who of [owner, governor]) {
      const said = await ask(who, "/principals/disable", { principalId: ownerId })
      expect(said.kind === "problem" ? said.problem.issues : said).toMatchObject([
        { at: "/as/input/principalId", message: expect.stringMatching(/^LAST_OWNER: /) as string },
      ])
    }
    const whoami = await must(call<{ readonly roles: readonly string[] }>(plane.url, owner, "GET", "/whoami"))
    expect(whoami.roles).toContain("owner")
  })

  test("disables an agent, and enables it again with what it held", async () => {
    const agent = await addSomeone(plane.started, {
      kind: "agent",
      name: "bot",
      capabilities: ["control-plane.core"],
    })
    const counts = async () => (await call(plane.url, agent, "GET", "/whoami")).kind === "answer"
    expect((await must(ask(owner, "/principals/disable", { principalId: agent.id }))).status).toBe(
      "completed",
    )
    await expect.poll(counts, { timeout: 5_000 }).toBe(false)
    expect((await must(ask(owner, "/principals/enable", { principalId: agent.id }))).status).toBe("completed")
    await expect.poll(counts, { timeout: 5_000 }).toBe(true)
  })
})

describe("two layers that are changed at once", () => {
  test(
    "INV-02 every activation that completes is in force until another one of its layer is",
    { timeout: 120_000 },
    async () => {
      await letOwnersChangeRulesAlone()
      let completed = 0
      for (let round = 0; round < 6; round += 1) {
        const name = `round-${round}`
        const said = await Promise.all(
          (["freeze", "organisation"] as const).map(async (layer) => ({
            layer,
            ended: await must(
              ask(owner, "/policy/activate", {
                layer,
                policyTexts: [forbid(layer, name, steps)],
                wait: "PT8S",
              }),
            ),
          })),
        )
        const { source } = await live()
        // A freeze pauses what runs, the other activation as well when it comes in time: that one says so.
        for (const { layer, ended } of said.filter(({ ended: { status } }) => status !== "paused")) {
          expect({ layer, status: ended.status }).toEqual({ layer, status: "completed" })
          expect({
            layer,
            names: source.texts.filter((text) => text.layer === layer).map((text) => text.name),
          }).toEqual({ layer, names: [name] })
          completed += 1
        }
      }
      expect(completed).toBeGreaterThan(5)
    },
  )
})

/** Otherwise each change of a layer but the freeze waits for a second owner. */
async function letOwnersChangeRulesAlone(): Promise<void> {
  const { store, policies } = plane.started.plane
  const { tenant } = plane.started
  const { digest: from, source } = await live()
  const texts = source.texts.map((text) => ({
    ...text,
    text: text.text.replace(
      /@id\("start.policy"\) @tier\("medium"\) (@reason\("[^"]*"\))\n@approve[^\n]*\n/,
      '@id("start.policy") @tier("low") $1\n',
    ),
  }))
  const alone = { ...source, texts }
  const checked = policies.check(alone)
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  const { digest } = checked.value
  await store.putBlobs([{ digest, mediaType: policySourceMediaType, bytes: canonicalBytes(alone) }])
  expect(await store.activatePolicy(tenant, { from, digest, source: alone })).toBe(true)
  policies.moved(tenant)
}
