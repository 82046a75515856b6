import { describe, expect, test } from "vitest"
import {
  addMs,
  defaultModeMap,
  Digest,
  PrincipalId,
  type PolicyLayer,
  type PolicyText,
} from "@counterfoil/contracts"
import { defaultPolicySource } from "@counterfoil/policy"
import { ownServiceId } from "../identity/program-service.ts"
import { everything, forbidding, freshId, now, openTenant, tenant } from "../../test/governing.ts"

const reason = "for a test"

describe("activating policy", () => {
  test("INV-02 when two layers are activated at once, every completed activation is in force, and none reverts another", async () => {
    const { run, textsOf } = await openTenant()
    const rounds = Array.from({ length: 8 }, (_, round) => round)
    const answers = await Promise.all(
      rounds.flatMap((round) =>
        (["freeze", "organisation"] as const).map((layer) =>
          run("policy.activate", {
            layer,
            policyTexts: [forbidding(layer, `round-${round}`)],
            reason,
          }),
        ),
      ),
    )
    expect(answers.map(({ kind }) => kind)).toEqual(answers.map(() => "succeeded"))
    expect(await textsOf("freeze")).toEqual(["round-7"])
    expect(await textsOf("organisation")).toEqual(["round-7"])
    expect(await textsOf("tenant")).toEqual(["start.cedar", "control.cedar"])
  })

  test("INV-03 an activation that is repeated after its answer was lost does not take back a later one", async () => {
    const { run, textsOf, stopped } = await openTenant()
    const freeze = { layer: "freeze", policyTexts: [forbidding("freeze", "stop")], reason }
    const first = await run("policy.activate", freeze, { key: "77" })
    expect(stopped).toEqual([reason])
    await run("policy.activate", { layer: "freeze", policyTexts: [], reason })
    expect(await run("policy.activate", freeze, { key: "77" })).toEqual(first)
    expect(await textsOf("freeze")).toEqual([])
    expect(stopped).toEqual([reason])
  })

  test("the mode map stays as it is where none is given", async () => {
    const { run, store } = await openTenant()
    await run("policy.activate", { layer: "organisation", policyTexts: [], reason })
    expect((await store.policySource(tenant))?.source.modeMap).toEqual(defaultModeMap)
  })
})

describe("adding a principal", () => {
  const named = (name: string) => ({ kind: "agent", name, reason }) as const

  test.each([
    ["a bidi control", "ol\u202ega"],
    ["a line break", "olga\nowner"],
    ["a filler", "olga\u3164"],
    ["a letter of another script", "\u043elga"],
    ["another spelling", "e\u0301va"],
    ["the form of an id", "hum_01kaz3v8g0e8r4n2t6w0y3b5d7"],
  ])(
    "under a name with %s is refused, before anyone is asked and again when it would count",
    async (_what, name) => {
      const { run, foresee, store, addOwner } = await openTenant()
      const { id } = await addOwner()
      expect((await foresee("principal.add", named(name))).map(({ at }) => at)).toEqual(["/name"])
      expect(await run("principal.add", named(name), { by: id })).toMatchObject({ code: "NAME_REFUSED" })
      expect(await store.directory.principals(tenant)).toHaveLength(1)
    },
  )

  test("under a name that looks like another one of the tenant is refused, even when that principal is disabled", async () => {
    const { run, addOwner } = await openTenant()
    const { id } = await addOwner()
    const first = await run("principal.add", named("release-agent"), { by: id, key: "80" })
    if (first.kind !== "succeeded") throw new Error(first.kind)
    const { principalId } = first.output as { readonly principalId: string }
    await run("principal.disable", { principalId, reason }, { by: id })
    for (const name of [
      "release-agent",
      "Release-Agent",
      "re1ease-agent",
      "release\u2013agent",
      "release-\u0430g\u0435nt",
    ])
      expect(await run("principal.add", named(name), { by: id })).toMatchObject({
        code: name.includes("\u0430") ? "NAME_REFUSED" : "NAME_TAKEN",
      })
    expect(await run("principal.add", named("release-agent"), { by: id, key: "80" })).toEqual(first)
    expect((await run("principal.add", named("release-agent 2"), { by: id })).kind).toBe("succeeded")
  })

  test("INV-06 makes the caller the owner where none is named, but of a person", async () => {
    const { run, addOwner, store } = await openTenant()
    const [{ id }, other] = [await addOwner(), await addOwner()]
    const ownerOf = async (input: { readonly [field: string]: string }) => {
      const added = await run("principal.add", { reason, ...input }, { by: id })
      if (added.kind !== "succeeded") return added.kind === "rejected" ? added.code : added.kind
      const { principalId, owner = null } = added.output as {
        readonly principalId: string
        readonly owner?: string
      }
      const row = await store.directory.principal(tenant, principalId as never)
      expect([row?.owner, row?.addedBy]).toEqual([owner, id])
      return owner
    }
    expect(await ownerOf({ kind: "agent", name: "one" })).toBe(id)
    expect(await ownerOf({ kind: "service", name: "two" })).toBe(id)
    expect(await ownerOf({ kind: "agent", name: "three", owner: other.id })).toBe(other.id)
    expect(await ownerOf({ kind: "human", name: "four" })).toBeNull()
    await run("principal.disable", { principalId: other.id, reason }, { by: id })
    expect(await ownerOf({ kind: "agent", name: "five", owner: other.id })).toBe("NOT_FOUND")
    expect(await ownerOf({ kind: "agent", name: "six", owner: freshId("hum") })).toBe("NOT_FOUND")
  })
})

describe("disabling a principal", () => {
  test("INV-03 one that is repeated after its answer was lost does not disable again a principal that was enabled since", async () => {
    const { run, addPerson, store } = await openTenant()
    const { id } = await addPerson("agent")
    const first = await run("principal.disable", { principalId: id, reason }, { key: "78" })
    expect((await run("principal.enable", { principalId: id, reason })).kind).toBe("succeeded")
    expect(await run("principal.disable", { principalId: id, reason }, { key: "78" })).toEqual(first)
    expect((await store.directory.principal(tenant, id))?.enabled).toBe(true)
  })
})

describe("what an activation may not do", () => {
  const freezeAll = {
    layer: "freeze",
    name: "all",
    text: '@id("freeze.all") @reason("stopped by the operator")\nforbid (principal, action, resource);',
  } as const

  test("INV-05 a freeze holds forbids alone: it changes no modes and permits nothing", async () => {
    const { run, foresee, textsOf, store } = await openTenant()
    const modeMap = {
      ...defaultModeMap,
      exceptions: [
        {
          contract: "controlPlane.trace.erase@1",
          medium: "autonomous",
          owner: "platform",
          reason: "no review is needed",
          expires: "2026-11-22T00:00:00.000Z",
        },
      ],
    } as const
    const permits = {
      layer: "freeze",
      name: "permits",
      text: '@id("freeze.permit") @reason("no review is needed") @tier("low")\npermit (principal is Counterfoil::Human, action in Counterfoil::Action::"path.step", resource);',
    } as const
    for (const [more, at] of [
      [{ modeMap, policyTexts: [] }, "/modeMap"],
      [{ modeMap, policyTexts: [forbidding("freeze", "stop")] }, "/modeMap"],
      [{ modeMap: defaultModeMap, policyTexts: [] }, "/modeMap"],
      [{ policyTexts: [permits] }, "/policyTexts/0/text"],
      [{ policyTexts: [forbidding("tenant", "stop")] }, "/policyTexts/0/layer"],
    ] as const) {
      const input = { layer: "freeze", reason, ...more }
      expect((await foresee("policy.activate", input)).map((issue) => issue.at)).toContain(at)
      expect(await run("policy.activate", input)).toMatchObject({ kind: "rejected", code: "POLICY_INVALID" })
    }
    expect(await textsOf("freeze")).toEqual([])
    expect((await store.policySource(tenant))?.source.modeMap).toEqual(defaultModeMap)
  })

  test("a set under which an owner could not change policy is refused, before anyone is asked and again when it would count", async () => {
    const { run, foresee, textsOf, addOwner } = await openTenant()
    const input = { layer: "freeze", policyTexts: [freezeAll], reason }
    await addOwner()
    expect(await foresee("policy.activate", input)).toEqual([
      {
        at: "/policyTexts",
        code: "value",
        message:
          "lockout, line 1 (freeze.all): an owner could not use controlPlane.intent.submit@1 (forbidden), so that no one could undo this",
      },
    ])
    expect(await run("policy.activate", input)).toEqual({
      kind: "rejected",
      code: "POLICY_INVALID",
      message: "lockout",
    })
    expect(await textsOf("freeze")).toEqual([])
  })
})

describe("what only takes away or forbids", () => {
  test("is what the shipped rules never hold, a freeze among it; its end and other layers are not", async () => {
    const { restricts, restricting } = await openTenant()
    const safety = /@id\("start\.safety"\)[^;]*;/.exec(
      defaultPolicySource()
        .texts.map(({ text }) => text)
        .join("\n"),
    )?.[0]
    const named = [...(safety ?? "").matchAll(/"(controlPlane\.[\w.]+)@1"/g)].map(([, name]) => name)
    expect(named).toHaveLength(2)
    expect(new Set(restricting)).toEqual(new Set([...named, "controlPlane.policy.activate"]))
    const activates = (layer: PolicyLayer, ...texts: readonly PolicyText[]) =>
      restricts("policy.activate", { layer, policyTexts: texts, reason })
    expect(activates("freeze", forbidding("freeze", "stop"))).toBe(true)
    expect(activates("freeze")).toBe(false)
    expect(activates("tenant", forbidding("tenant", "stop"))).toBe(false)
    expect(restricts("policy.activate", { layer: "freeze" })).toBe(false)
  })
})

describe("a freeze that begins later", () => {
  const day = 86_400
  test.each([
    ["a year", 365, 364],
    ["a year", 365, 366],
    ["a year", 365, 1_200],
    ["a month", 30, 31],
  ])(
    "is refused where it shuts out owners whose roles last %s (%i days) and it begins in %i days",
    async (_while, held, begins) => {
      const { run, foresee, textsOf, addPerson } = await openTenant()
      const until = addMs(now, held * day * 1000)
      await addPerson("human", { roles: ["owner", "approver"], capabilities: everything, until })
      const governor = await addPerson("human", {
        capabilities: ["control-plane.core", "control-plane.governance"],
      })
      const begin = Math.floor(Date.parse(now) / 1000) + begins * day
      const text = {
        layer: "freeze",
        name: "later",
        text: `@id("freeze.later") @reason("stopped by the operator")\nforbid (principal, action, resource) when { context.call.nowSeconds > ${begin} };`,
      } as const
      const input = { layer: "freeze", policyTexts: [text], reason }
      expect((await foresee("policy.activate", input, governor.id)).map(({ message }) => message)).toEqual([
        expect.stringContaining("so that no one could undo this"),
      ])
      expect(await run("policy.activate", input, { by: governor.id })).toMatchObject({
        code: "POLICY_INVALID",
      })
      expect(await textsOf("freeze")).toEqual([])
    },
  )
})

describe("a quorum that no one can fill", () => {
  const ghost = {
    layer: "organisation",
    name: "ghost",
    text: '@id("organisation.ghost") @tier("medium") @reason("someone looks") @approve("ghost:5")\npermit (principal is Counterfoil::Human, action in [Counterfoil::Action::"controlPlane.policy.activate@1", Counterfoil::Action::"controlPlane.grant.give@1"], resource);',
  } as const

  test("is not activated; a founder alone activates what it may today", async () => {
    const { run, foresee, addOwner } = await openTenant()
    const input = { layer: "organisation", policyTexts: [ghost], reason }
    await addOwner()
    const freeze = { layer: "freeze", policyTexts: [forbidding("freeze", "stop")], reason }
    expect((await run("policy.activate", freeze)).kind).toBe("succeeded")
    await addOwner()
    expect((await foresee("policy.activate", input)).map(({ message }) => message)).toEqual([
      expect.stringContaining("no one could fill its quorum"),
    ])
    expect(await run("policy.activate", input)).toMatchObject({ kind: "rejected", code: "POLICY_INVALID" })
  })
})

describe("recovering an owner", () => {
  const lost = { name: "rescue", policy: "keep", reason: "the only owner left" } as const

  test("INV-04 is refused in every process but the program's own, under any rules", async () => {
    const { run, store } = await openTenant()
    expect(await run("owner.recover", lost)).toMatchObject({ kind: "rejected", code: "NOT_HERE" })
    expect(await store.directory.principals(tenant)).toEqual([])
  })

  test("makes a person who can change policy, and finds what it made when it is repeated", async () => {
    const { run, store } = await openTenant({ recovers: true })
    const answer = await run("owner.recover", lost, { key: "90" })
    expect(answer.kind).toBe("succeeded")
    expect(await run("owner.recover", lost, { key: "90" })).toEqual(answer)
    const [person, ...others] = await store.directory.principals(tenant)
    expect(others).toEqual([])
    expect(person).toMatchObject({ name: "rescue", roles: ["approver", "founder", "owner"] })
    expect(
      (await store.directory.grants(tenant, null)).map(({ capability }) => capability).toSorted(),
    ).toEqual(everything.toSorted())
    expect(await run("owner.recover", lost)).toMatchObject({ kind: "rejected", code: "NAME_TAKEN" })
  })

  test.each([
    ["a bidi control", "rescue\u202e", "NAME_REFUSED"],
    ["letters of two scripts", "r\u0435scue", "NAME_REFUSED"],
    ["the look of another person's name", "rescue-1", "NAME_TAKEN"],
  ])("makes no one owner under a name with %s", async (_what, name, code) => {
    const { run, store } = await openTenant({ recovers: true })
    await run("owner.recover", { ...lost, name: "rescue-l" })
    expect(await run("owner.recover", { ...lost, name })).toMatchObject({ kind: "rejected", code })
    expect(await store.directory.principals(tenant)).toHaveLength(1)
  })

  test("makes a person owner again who was disabled, and no agent", async () => {
    const { run, store, addPerson, addOwner } = await openTenant({ recovers: true })
    const [ana, bot] = [await addPerson("human"), await addPerson("agent")]
    await addOwner()
    await run("principal.disable", { principalId: ana.id, reason })
    const again = { principal: ana.id, policy: "keep", reason }
    expect((await run("owner.recover", again)).kind).toBe("succeeded")
    expect(await store.directory.principal(tenant, ana.id)).toMatchObject({
      enabled: true,
      roles: ["approver", "founder", "owner"],
    })
    expect((await run("owner.recover", { ...again, principal: `hum_${bot.id.slice(4)}` })).kind).toBe(
      "rejected",
    )
  })

  test("does not say that owners are shut out where the policy in force does not load", async () => {
    const { run, store } = await openTenant({ recovers: true })
    const live = await store.policySource(tenant)
    if (live === null) throw new Error("there is no policy")
    const unknown = {
      layer: "organisation" as const,
      name: "unknown",
      text: `@id("organisation.unknown") @reason("names a contract that is not here")
forbid (principal, action == Counterfoil::Action::"git.tag.create@1", resource);`,
    }
    const source = { ...live.source, texts: [...live.source.texts, unknown] }
    const digest = Digest.parse(live.digest.replace(/.$/, (last) => (last === "0" ? "1" : "0")))
    await store.activatePolicy(tenant, { from: live.digest, digest, source })
    expect(await run("owner.recover", lost)).toMatchObject({ kind: "rejected", code: "POLICY_INVALID" })
    expect((await run("owner.recover", { ...lost, policy: "shipped" })).kind).toBe("succeeded")
  })

  test("says so where the policy in force shuts owners out, and puts the shipped one in its place when asked", async () => {
    const { run, store, policies, textsOf } = await openTenant({ recovers: true })
    const live = await store.policySource(tenant)
    if (live === null) throw new Error("there is no policy")
    const texts = live.source.texts.filter(({ layer }) => layer === "base")
    const checked = policies.check({ ...live.source, texts })
    if (!checked.ok) throw new Error("the base layer does not load")
    const locked = { digest: checked.value.digest, source: { ...live.source, texts } }
    await store.activatePolicy(tenant, { from: live.digest, ...locked })
    expect(await run("owner.recover", lost)).toMatchObject({ kind: "rejected", code: "LOCKED_OUT" })
    expect(await store.directory.principals(tenant)).toEqual([])
    expect((await run("owner.recover", { ...lost, policy: "shipped" })).kind).toBe("succeeded")
    expect(await textsOf("tenant")).toEqual(["start.cedar", "control.cedar"])
  })
})

describe("introducing a capability", () => {
  const introduction = (principal: string, more: { readonly [field: string]: string } = {}) => ({
    principal,
    capability: "control-plane.audit",
    scope: { level: "tenant" },
    expiresAt: addMs(now, 86_400_000),
    reason,
    ...more,
  })

  test("INV-04 is done by the installation itself alone, for an owner who lacks it and a capability that exists", async () => {
    const { run, addPerson, store } = await openTenant()
    const { id } = await addPerson("human", { roles: ["owner"] })
    const [person, service] = [await addPerson("human"), await addPerson("service")]
    const by = ownServiceId(tenant)
    const codeOf = async (input: ReturnType<typeof introduction>, asker = by) => {
      const answer = await run("capability.introduce", input, { by: asker })
      return answer.kind === "rejected" ? answer.code : answer.kind
    }
    expect(await codeOf(introduction(id), service.id)).toBe("NOT_HERE")
    expect(await codeOf(introduction(id), id)).toBe("NOT_HERE")
    expect(await codeOf(introduction(person.id))).toBe("NOT_FOUND")
    expect(await codeOf(introduction(id, { capability: "shipping.use" }))).toBe("NOT_FOUND")
    expect(await codeOf(introduction(id, { expiresAt: addMs(now, 366 * 86_400_000) }))).toBe("EXPIRY_INVALID")
    expect(await store.directory.grants(tenant, null)).toEqual([])
    expect(await codeOf(introduction(id))).toBe("succeeded")
    expect(await codeOf(introduction(id))).toBe("CONFLICT")
    expect(await store.directory.grants(tenant, null)).toMatchObject([
      { principal: id, capability: "control-plane.audit", scope: { level: "tenant" } },
    ])
  })
})

describe("the last owner of a tenant", () => {
  const lastOwner = {
    kind: "rejected",
    code: "LAST_OWNER",
    message: "This would leave the tenant without an owner who can change its policy.",
  }

  test("is not disabled, by itself or by others; the last but one is", async () => {
    const { run, addOwner } = await openTenant()
    const [mia, ana] = [await addOwner(), await addOwner()]
    const disable = (principalId: string, by?: typeof mia.id) =>
      run("principal.disable", { principalId, reason }, by === undefined ? {} : { by })
    expect((await disable(ana.id, mia.id)).kind).toBe("succeeded")
    expect(await disable(mia.id, mia.id)).toEqual(lastOwner)
    expect(await disable(mia.id)).toEqual(lastOwner)
    expect((await run("principal.enable", { principalId: ana.id, reason })).kind).toBe("succeeded")
    expect((await disable(mia.id, ana.id)).kind).toBe("succeeded")
  })

  test("is refused before anyone is asked, and named at the input: itself, its role and a grant that it needs", async () => {
    const { foresee, addOwner } = await openTenant()
    const { id, grants } = await addOwner()
    const at = async (name: string, input: { readonly [field: string]: string }, by = id) =>
      (await foresee(name, { reason, ...input }, by)).map((issue) => `${issue.at} ${issue.message}`)
    const said = "LAST_OWNER: This would leave the tenant without an owner who can change its policy."
    expect(await at("principal.disable", { principalId: id })).toEqual([`/principalId ${said}`])
    const [role = "", approver = ""] = grants
    expect(await at("grant.revoke", { grantId: role })).toEqual([`/grantId ${said}`])
    expect(await at("grant.revoke", { grantId: approver })).toEqual([])
    const other = await addOwner()
    expect(await at("principal.disable", { principalId: id })).toEqual([`/principalId ${said}`])
    expect(await at("principal.disable", { principalId: id }, other.id)).toEqual([])
  })

  test("the other owner of two, for whom its changes wait, is disabled by that one alone", async () => {
    const { run, addOwner } = await openTenant()
    const [mia, ana] = [await addOwner(), await addOwner()]
    for (const grantId of ana.grants.slice(0, 1))
      expect(await run("grant.revoke", { grantId, reason })).toEqual(lastOwner)
    expect(await run("principal.disable", { principalId: ana.id, reason })).toEqual(lastOwner)
    expect(await run("principal.disable", { principalId: ana.id, reason }, { by: ana.id })).toEqual(lastOwner)
    const third = await addOwner()
    expect((await run("principal.disable", { principalId: third.id, reason })).kind).toBe("succeeded")
    expect((await run("principal.disable", { principalId: ana.id, reason }, { by: mia.id })).kind).toBe(
      "succeeded",
    )
  })

  test("loses neither its role nor a grant that changing policy takes; another grant it does", async () => {
    const { run, addOwner, addPerson, store } = await openTenant()
    const { id, grants } = await addOwner()
    await addPerson("human", { roles: ["owner"] })
    const kept: string[] = []
    for (const grantId of grants)
      if ((await run("grant.revoke", { grantId, reason })).kind === "rejected") kept.push(grantId)
    // Of the roles only the owner's; of the capabilities those to submit, to approve and to govern.
    const held = await store.directory.grants(tenant, id)
    expect((await store.directory.principal(tenant, id))?.roles).toEqual(["owner"])
    expect(held.map(({ capability }) => capability).toSorted()).toEqual([
      "control-plane.approval",
      "control-plane.core",
      "control-plane.governance",
    ])
    expect(kept).toHaveLength(4)
  })

  test("of two owners that disable each other at once one stays", async () => {
    const { run, addOwner, store } = await openTenant()
    const owners = [await addOwner(), await addOwner()]
    const answers = await Promise.all(
      owners.map(({ id }, index) =>
        run(
          "principal.disable",
          { principalId: id, reason },
          { by: owners[1 - index]?.id ?? PrincipalId.parse(id) },
        ),
      ),
    )
    expect(answers.map(({ kind }) => kind)).toEqual(["succeeded", "rejected"])
    const enabled = (await store.directory.principals(tenant)).filter((one) => one.enabled)
    expect(enabled.map(({ id }) => id)).toEqual([owners[1]?.id])
  })

  test("does not leave the tenant to an owner whose role ends within the week", async () => {
    const { run, addOwner, addPerson } = await openTenant()
    const { id } = await addOwner()
    await addPerson("human", {
      roles: ["owner"],
      capabilities: everything,
      until: addMs(now, 86_400_000),
    })
    expect(await run("principal.disable", { principalId: id, reason })).toEqual(lastOwner)
  })
})
