import { describe, expect, test } from "vitest"
import {
  addMs,
  CapabilityName,
  Environment,
  GrantId,
  PrincipalId,
  SessionId,
  TenantId,
  Time,
} from "@counterfoil/contracts"
import type { Directory } from "@counterfoil/contracts/ports"
import { memoryStore } from "@counterfoil/store/test"
import { tokenHash } from "@counterfoil/gate"
import { directoryFreshMs, withCachedDirectory } from "./directory-cache.ts"

const tenant = TenantId.parse("acme")
const start = Time.parse("2026-03-02T10:00:00.000Z")
const mia = PrincipalId.parse("hum_01kaz3v8g0e8r4n2t6w0y3b501")
const capability = CapabilityName.parse("git.write")
const grantId = GrantId.parse("grn_01kaz3v8g0e8r4n2t6w0y3b501")
const hash = tokenHash(`cft_${"m".repeat(43)}`)
const session = SessionId.parse("ses_01kaz3v8g0e8r4n2t6w0y3b501")

/** A directory that two processes share, and the cache of it in one of them. */
async function opened() {
  const store = memoryStore(Environment.parse("test"), () => start)
  const shared: Directory = store.directory
  await shared.addPrincipal({
    id: mia,
    tenant,
    kind: "human",
    name: "mia",
    enabled: true,
    owner: null,
    roles: [],
    addedAt: start,
    addedBy: null,
  })
  const grant = {
    grantId,
    principal: mia,
    capability,
    scope: { level: "tenant" },
    source: "owner",
    expiresAt: addMs(start, 1e9),
  } as const
  await shared.giveGrant(tenant, grant, mia, "for a test")
  let nowMs = 0
  const remembering = withCachedDirectory(store, () => nowMs)
  const cached = remembering.directory
  const holds = async (directory: Directory) =>
    (await directory.member(tenant, mia, capability))?.grants.length === 1
  return {
    shared,
    cached,
    store,
    remembering,
    holds,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

const token = {
  hash,
  session,
  tenant,
  principal: mia,
  label: "test",
  assurance: "session",
  createdAt: start,
  expiresAt: addMs(start, 1e9),
  revokedAt: null,
  mintedBy: null,
  origin: null,
  use: "session",
  refusedAt: null,
} as const

describe("the directory that one process remembers", () => {
  test("INV-04 forgets at once what this process itself revoked or gave", async () => {
    const { cached, holds } = await opened()
    expect(await holds(cached)).toBe(true)
    await cached.revokeGrant(tenant, grantId, start)
    expect(await holds(cached)).toBe(false)
  })

  test("INV-04 forgets at once what a governing command of this process changed", async () => {
    const { remembering, cached, holds } = await opened()
    expect(await holds(cached)).toBe(true)
    await remembering.governing(tenant, ({ directory }) => directory.revokeGrant(tenant, grantId, start))
    expect(await holds(cached)).toBe(false)
  })

  test("INV-04 learns within the second what another process revoked", async () => {
    const { shared, cached, holds, pass } = await opened()
    expect(await holds(cached)).toBe(true)
    await shared.revokeGrant(tenant, grantId, start)
    pass(directoryFreshMs - 1)
    expect(await holds(cached)).toBe(true)
    pass(1)
    expect(await holds(cached)).toBe(false)
  })

  test("INV-04 never remembers that a token is unknown, so that a new one counts at once", async () => {
    const { shared, cached } = await opened()
    expect(await cached.token(hash)).toBeNull()
    await shared.addToken(token)
    expect((await cached.token(hash))?.principal.id).toBe(mia)
  })

  test("a read that was under way while this process wrote is not remembered beyond the write", async () => {
    const { shared, store } = await opened()
    let release: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let first = true
    const slow: Directory = {
      ...shared,
      member: async (...asked) => {
        const answer = await shared.member(...asked)
        if (first) {
          first = false
          await gate
        }
        return answer
      },
    }
    const cached = withCachedDirectory({ ...store, directory: slow }, () => 0).directory
    const before = cached.member(tenant, mia, capability)
    await cached.revokeGrant(tenant, grantId, start)
    release()
    expect((await before)?.grants.length).toBe(1)
    expect((await cached.member(tenant, mia, capability))?.grants.length).toBe(0)
  })
})
