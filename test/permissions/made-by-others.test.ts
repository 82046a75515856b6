import { describe, expect, test } from "vitest"
import { addMs, HumanId, SessionId, type PrincipalId, type TokenOrigin } from "@counterfoil/contracts"
import { reviewKeyIdOf } from "@counterfoil/contracts/digest"
import type { TokenRow } from "@counterfoil/contracts/ports"
import { freshId, now, openTenant, tenant } from "@counterfoil/gate/test"
import { sessionOfHash } from "@counterfoil/server/entrance"
import { identityOperations, hasSignedIn, tokenHash } from "@counterfoil/gate"

const day = 86_400_000
const later = addMs(now, day)
const spki = "AAAA"
const keyId = reviewKeyIdOf(spki) ?? ""

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
  const put = async (use: TokenRow["use"], mintedBy: HumanId, origin: TokenOrigin | null) => {
    const session = SessionId.parse(freshId("exe").replace("exe_", "ses_"))
    await directory.addToken({
      hash: tokenHash(session),
      session,
      tenant,
      principal: person.id,
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
  return { ...world, owner, admin, person, madeBy, own, give, left, signedIn }
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
    const { admin, person, madeBy, give, store } = await opened()
    await madeBy(admin.id)
    const [row] = (await store.directory.tokens(tenant)).filter(({ use }) => use === "session")
    if (row === undefined) throw new Error("the token is there")
    const session = await sessionOfHash(
      row.hash,
      { traceparent: undefined, channel: "http", now },
      store.directory,
    )
    const creating = identityOperations.find(({ name }) => name === "identity.token.create@1")
    if (!session.ok || creating === undefined) throw new Error("it counts until then")
    const world = {
      directory: store.directory,
      clock: { now: () => now },
      random: { unit: () => 0.5, bytes: (count: number) => new Uint8Array(count).fill(251) },
    }
    const input = { label: "another", days: 1 }
    const late = await creating.call(
      {
        ...world,
        governing: async (of, change) => {
          await give("owner")
          return await store.governing(of, change)
        },
      },
      session.value,
      input,
    )
    expect(late).toMatchObject({ ok: false, error: { code: "UNAUTHENTICATED" } })
    const tokens = await store.directory.tokens(tenant)
    expect(
      tokens.filter(({ principal, revokedAt }) => principal === person.id && revokedAt === null),
    ).toEqual([])
  })

  test("by a recovery, has what the recovery gives and nothing that others made", async () => {
    const { admin, person, madeBy, left, run } = await opened({ recovers: true })
    await madeBy(admin.id)
    const input = { principal: person.id, policy: "keep", reason: "the only owner left" }
    expect((await run("owner.recover", input)).kind).toBe("succeeded")
    expect(await left()).toEqual([0, 0, 0])
  })
})
