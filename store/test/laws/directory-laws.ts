// The laws of the Directory port: what every directory, in memory or on PostgreSQL, must do.
// Owns: the sentences. Does not own: how a store is opened.

import type {
  CapabilityName,
  Grant,
  GrantId,
  HumanId,
  PrincipalId,
  RoleName,
  SessionId,
  TenantId,
  Time,
} from "@counterfoil/contracts"
import { reviewKeyIdOf } from "@counterfoil/contracts/digest"
import type {
  Directory,
  PrincipalRow,
  ReviewKeyRow,
  TokenRow,
  TraceStore,
} from "@counterfoil/contracts/ports"
import { beforeEach, describe, expect, test } from "vitest"
import { sampleCapability, sampleDigest, sampleId, sampleTenant } from "./sample-append.ts"

const early = "2026-01-01T00:00:00.000Z" as Time
const past = "2026-01-02T00:00:00.000Z" as Time
const future = "2120-01-01T00:00:00.000Z" as Time

/** Runs the laws against the directories of the stores that `open` gives. */
export function directoryLaws(name: string, open: () => Promise<TraceStore>): void {
  let directory: Directory
  let tenant: TenantId
  beforeEach(async () => {
    directory = (await open()).directory
    tenant = sampleTenant()
  })

  const person = (options: Partial<PrincipalRow> = {}): PrincipalRow => {
    const id = sampleId<PrincipalId>("hum")
    return {
      id,
      tenant,
      kind: "human",
      name: id,
      enabled: true,
      owner: null,
      roles: [],
      addedAt: early,
      addedBy: null,
      ...options,
    }
  }
  const added = async (options: Partial<PrincipalRow> = {}): Promise<PrincipalRow> => {
    const row = person(options)
    expect(await directory.addPrincipal(row)).toBe(true)
    return row
  }
  const grantFor = (principal: PrincipalId, options: Partial<Grant> = {}): Grant => ({
    grantId: sampleId<GrantId>("grn"),
    principal,
    capability: sampleCapability,
    scope: { level: "own" },
    source: "owner",
    expiresAt: future,
    ...options,
  })
  const tokenOf = (principal: PrincipalId): TokenRow => ({
    hash: sampleDigest(principal),
    session: sampleId<SessionId>("ses"),
    tenant,
    principal,
    label: "laptop",
    assurance: "session",
    createdAt: early,
    expiresAt: future,
    revokedAt: null,
    mintedBy: null,
    origin: null,
    use: "session",
    refusedAt: null,
  })

  describe(`${name} keeps the directory's laws`, { timeout: 20_000 }, () => {
    test("INV-04 an unknown principal, name, token or key is null", async () => {
      expect(await directory.principal(tenant, sampleId("hum"))).toBeNull()
      expect(await directory.principalByName(tenant, "nobody")).toBeNull()
      expect(await directory.member(tenant, sampleId("hum"), sampleCapability)).toBeNull()
      expect(await directory.token(sampleDigest("unknown"))).toBeNull()
      expect(await directory.reviewKey(tenant, "00")).toBeNull()
    })

    test("INV-10 a principal, a grant, a token and a key of one tenant are not seen in another", async () => {
      const row = await added()
      await directory.giveGrant(tenant, grantFor(row.id), row.id, "because")
      await directory.addToken(tokenOf(row.id))
      const other = sampleTenant()
      expect(await directory.principal(other, row.id)).toBeNull()
      expect(await directory.principals(other)).toEqual([])
      expect(await directory.grants(other, null)).toEqual([])
      expect(await directory.tokens(other)).toEqual([])
      expect(await directory.disablePrincipal(other, row.id, past)).toBe(false)
      expect((await directory.principal(tenant, row.id))?.enabled).toBe(true)
    })

    test("the same principal again changes nothing; another under the same id or name is refused", async () => {
      const row = await added({ name: "ana" })
      expect(await directory.addPrincipal(row)).toBe(true)
      expect(await directory.addPrincipal({ ...row, kind: "service" })).toBe(false)
      expect(await directory.addPrincipal(person({ name: "ana" }))).toBe(false)
      expect(await directory.principalByName(tenant, "ana")).toEqual(row)
      expect(await directory.principals(tenant)).toEqual([row])
    })

    test("a disabled principal stays known and is not enabled", async () => {
      const row = await added()
      expect(await directory.disablePrincipal(tenant, row.id, past)).toBe(true)
      expect(await directory.principal(tenant, row.id)).toEqual({ ...row, enabled: false })
    })

    test("a principal that is enabled again holds what it still held, and an unknown one is not", async () => {
      const row = await added()
      const grant = grantFor(row.id)
      await directory.giveGrant(tenant, grant, row.id, "because")
      await directory.disablePrincipal(tenant, row.id, past)
      expect(await directory.enablePrincipal(sampleTenant(), row.id)).toBe(false)
      expect((await directory.principal(tenant, row.id))?.enabled).toBe(false)
      expect(await directory.enablePrincipal(tenant, row.id)).toBe(true)
      expect(await directory.enablePrincipal(tenant, row.id)).toBe(true)
      expect(await directory.principal(tenant, row.id)).toEqual(row)
      expect(await directory.grants(tenant, row.id)).toEqual([grant])
      expect(await directory.enablePrincipal(tenant, sampleId("hum"))).toBe(false)
    })

    test("INV-10 roles that were given are listed with their ends, revoked ones not, in their tenant alone", async () => {
      const row = await added()
      const [lasting, lapsed, revoked] = [
        sampleId<GrantId>("grn"),
        sampleId<GrantId>("grn"),
        sampleId<GrantId>("grn"),
      ]
      await directory.giveRole(tenant, lasting, row.id, "admin" as RoleName, future)
      await directory.giveRole(tenant, lapsed, row.id, "owner" as RoleName, past)
      await directory.giveRole(tenant, revoked, row.id, "finance" as RoleName, future)
      await directory.revokeGrant(tenant, revoked, past)
      expect(await directory.roleGrants(tenant)).toEqual(
        [
          { grantId: lasting, principal: row.id, role: "admin", expiresAt: future },
          { grantId: lapsed, principal: row.id, role: "owner", expiresAt: past },
        ].toSorted((a, b) => (a.grantId < b.grantId ? -1 : 1)),
      )
      expect(await directory.roleGrants(sampleTenant())).toEqual([])
    })

    test("roles are those of the row and those given that still hold", async () => {
      const row = await added({ roles: ["reviewer" as RoleName] })
      const [lasting, lapsed, revoked] = [
        sampleId<GrantId>("grn"),
        sampleId<GrantId>("grn"),
        sampleId<GrantId>("grn"),
      ]
      expect(await directory.giveRole(tenant, lasting, row.id, "admin" as RoleName, future)).toBe(true)
      expect(await directory.giveRole(tenant, lapsed, row.id, "owner" as RoleName, past)).toBe(true)
      expect(await directory.giveRole(tenant, revoked, row.id, "finance" as RoleName, future)).toBe(true)
      expect(await directory.revokeGrant(tenant, revoked, past)).toBe(true)
      expect(await directory.giveRole(tenant, lasting, row.id, "other" as RoleName, future)).toBe(false)
      expect((await directory.principal(tenant, row.id))?.roles).toEqual(["admin", "reviewer"])
    })

    test("a member carries its grants of one capability, expired ones included and revoked ones not", async () => {
      const row = await added()
      const [valid, expired, revoked, other] = [
        grantFor(row.id),
        grantFor(row.id, { expiresAt: past }),
        grantFor(row.id),
        grantFor(row.id, { capability: "git.write" as CapabilityName }),
      ]
      for (const grant of [valid, expired, revoked, other])
        expect(await directory.giveGrant(tenant, grant, row.id, "because")).toBe(true)
      expect(await directory.revokeGrant(tenant, revoked.grantId, past)).toBe(true)
      const member = await directory.member(tenant, row.id, sampleCapability)
      expect(member?.grants.toSorted((a, b) => (a.grantId < b.grantId ? -1 : 1))).toEqual(
        [valid, expired].toSorted((a, b) => (a.grantId < b.grantId ? -1 : 1)),
      )
      expect(await directory.capabilitiesOf(tenant, row.id)).toEqual([sampleCapability, "git.write"])
      expect((await directory.grants(tenant, null)).length).toBe(3)
    })

    test("INV-06 who registered an agent, and who made a token of it that is in use, are its custodians", async () => {
      const [registrar, minter, other] = [
        sampleId<HumanId>("hum"),
        sampleId<HumanId>("hum"),
        sampleId<HumanId>("hum"),
      ]
      const custodiansOf = async (id: PrincipalId) =>
        (await directory.member(tenant, id, sampleCapability))?.custodians
      const agent = await added({ id: sampleId<PrincipalId>("agt"), kind: "agent", addedBy: registrar })
      expect(await custodiansOf(agent.id)).toEqual([registrar])
      const token = (mintedBy: HumanId, expiresAt: Time): TokenRow => ({
        ...tokenOf(agent.id),
        hash: sampleDigest(`${mintedBy} ${expiresAt}`),
        mintedBy,
        expiresAt,
      })
      const live = token(minter, future)
      for (const row of [live, token(registrar, future), token(other, past)])
        expect(await directory.addToken(row)).toBe(true)
      expect(await custodiansOf(agent.id)).toEqual([registrar, minter].toSorted())
      expect(await directory.revokeToken(tenant, live.session, past)).toBe(true)
      expect(await custodiansOf(agent.id)).toEqual([registrar])
      const human = await added({ addedBy: registrar })
      expect(await custodiansOf(human.id)).toBeUndefined()
      expect(
        await custodiansOf((await added({ id: sampleId<PrincipalId>("svc"), kind: "service" })).id),
      ).toBeUndefined()
    })

    test("a grant given again changes nothing, and another under its id is refused", async () => {
      const row = await added()
      const grant = grantFor(row.id)
      expect(await directory.giveGrant(tenant, grant, row.id, "because")).toBe(true)
      expect(await directory.giveGrant(tenant, grant, row.id, "because")).toBe(true)
      expect(
        await directory.giveGrant(tenant, { ...grant, scope: { level: "tenant" } }, row.id, "because"),
      ).toBe(false)
      expect(await directory.revokeGrant(tenant, sampleId("grn"), past)).toBe(false)
    })

    test("INV-04 an agent acts for the human who delegated to it, while that lasts, and for no one else", async () => {
      const [human, stranger] = [await added(), await added()]
      const agent = await added({
        id: sampleId<PrincipalId>("agt"),
        kind: "agent",
        owner: stranger.id as string as HumanId,
      })
      const grant = grantFor(agent.id, { source: "delegation" })
      expect(await directory.delegated(tenant, agent.id, human.id as string as HumanId)).toBe(false)
      await directory.giveGrant(tenant, grant, human.id, "because")
      expect(await directory.delegated(tenant, agent.id, human.id as string as HumanId)).toBe(true)
      expect(await directory.delegated(tenant, agent.id, stranger.id as string as HumanId)).toBe(false)
      await directory.revokeGrant(tenant, grant.grantId, past)
      expect(await directory.delegated(tenant, agent.id, human.id as string as HumanId)).toBe(false)
    })

    test("a token is found by its hash with its principal, and a revoked one says since when", async () => {
      const row = await added()
      const token = tokenOf(row.id)
      expect(await directory.addToken(token)).toBe(true)
      expect(await directory.addToken(token)).toBe(true)
      expect(await directory.addToken({ ...token, hash: sampleDigest("another") })).toBe(false)
      expect(await directory.token(token.hash)).toEqual({ token, principal: row })
      expect(await directory.revokeToken(tenant, token.session, past)).toBe(true)
      expect(await directory.revokeToken(tenant, token.session, future)).toBe(true)
      expect((await directory.token(token.hash))?.token).toEqual({ ...token, revokedAt: past })
    })

    test("INV-06 a token that is reset has ended and says so, also one that had ended before", async () => {
      const row = await added()
      const [live, over] = ["live", "over"].map((name) => ({
        ...tokenOf(row.id),
        hash: sampleDigest(name),
        session: sampleId<SessionId>("ses"),
      }))
      if (live === undefined || over === undefined) throw new Error("there are two")
      for (const token of [live, over]) expect(await directory.addToken(token)).toBe(true)
      await directory.revokeToken(tenant, over.session, past)
      for (const token of [live, over])
        expect(await directory.resetToken(tenant, token.session, future)).toBe(true)
      expect((await directory.token(live.hash))?.token).toEqual({ ...live, revokedAt: future, reset: true })
      expect((await directory.token(over.hash))?.token).toEqual({ ...over, revokedAt: past, reset: true })
      expect(await directory.resetToken(tenant, sampleId("ses"), future)).toBe(false)
    })

    test("INV-06 a sign-in and where a token came from are kept as they were given, and a refused sign-in says when", async () => {
      const person = await added()
      const [maker, session] = [sampleId<HumanId>("hum"), sampleId<SessionId>("ses")]
      const signIn = { ...tokenOf(person.id), use: "signIn" as const, mintedBy: maker, session }
      const origin = { from: "signIn", signIn: session, by: maker } as const
      const own = { ...tokenOf(person.id), hash: sampleDigest("own"), origin }
      for (const row of [signIn, own]) expect(await directory.addToken(row)).toBe(true)
      expect((await directory.token(own.hash))?.token).toEqual(own)
      expect(await directory.refuseSignIn(tenant, session, past)).toBe(true)
      expect((await directory.token(signIn.hash))?.token).toEqual({ ...signIn, refusedAt: past })
    })

    test("a reviewer's key is enrolled once and can be revoked", async () => {
      const key: ReviewKeyRow = {
        keyId: reviewKeyIdOf("AAAA") ?? "",
        tenant,
        human: sampleId<HumanId>("hum"),
        spki: "AAAA",
        enrolledAt: early,
        revokedAt: null,
      }
      expect(await directory.enrolReviewKey(key)).toBe(true)
      const other = { ...key, human: sampleId<HumanId>("hum") }
      expect(await directory.enrolReviewKey(other)).toBe(false)
      expect(await directory.reviewKeys(tenant)).toEqual([key])
      expect(await directory.revokeReviewKey(tenant, key.keyId, past)).toBe(true)
      expect((await directory.reviewKey(tenant, key.keyId))?.revokedAt).toBe(past)
    })

    test.each(["BBBB", "AAAB", "AAA", "AA==AA==", "", "no base64"])(
      "INV-06 a key has the id of its public part: %j under the id of another one is not enrolled",
      async (spki) => {
        const keyId = reviewKeyIdOf("AAAA") ?? ""
        const row = { tenant, human: sampleId<HumanId>("hum"), enrolledAt: early, revokedAt: null }
        expect(await directory.enrolReviewKey({ ...row, keyId, spki })).toBe(false)
        expect([await directory.reviewKey(tenant, keyId), await directory.reviewKeys(tenant)]).toEqual([
          null,
          [],
        ])
      },
    )
  })
}
