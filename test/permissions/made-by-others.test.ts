import { describe, expect, test } from "vitest"
import {
  addMs,
  HumanId,
  SessionId,
  type Json,
  type PrincipalId,
  type TokenOrigin,
} from "@counterfoil/contracts"
import { reviewKeyIdOf } from "@counterfoil/contracts/digest"
import type { TokenRow } from "@counterfoil/contracts/ports"
import { freshId, now, openTenant, tenant } from "@counterfoil/gate/test"
import {
  identityOperations,
  hasSignedIn,
  tokenHash,
  type IdentityWorld,
  type Session,
} from "@counterfoil/gate"

const day = 86_400_000
const later = addMs(now, day)
const spki = "AAAA"
const keyId = reviewKeyIdOf(spki) ?? ""
let drawn = 0

/** An owner, an administrator and a person for whom one of the two made what a test says. */
async function opened({ recovers = false } = {}) {
  const world = await openTenant({ recovers })
  const { directory } = world.store
  const [owner, admin, person] = [
    await world.addOwner(),
    await world.addPerson("human", { roles: ["admin"] }),
    await world.addPerson("human"),
  ]
  const human = HumanId.parse(person.id)
  const put = async (
    use: TokenRow["use"],
    mintedBy: HumanId,
    origin: TokenOrigin | null,
    holder: PrincipalId = person.id,
  ) => {
    const session = SessionId.parse(freshId("exe").replace("exe_", "ses_"))
    await directory.addToken({
      hash: tokenHash(session),
      session,
      tenant,
      principal: holder,
      label: "for a test",
      assurance: "session",
      createdAt: now,
      expiresAt: later,
      revokedAt: null,
      mintedBy,
      origin,
      use,
      refusedAt: null,
    })
    return session
  }
  /** A first token, one that was made with it, one from before origins were kept, and a sign-in. */
  const madeBy = async (maker: PrincipalId) => {
    const by = HumanId.parse(maker)
    await put("session", by, { from: "person", by })
    await put("session", human, { from: "person", by })
    await put("session", by, null)
    await put("signIn", by, null)
  }
  const own = (maker: PrincipalId) =>
    put("session", human, {
      from: "signIn",
      signIn: SessionId.parse(freshId("exe").replace("exe_", "ses_")),
      by: HumanId.parse(maker),
    })
  await directory.enrolReviewKey({ keyId, tenant, human, spki, enrolledAt: now, revokedAt: null })
  const give = (role: string) =>
    world.run(
      "grant.give",
      { principal: person.id, principalKind: "human", role, expiresAt: later, reason: "for a test" },
      { by: owner.id },
    )
  /** What of the person still counts: tokens, sign-ins, keys. */
  const left = async () => {
    const counts = (await directory.tokens(tenant)).filter(({ revokedAt }) => revokedAt === null)
    const key = await directory.reviewKey(tenant, keyId)
    return [
      counts.filter(({ use }) => use === "session").length,
      counts.filter(({ use }) => use === "signIn").length,
      key?.revokedAt === null ? 1 : 0,
    ]
  }
  const signedIn = async () => {
    const row = await directory.principal(tenant, person.id)
    if (row === null) throw new Error("the person is there")
    return await hasSignedIn(directory, row)
  }
  /** The session of a token or sign-in of this use that a principal has. */
  const sessionOf = async (holder: PrincipalId, use: TokenRow["use"]): Promise<Session> => {
    const rows = await directory.tokens(tenant)
    const token = rows.find(({ principal, use: is }) => principal === holder && is === use)
    const row = await directory.principal(tenant, holder)
    if (token === undefined || row === null) throw new Error("the token is there")
    const { session, expiresAt, mintedBy, origin, assurance } = token
    const { kind, name, owner: of, roles } = row
    const proof = { session, mintedBy, origin, assurance, channel: "http", traceparent: null } as const
    return { expiresAt, caller: { tenant, principal: holder, kind, name, owner: of, roles, ...proof } }
  }
  /** Calls an operation; `meanwhile` happens before its turn comes. */
  const does = (
    name: string,
    session: Session,
    input: Json,
    meanwhile = async (): Promise<unknown> => null,
  ) => {
    const operation = identityOperations.find((row) => String(row.name) === `identity.${name}@1`)
    if (operation === undefined) throw new Error(`no operation ${name}`)
    const identityWorld: IdentityWorld = {
      directory,
      clock: { now: () => now },
      random: { unit: () => 0.5, bytes: (count) => new Uint8Array(count).fill((drawn += 1)) },
      governing: async (of, change) => {
        await meanwhile()
        return await world.store.governing(of, change)
      },
    }
    return operation.call(identityWorld, session, input)
  }
  return {
    ...world,
    owner,
    admin,
    person,
    put,
    madeBy,
    own,
    give,
    left,
    signedIn,
    sessionOf,
    does,
  }
}

describe("a person who becomes an owner or administrator", () => {
  test.each(["owner", "admin"])(
    "INV-04 has no token, sign-in or key any more that an administrator could have kept: %s",
    async (role) => {
      const { admin, madeBy, give, left, signedIn } = await opened()
      await madeBy(admin.id)
      expect([await left(), await signedIn()]).toEqual([[3, 1, 1], true])
      expect((await give(role)).kind).toBe("succeeded")
      // An owner makes them a sign-in, as for one who never signed in.
      expect([await left(), await signedIn()]).toEqual([[0, 0, 0], false])
    },
  )

  test("INV-06 gets a one-time sign-in from an owner after that, and no token that the owner could keep", async () => {
    const { owner, admin, person, put, madeBy, give, sessionOf, does, signedIn } = await opened()
    await madeBy(admin.id)
    await give("admin")
    await put("session", HumanId.parse(owner.id), { from: "start" }, owner.id)
    const session = await sessionOf(owner.id, "session")
    const token = await does("token.create", session, { principal: person.id, label: "first", days: 1 })
    expect(token).toMatchObject({ ok: false, error: { code: "SEPARATION_OF_DUTIES" } })
    expect(await does("signIn.create", session, { principal: person.id })).toMatchObject({ ok: true })
    expect(await signedIn()).toBe(false)
  })

  test("keeps what an owner made, and by another role everything", async () => {
    const { admin, madeBy, give, left } = await opened()
    await madeBy(admin.id)
    expect((await give("finance")).kind).toBe("succeeded")
    expect(await left()).toEqual([3, 1, 1])
    const other = await opened()
    await other.madeBy(other.owner.id)
    expect((await other.give("owner")).kind).toBe("succeeded")
    expect([await other.left(), await other.signedIn()]).toEqual([[3, 1, 1], true])
  })

  test("keeps the tokens and keys of their own, and has signed in", async () => {
    const { admin, madeBy, own, give, left, signedIn } = await opened()
    await madeBy(admin.id)
    await own(admin.id)
    expect((await give("owner")).kind).toBe("succeeded")
    expect([await left(), await signedIn()]).toEqual([[1, 0, 1], true])
  })

  test("INV-06 has signed in for good: an owner who ends their tokens and disables who made the first cannot sign in as them", async () => {
    const { owner, person, madeBy, give, signedIn, store } = await opened()
    await madeBy(owner.id)
    expect((await give("owner")).kind).toBe("succeeded")
    await store.directory.disablePrincipal(tenant, owner.id, now)
    for (const { principal, session } of await store.directory.tokens(tenant))
      if (principal === person.id) await store.directory.revokeToken(tenant, session, now)
    expect(await signedIn()).toBe(true)
  })

  test("loses nothing when the role is renewed after the owner who made their token left", async () => {
    const { owner, madeBy, give, left, store } = await opened()
    await madeBy(owner.id)
    expect((await give("owner")).kind).toBe("succeeded")
    await store.directory.disablePrincipal(tenant, owner.id, now)
    expect((await give("owner")).kind).toBe("succeeded")
    expect(await left()).toEqual([3, 1, 1])
  })

  test("INV-04 a change that waited for its turn with a token that ended meanwhile is refused", async () => {
    const { admin, person, madeBy, give, store, sessionOf, does } = await opened()
    await madeBy(admin.id)
    const session = await sessionOf(person.id, "session")
    const late = await does("token.create", session, { label: "another", days: 1 }, () => give("owner"))
    expect(late).toMatchObject({ ok: false, error: { code: "UNAUTHENTICATED" } })
    const tokens = await store.directory.tokens(tenant)
    expect(
      tokens.filter(({ principal, revokedAt }) => principal === person.id && revokedAt === null),
    ).toEqual([])
  })

  test("INV-04 a sign-in whose holder was disabled while its exchange waited for its turn makes no token, and counts later", async () => {
    const { owner, person, put, store, sessionOf, does, left } = await opened()
    await put("signIn", HumanId.parse(owner.id), null)
    const session = await sessionOf(person.id, "signIn")
    const disable = () => store.directory.disablePrincipal(tenant, person.id, now)
    const late = await does("signIn.exchange", session, {}, disable)
    expect(late).toMatchObject({ ok: false, error: { code: "UNAUTHENTICATED" } })
    await store.directory.enablePrincipal(tenant, person.id)
    expect(await left()).toEqual([0, 1, 1])
    expect(await does("signIn.exchange", session, {})).toMatchObject({ ok: true })
  })

  test("by a recovery, has what the recovery gives and nothing that others made", async () => {
    const { admin, person, madeBy, left, run } = await opened({ recovers: true })
    await madeBy(admin.id)
    const input = { principal: person.id, policy: "keep", reason: "the only owner left" }
    expect((await run("owner.recover", input)).kind).toBe("succeeded")
    expect(await left()).toEqual([0, 0, 0])
  })
})
