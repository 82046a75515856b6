import { describe, expect, test } from "vitest"
import {
  addMs,
  CapabilityName,
  GrantId,
  type GrantScope,
  type Json,
  type PrincipalId,
  type Time,
} from "@counterfoil/contracts"
import { addProgramService, ownServiceId } from "../identity/program-service.ts"
import { freshId, now, openTenant, tenant } from "../../test/governing.ts"

const day = 86_400_000
const tomorrow = addMs(now, day)
const files = "fs.write"

/** Someone who holds one grant and one role until tomorrow, an agent to give to, and a way to give. */
async function opened(scope: GrantScope) {
  const world = await openTenant()
  const mia = await world.addPerson("human", { roles: ["owner"], until: tomorrow })
  const bot = await world.addPerson("agent")
  await world.store.directory.giveGrant(
    tenant,
    {
      grantId: GrantId.parse(freshId("grn")),
      principal: mia.id,
      capability: CapabilityName.parse(files),
      scope,
      source: "owner",
      expiresAt: tomorrow,
    },
    mia.id,
    "for a test",
  )
  const inputOf = (more: { readonly [field: string]: Json }): Json => ({
    principal: bot.id,
    principalKind: "agent",
    expiresAt: tomorrow,
    reason: "for a test",
    ...more,
  })
  /** How giving ends, foreseen and when it is done: both have to agree. */
  const gives = async (more: { readonly [field: string]: Json }, by: PrincipalId = mia.id) => {
    const foreseen = await world.foresee("grant.give", inputOf(more), by)
    const done = await world.run("grant.give", inputOf(more), { by })
    expect(foreseen.length === 0).toBe(done.kind === "succeeded")
    return done.kind === "rejected" ? `${done.code} ${foreseen.map(({ at }) => at).join(" ")}` : done.kind
  }
  return { ...world, mia, bot, gives }
}
const narrow: GrantScope = {
  level: "team",
  contracts: ["fs.file.write@1" as never],
  resources: ["folder:reports"],
}
const granted = { capability: files }
const later = (ms: number): Time => addMs(tomorrow, ms)

describe("giving a grant", () => {
  test("a holder can give what it holds, and anything within it", async () => {
    const { gives } = await opened(narrow)
    expect(await gives({ ...granted, scope: { ...narrow } as Json })).toBe("succeeded")
    expect(
      await gives({ ...granted, scope: { ...narrow, level: "own" } as Json, expiresAt: later(-1) }),
    ).toBe("succeeded")
  })

  test.each<[string, { readonly [field: string]: Json }]>([
    ["the whole capability, by leaving the scope out", {}],
    ["a wider level", { scope: { ...narrow, level: "tenant" } as Json }],
    ["every contract", { scope: { level: "own", resources: ["folder:reports"] } }],
    ["another contract", { scope: { ...narrow, contracts: ["fs.file.read@1"] } as Json }],
    ["every resource", { scope: { level: "own", contracts: ["fs.file.write@1"] } }],
    ["every folder", { scope: { ...narrow, resources: ["folder:*"] } as Json }],
    ["a millisecond longer", { scope: { ...narrow } as Json, expiresAt: later(1) }],
    ["89 days", { scope: { ...narrow } as Json, expiresAt: later(88 * day) }],
  ])(
    "INV-04 %s is more than was held, and is refused before anyone is asked and when it is done",
    async (_what, more) => {
      const { gives, store, bot } = await opened(narrow)
      expect(await gives({ ...granted, ...more })).toBe("GRANT_MISSING /scope")
      expect(await store.directory.grants(tenant, bot.id)).toEqual([])
    },
  )

  test("INV-04 two held grants together contain nothing that neither contains", async () => {
    const { gives, store, mia } = await opened({ level: "tenant", contracts: ["fs.file.write@1" as never] })
    await store.directory.giveGrant(
      tenant,
      {
        grantId: GrantId.parse(freshId("grn")),
        principal: mia.id,
        capability: CapabilityName.parse(files),
        scope: { level: "tenant", contracts: ["fs.file.read@1" as never] },
        source: "owner",
        expiresAt: tomorrow,
      },
      mia.id,
      "for a test",
    )
    const both = { level: "own", contracts: ["fs.file.read@1", "fs.file.write@1"] }
    expect(await gives({ ...granted, scope: both })).toBe("GRANT_MISSING /scope")
  })

  test("INV-04 a grant that was revoked between the asking and the giving is not handed on", async () => {
    const { run, store, mia, bot, foresee } = await opened(narrow)
    const input = {
      principal: bot.id,
      principalKind: "agent",
      capability: files,
      scope: { ...narrow } as Json,
      expiresAt: tomorrow,
      reason: "for a test",
    }
    expect(await foresee("grant.give", input, mia.id)).toEqual([])
    const [held] = await store.directory.grants(tenant, mia.id)
    if (held === undefined) throw new Error("mia holds a grant")
    await store.directory.revokeGrant(tenant, held.grantId, now)
    expect(await run("grant.give", input, { by: mia.id })).toMatchObject({ code: "GRANT_MISSING" })
  })

  test("no grant lasts longer than the kind of its holder may have it", async () => {
    const { gives, addOwner } = await opened(narrow)
    const { id } = await addOwner()
    const core = { capability: "control-plane.core", scope: { level: "own" } as Json }
    expect(await gives({ ...core, expiresAt: addMs(now, 90 * day) }, id)).toBe("succeeded")
    expect(await gives({ ...core, expiresAt: addMs(now, 90 * day + 1) }, id)).toBe(
      "EXPIRY_INVALID /expiresAt",
    )
    expect(await gives({ ...core, expiresAt: now }, id)).toBe("EXPIRY_INVALID /expiresAt")
  })
})

describe("giving a role", () => {
  test("an owner gives any role for as long as they are owner, and no longer", async () => {
    const { gives } = await opened(narrow)
    expect(await gives({ role: "finance" })).toBe("succeeded")
    expect(await gives({ role: "owner" })).toBe("succeeded")
    expect(await gives({ role: "owner", expiresAt: later(1) })).toBe("GRANT_MISSING /role")
  })

  test("a person who is not an owner gives only a role that they hold, for as long as they hold it", async () => {
    const { gives, addPerson } = await opened(narrow)
    const { id } = await addPerson("human", { roles: ["finance"], until: tomorrow })
    expect(await gives({ role: "finance" }, id)).toBe("succeeded")
    expect(await gives({ role: "finance", expiresAt: later(1) }, id)).toBe("GRANT_MISSING /role")
    expect(await gives({ role: "owner" }, id)).toBe("GRANT_MISSING /role")
    expect(await gives({ role: "approver" }, id)).toBe("GRANT_MISSING /role")
  })

  test("no one gives or renews the role founder, not even the founder", async () => {
    const { gives, addPerson, store } = await opened(narrow)
    const { id } = await addPerson("human", { roles: ["founder", "owner"], until: tomorrow })
    expect(await gives({ role: "founder" }, id)).toBe("ROLE_RESERVED /role")
    expect(await gives({ role: "founder", principal: id, principalKind: "human" }, id)).toBe(
      "ROLE_RESERVED /role",
    )
    expect(
      (await store.directory.roleGrants(tenant)).filter(({ role }) => String(role) === "founder"),
    ).toHaveLength(1)
  })

  test("INV-12 a service of the program itself gets neither role nor grant", async () => {
    const { gives, store } = await opened(narrow)
    const service = { tenant, principal: ownServiceId(tenant), name: "counterfoil" }
    await addProgramService(store.directory, service, now)
    const to = { principal: service.principal, principalKind: "service" }
    expect(await gives({ ...to, role: "finance" })).toBe("PRINCIPAL_RESERVED /principal")
    expect(await gives({ ...to, ...granted, scope: { ...narrow } as Json })).toBe(
      "PRINCIPAL_RESERVED /principal",
    )
  })

  test("a role has no scope", async () => {
    const { gives } = await opened(narrow)
    expect(await gives({ role: "finance", scope: { level: "own" } })).toBe("GRANT_MISSING /scope")
  })
})
