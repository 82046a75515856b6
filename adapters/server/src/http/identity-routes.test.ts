import { generateKeyPairSync } from "node:crypto"
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { GrantId, PrincipalId, RoleName, SessionId, Time, addMs } from "@counterfoil/contracts"
import type { HttpLimits } from "./http-limits.ts"
import { people, sessionOf, startTestServer, type Person, type TestServer } from "../../test/http-server.ts"
import {
  identityOperations,
  addProgramService,
  ownServiceId,
  recoveryServiceName,
  tokenHash,
} from "@counterfoil/gate"

let world: TestServer
beforeAll(async () => {
  world = await startTestServer()
})
afterAll(async () => {
  await world.close()
})

const Minted = z.object({ token: z.string(), session: z.string(), principal: PrincipalId, expiresAt: Time })
const codeOf = async (response: Response): Promise<string> =>
  z.object({ code: z.string() }).parse(await response.json()).code
const itemsOf = async (response: Response) =>
  z.object({ items: z.array(z.record(z.string(), z.json())) }).parse(await response.json()).items
const mint = (
  as: Person,
  principal: Person | null,
  more: { readonly [field: string]: string | number } = {},
) =>
  world.post(
    "/v1/tokens",
    { label: "laptop", days: 1, ...(principal === null ? {} : { principal: people[principal].id }), ...more },
    { as },
  )
const useToken = (token: string) =>
  world.get("/v1/whoami", { as: null, headers: { authorization: `Bearer ${token}` } })
const spki = (): string =>
  generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).toString("base64")

describe("who may call which operation on identity is one table", () => {
  test("the table of operations is the documented one", () => {
    expect(
      identityOperations.map(({ method, path, who }) => `${who.padEnd(14)} ${method.padEnd(4)} ${path}`),
    ).toEqual([
      "anyone         GET  /whoami",
      "humans         GET  /principals",
      "anyone         GET  /grants",
      "anyone         POST /tokens",
      "anyone         GET  /tokens",
      "anyone         POST /tokens/:session/revoke",
      "administrators POST /sign-ins",
      "signIn         POST /sign-ins/exchange",
      "humans         POST /review-keys",
      "humans         GET  /review-keys",
      "humans         POST /review-keys/:keyId/revoke",
    ])
  })

  test("the page lists the same rows", () => {
    const page = readFileSync(new URL("../../../../docs/HTTP.md", import.meta.url), "utf8")
    const rows = page.split("\n").filter((line) => /^\| `(GET|POST) \/v1/.test(line))
    expect(rows).toEqual(
      identityOperations.map(
        ({ method, path, who, says }) => `| \`${method} /v1${path}\` | ${who} | ${says} |`,
      ),
    )
  })

  test("INV-04 an operation for people is refused to an agent", async () => {
    for (const { method, path, who } of identityOperations) {
      if (who !== "humans") continue
      const response =
        method === "GET"
          ? await world.get(`/v1${path}`, { as: "robot" })
          : await world.post(`/v1${path}`, {}, { as: "robot" })
      expect(await codeOf(response)).toBe("GRANT_MISSING")
    }
  })

  test("whoami returns the principal of the token", async () => {
    expect(await (await world.get("/v1/whoami", { as: "adam" })).json()).toEqual({
      tenant: "acme",
      principal: people.adam.id,
      kind: "human",
      name: "adam",
      roles: ["admin"],
      capabilities: [],
      session: sessionOf("adam"),
      assurance: "session",
      expiresAt: "2026-03-02T11:00:00.000Z",
      administrates: true,
    })
  })

  test("INV-10 principals and grants are those of the caller's tenant", async () => {
    expect(
      (await itemsOf(await world.get("/v1/principals"))).map(({ name }) => z.string().parse(name)).toSorted(),
    ).toEqual(["adam", "mia", "olga", "robot"])
    expect(
      (await itemsOf(await world.get("/v1/principals", { as: "greta" }))).map(({ name }) => name),
    ).toEqual(["greta"])
    expect(await itemsOf(await world.get("/v1/grants", { as: "robot" }))).toEqual([])
  })
})

describe("tokens", () => {
  test("INV-13 a token is returned once and stored only as its digest; it works until it is revoked, and is never logged", async () => {
    const { token, session } = Minted.parse(await (await mint("mia", null)).json())
    expect(token).toMatch(/^cft_[A-Za-z0-9_-]{43}$/)
    expect((await useToken(token)).status).toBe(200)
    expect(
      JSON.stringify([
        await world.directory.tokens(people.mia.tenant),
        await itemsOf(await world.get("/v1/tokens")),
      ]),
    ).not.toContain(token)
    expect((await world.post(`/v1/tokens/${session}/revoke`, {}, { as: "mia" })).status).toBe(200)
    expect(await codeOf(await useToken(token))).toBe("UNAUTHENTICATED")
    expect(world.lines.join("")).not.toContain(token)
    expect(
      world.lines.filter((line) => line.includes("identity changed") && line.includes(session)),
    ).toHaveLength(2)
  })

  test("an expired, a revoked and an unknown token, and one of a disabled principal, get the same answer", async () => {
    const answers: unknown[] = []
    const answer = async (token: string) => {
      const response = await useToken(token)
      const { traceId: _mine, ...rest } = z.record(z.string(), z.json()).parse(await response.json())
      answers.push([response.status, rest])
    }
    await answer(`cft_${"u".repeat(43)}`)
    const revoked = Minted.parse(await (await mint("olga", "robot")).json())
    await world.post(`/v1/tokens/${revoked.session}/revoke`, {})
    await answer(revoked.token)
    const other = await startTestServer()
    const disabled = await other.get("/v1/whoami", { as: "mia" })
    expect(disabled.status).toBe(200)
    await other.directory.disablePrincipal(
      people.mia.tenant,
      people.mia.id,
      Time.parse("2026-03-02T10:00:00.000Z"),
    )
    for (const pass of [0, 3_600_000]) {
      other.pass(pass)
      const response = await other.get("/v1/whoami", { as: pass === 0 ? "mia" : "olga" })
      const { traceId: _theirs, ...rest } = z.record(z.string(), z.json()).parse(await response.json())
      answers.push([response.status, rest])
    }
    await other.close()
    expect(answers).toHaveLength(4)
    for (const each of answers) expect(each).toEqual(answers[0])
  })

  test("INV-06 people mint for themselves, administrators for agents and services, and no one for a person who has signed in", async () => {
    const statuses = await Promise.all(
      (
        [
          ["mia", null],
          ["robot", null],
          ["mia", "robot"],
          ["adam", "robot"],
          ["adam", "mia"],
          ["adam", "olga"],
          ["olga", "adam"],
          ["greta", "mia"],
        ] as const
      ).map(async ([as, principal]) => [as, principal, (await mint(as, principal)).status]),
    )
    expect(statuses).toEqual([
      ["mia", null, 200],
      ["robot", null, 403],
      ["mia", "robot", 403],
      ["adam", "robot", 200],
      ["adam", "mia", 403],
      ["adam", "olga", 403],
      ["olga", "adam", 403],
      ["greta", "mia", 404],
    ])
  })

  test("INV-06 a person's first token comes from an administrator, and no second one does", async () => {
    const id = PrincipalId.parse("hum_01kaz3v8g0e8r4n2t6w0y3b5zz")
    const newcomer = { ...people.mia, id, name: "newcomer", enabled: true, owner: null, roles: [] }
    const addedAt = Time.parse("2026-03-02T10:00:00.000Z")
    const other = await startTestServer()
    await other.directory.addPrincipal({ ...newcomer, kind: "human", addedAt, addedBy: null })
    const first = await other.post("/v1/tokens", { label: "first", days: 1, principal: id }, { as: "olga" })
    const second = await other.post("/v1/tokens", { label: "second", days: 1, principal: id }, { as: "olga" })
    await other.close()
    expect([first.status, second.status]).toEqual([200, 403])
    expect(await codeOf(second)).toBe("SEPARATION_OF_DUTIES")
  })

  test("INV-06 when several first tokens for one person are requested at once, one is made", async () => {
    const id = PrincipalId.parse("hum_01kaz3v8g0e8r4n2t6w0y3b5zz")
    const newcomer = { ...people.mia, id, name: "newcomer", enabled: true, owner: null, roles: [] }
    const addedAt = Time.parse("2026-03-02T10:00:00.000Z")
    const other = await startTestServer()
    await other.directory.addPrincipal({ ...newcomer, kind: "human", addedAt, addedBy: null })
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        other.post("/v1/tokens", { label: `first ${i}`, days: 1, principal: id }, { as: "olga" }),
      ),
    )
    await other.close()
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 403, 403, 403, 403, 403,
    ])
  })

  test("no one mints a stronger assurance than their own, nor a token for longer than a year", async () => {
    expect(await codeOf(await mint("olga", null, { assurance: "stepUp" }))).toBe("ASSURANCE_TOO_LOW")
    expect(await codeOf(await mint("olga", null, { assurance: "key" }))).toBe("INPUT_INVALID")
    expect(await codeOf(await mint("olga", null, { days: 366 }))).toBe("INPUT_INVALID")
    const { expiresAt } = Minted.parse(await (await mint("olga", null, { days: 365 })).json())
    expect(expiresAt).toBe(addMs(Time.parse("2026-03-02T10:00:00.000Z"), 365 * 86_400_000))
  })

  test("a label with unprintable characters is INPUT_INVALID", async () => {
    for (const label of ["lap\u202etop", "laptop\n", "laptop\u3164", "l\u0430ptop"])
      expect(await codeOf(await mint("olga", null, { label }))).toBe("INPUT_INVALID")
  })

  test("INV-12 a body that names the tenant or the session is INPUT_INVALID", async () => {
    expect(await codeOf(await mint("olga", null, { tenant: "globex" }))).toBe("INPUT_INVALID")
  })

  test("a principal sees and revokes its own tokens, an administrator all of the tenant, another tenant none", async () => {
    expect(
      (await itemsOf(await world.get("/v1/tokens", { as: "robot" }))).every(
        ({ principal }) => principal === people.robot.id,
      ),
    ).toBe(true)
    expect(
      new Set(
        (await itemsOf(await world.get("/v1/tokens", { as: "adam" }))).map(({ principal }) => principal),
      ).size,
    ).toBe(4)
    for (const as of ["robot", "greta"] as const) {
      expect(await codeOf(await world.post(`/v1/tokens/${sessionOf("olga")}/revoke`, {}, { as }))).toBe(
        "NOT_FOUND",
      )
    }
  })
})

describe("a service that the program itself acts as", () => {
  const { tenant } = people.olga
  const recovery = PrincipalId.parse("svc_01kaz3v8g0e8r4n2t6w0y3b5zx")
  test.each([
    ["the installation", ownServiceId(tenant), "counterfoil"],
    ["a recovery", recovery, recoveryServiceName(recovery)],
  ])(
    "INV-12 no one gets a token or a sign-in of the service of %s, and an existing one proves nothing",
    async (_whose, principal, name) => {
      const at = Time.parse("2026-03-02T10:00:00.000Z")
      expect(await addProgramService(world.directory, { tenant, principal, name }, at)).toBe(true)
      for (const as of ["olga", "adam"] as const) {
        const asked = await world.post("/v1/tokens", { label: "mine", days: 1, principal }, { as })
        expect(await codeOf(asked)).toBe("GRANT_MISSING")
        expect(await codeOf(await world.post("/v1/sign-ins", { principal }, { as }))).toBe("GRANT_MISSING")
      }
      const token = `cft_${name.slice(-1).repeat(43)}`
      const row = {
        hash: tokenHash(token),
        tenant,
        principal,
        label: "planted",
        assurance: "session",
      } as const
      const session = SessionId.parse(principal.replace("svc_", "ses_"))
      const times = { createdAt: at, expiresAt: addMs(at, 3_600_000), revokedAt: null, refusedAt: null }
      const from = { mintedBy: null, origin: null, use: "session" } as const
      expect(await world.directory.addToken({ ...row, session, ...times, ...from })).toBe(true)
      expect(await codeOf(await useToken(token))).toBe("UNAUTHENTICATED")
    },
  )
})

describe("a one-time sign-in", () => {
  const id = PrincipalId.parse("hum_01kaz3v8g0e8r4n2t6w0y3b5zz")
  const addedAt = Time.parse("2026-03-02T10:00:00.000Z")
  const SignIn = z.object({ signIn: z.string(), session: z.string() })
  const withNewcomer = async (limits: Partial<HttpLimits> = {}): Promise<TestServer> => {
    const other = await startTestServer({ limits })
    const row = { ...people.mia, id, name: "newcomer", enabled: true, owner: null, roles: [], addedBy: null }
    await other.directory.addPrincipal({ ...row, kind: "human", addedAt })
    return other
  }
  const make = (server: TestServer, as: Person = "olga") =>
    server.post("/v1/sign-ins", { principal: id }, { as })
  const made = async (server: TestServer) => SignIn.parse(await (await make(server)).json())
  const exchange = (server: TestServer, signIn: string) =>
    server.post("/v1/sign-ins/exchange", {}, { as: null, headers: { authorization: `Bearer ${signIn}` } })
  const rowOf = async (server: TestServer, session: string) =>
    (await itemsOf(await server.get("/v1/tokens"))).find((row) => row["session"] === session)

  test("INV-06 the person's exchange makes the token in use, which the administrator never saw, and the token records that", async () => {
    const other = await withNewcomer()
    const { signIn, session } = await made(other)
    expect(signIn).toMatch(/^cfs_[A-Za-z0-9_-]{43}$/)
    const own = Minted.parse(await (await exchange(other, signIn)).json())
    expect(own.token).toMatch(/^cft_/)
    expect(await rowOf(other, own.session)).toMatchObject({
      mintedBy: id,
      origin: { from: "signIn", signIn: session, by: people.olga.id },
    })
    expect(other.lines.join("")).not.toContain(signIn)
    await other.close()
  })

  test("INV-06 a second use is refused, and owners see when it was attempted", async () => {
    const other = await withNewcomer()
    const { signIn, session } = await made(other)
    expect((await exchange(other, signIn)).status).toBe(200)
    expect(await rowOf(other, session)).not.toHaveProperty("refusedAt")
    expect(await codeOf(await exchange(other, signIn))).toBe("SIGN_IN_SPENT")
    expect(await rowOf(other, session)).toMatchObject({ use: "signIn", refusedAt: addedAt })
    expect(
      other.lines.some((line) => line.includes("spent sign-in presented") && line.includes(session)),
    ).toBe(true)
    await other.close()
  })

  test("INV-03 of several exchanges at once, one gets a token", async () => {
    const other = await withNewcomer()
    const { signIn } = await made(other)
    const answers = await Promise.all(Array.from({ length: 5 }, () => exchange(other, signIn)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409, 409])
    await other.close()
  })

  test("it expires, and a newer one ends it", async () => {
    const other = await withNewcomer()
    const [first, second] = [await made(other), await made(other)]
    expect(await codeOf(await exchange(other, first.signIn))).toBe("SIGN_IN_SPENT")
    other.pass(72 * 3_600_000)
    expect(await codeOf(await exchange(other, second.signIn))).toBe("SIGN_IN_SPENT")
    await other.close()
  })

  test("INV-04 it opens nothing else, and no token opens the exchange", async () => {
    const other = await withNewcomer()
    const { signIn } = await made(other)
    const headers = { authorization: `Bearer ${signIn}` }
    for (const path of ["/v1/whoami", "/v1/executions", "/v1/approvals"])
      expect(await codeOf(await other.get(path, { as: null, headers }))).toBe("UNAUTHENTICATED")
    expect(await codeOf(await other.post("/v1/sign-ins/exchange", {}, { as: "olga" }))).toBe(
      "UNAUTHENTICATED",
    )
    await other.directory.disablePrincipal(people.mia.tenant, id, addedAt)
    expect(await codeOf(await exchange(other, signIn))).toBe("UNAUTHENTICATED")
    await other.close()
  })

  test("INV-06 administrators make one for people who never signed in, and for no one else", async () => {
    const other = await withNewcomer()
    expect((await make(other, "mia")).status).toBe(403)
    expect((await make(other, "robot")).status).toBe(403)
    expect((await make(other, "greta")).status).toBe(404)
    const { signIn } = await made(other)
    await exchange(other, signIn)
    expect(await codeOf(await make(other))).toBe("SEPARATION_OF_DUTIES")
    expect((await other.post("/v1/sign-ins", { principal: people.robot.id }, { as: "olga" })).status).toBe(
      404,
    )
    await other.close()
  })

  test("INV-06 it ends the tokens of the person that others made, and what such a token made counts as theirs", async () => {
    const other = await withNewcomer()
    const { signIn } = await made(other)
    const first = Minted.parse(
      await (
        await other.post("/v1/tokens", { label: "first", days: 1, principal: id }, { as: "olga" })
      ).json(),
    )
    const headers = { authorization: `Bearer ${first.token}` }
    const second = Minted.parse(
      await (await other.post("/v1/tokens", { label: "second", days: 1 }, { as: null, headers })).json(),
    )
    expect(await rowOf(other, second.session)).toMatchObject({
      mintedBy: id,
      origin: { from: "person", by: people.olga.id },
    })
    expect((await exchange(other, signIn)).status).toBe(200)
    for (const { session } of [first, second]) expect(await rowOf(other, session)).toHaveProperty("revokedAt")
    await other.close()
  })

  const { tenant } = people.mia
  const role = (name: string, to: PrincipalId, server: TestServer) =>
    server.directory.giveRole(
      tenant,
      GrantId.parse("grn_01kaz3v8g0e8r4n2t6w0y3b5zy"),
      to,
      RoleName.parse(name),
      addMs(addedAt, 1e12),
    )
  test.each<[string, (server: TestServer) => Promise<unknown>]>([
    ["the person became an owner", (server) => role("owner", id, server)],
    ["the person became an administrator", (server) => role("admin", id, server)],
    [
      "its maker was disabled",
      ({ directory }) => directory.disablePrincipal(tenant, people.adam.id, addedAt),
    ],
    [
      "its maker is no longer an administrator",
      ({ directory }) =>
        directory.revokeGrant(tenant, GrantId.parse(people.adam.id.replace("hum_", "grn_")), addedAt),
    ],
  ])("INV-04 a sign-in made by an administrator stops working once %s", async (_what, happens) => {
    const other = await withNewcomer()
    const { signIn, session } = SignIn.parse(await (await make(other, "adam")).json())
    await happens(other)
    expect(await codeOf(await exchange(other, signIn))).toBe("SIGN_IN_SPENT")
    expect(await rowOf(other, session)).toMatchObject({ revokedAt: addedAt, refusedAt: addedAt })
    const tokensOf = (await other.directory.tokens(tenant)).filter(({ principal }) => principal === id)
    expect(tokensOf.map(({ use }) => use)).toEqual(["signIn"])
    await other.close()
  })

  test("INV-06 it revokes the review keys that were enrolled before it, in the answer and in the log", async () => {
    const other = await withNewcomer()
    const { signIn } = await made(other)
    const first = Minted.parse(
      await (
        await other.post("/v1/tokens", { label: "first", days: 1, principal: id }, { as: "olga" })
      ).json(),
    )
    const headers = { authorization: `Bearer ${first.token}` }
    const { keyId } = z
      .object({ keyId: z.string() })
      .parse(await (await other.post("/v1/review-keys", { spki: spki() }, { as: null, headers })).json())
    expect(await (await exchange(other, signIn)).json()).toMatchObject({ revokedKeys: [keyId] })
    expect(await other.directory.reviewKey(tenant, keyId)).toMatchObject({ revokedAt: addedAt })
    expect(
      other.lines.filter((line) => line.includes("signIn.exchange") && line.includes(keyId)),
    ).toHaveLength(1)
    await other.close()
  })

  test("INV-04 a spent one counts as a refused token, does not count against the person's rate, and is recorded once a minute", async () => {
    const other = await withNewcomer({ requestsPerMinute: 3, refusedTokensPerMinute: 2 })
    const { signIn, session } = await made(other)
    const { token } = Minted.parse(await (await exchange(other, signIn)).json())
    expect(await codeOf(await exchange(other, signIn))).toBe("SIGN_IN_SPENT")
    other.pass(59_999)
    expect(await codeOf(await exchange(other, signIn))).toBe("SIGN_IN_SPENT")
    const kept = (await other.directory.tokens(tenant)).find((row) => row.session === session)
    expect(kept?.refusedAt).toBe(addedAt)
    for (let i = 0; i < 3; i++) expect(await codeOf(await exchange(other, signIn))).toBe("RATE_LIMITED")
    const headers = { authorization: `Bearer ${token}` }
    expect((await other.get("/v1/whoami", { as: null, headers })).status).toBe(200)
    await other.close()
  })

  test("a refusal a minute later is recorded again", async () => {
    const other = await withNewcomer()
    const { signIn, session } = await made(other)
    for (const pass of [0, 0, 60_000]) {
      other.pass(pass)
      await exchange(other, signIn)
    }
    expect(await rowOf(other, session)).toMatchObject({ refusedAt: addMs(addedAt, 60_000) })
    await other.close()
  })
})

describe("review keys", () => {
  test("a person enrols a key, sees it, and revokes it; a revoked key never comes back", async () => {
    const key = spki()
    const enrolled = z
      .object({ keyId: z.string().length(64), human: z.string() })
      .parse(await (await world.post("/v1/review-keys", { spki: key }, { as: "mia" })).json())
    expect(enrolled.human).toBe(people.mia.id)
    expect(await itemsOf(await world.get("/v1/review-keys", { as: "mia" }))).toHaveLength(1)
    expect((await world.post(`/v1/review-keys/${enrolled.keyId}/revoke`, {}, { as: "mia" })).status).toBe(200)
    expect(await codeOf(await world.post("/v1/review-keys", { spki: key }, { as: "mia" }))).toBe(
      "INPUT_INVALID",
    )
  })

  test("INV-06 a key that one person enrolled cannot be enrolled by another, nor seen or revoked by them", async () => {
    const key = spki()
    const { keyId } = z
      .object({ keyId: z.string() })
      .parse(await (await world.post("/v1/review-keys", { spki: key }, { as: "olga" })).json())
    expect(await codeOf(await world.post("/v1/review-keys", { spki: key }, { as: "mia" }))).toBe(
      "INPUT_INVALID",
    )
    expect(await itemsOf(await world.get("/v1/review-keys", { as: "mia" }))).not.toContainEqual(
      expect.objectContaining({ keyId }),
    )
    expect(await codeOf(await world.post(`/v1/review-keys/${keyId}/revoke`, {}, { as: "mia" }))).toBe(
      "NOT_FOUND",
    )
  })

  test("a key that is not an ed25519 key is refused", async () => {
    const x25519 = generateKeyPairSync("x25519")
      .publicKey.export({ type: "spki", format: "der" })
      .toString("base64")
    for (const key of [x25519, `${"A".repeat(59)}=`, "AAAA", spki().replace(/.=$/, "_=")]) {
      expect(await codeOf(await world.post("/v1/review-keys", { spki: key }, { as: "mia" }))).toBe(
        "INPUT_INVALID",
      )
    }
  })
})

describe("an owner's tokens and keys", () => {
  test("INV-04 an administrator who is not an owner can end the tokens and keys of others, and not those of an owner", async () => {
    const own = Minted.parse(await (await mint("olga", null)).json())
    const theirs = Minted.parse(await (await mint("mia", null)).json())
    const key = async (as: Person) =>
      z
        .object({ keyId: z.string() })
        .parse(await (await world.post("/v1/review-keys", { spki: spki() }, { as })).json()).keyId
    const [ownKey, theirKey] = [await key("olga"), await key("mia")]
    const revoke = async (what: string, as: Person) =>
      (await world.post(`/v1/${what}/revoke`, {}, { as })).status
    expect([
      await revoke(`tokens/${own.session}`, "adam"),
      await revoke(`review-keys/${ownKey}`, "adam"),
      await revoke(`tokens/${theirs.session}`, "adam"),
      await revoke(`review-keys/${theirKey}`, "adam"),
    ]).toEqual([403, 403, 200, 200])
    expect((await useToken(own.token)).status).toBe(200)
    expect([
      await revoke(`tokens/${own.session}`, "olga"),
      await revoke(`review-keys/${ownKey}`, "olga"),
    ]).toEqual([200, 200])
  })
})
