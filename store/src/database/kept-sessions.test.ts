// Poolers between client and server, the tests' own and PgBouncer where it is installed, and locks that another session holds.

import { existsSync } from "node:fs"
import { sql } from "kysely"
import { Client } from "pg"
import { StoreUnavailable } from "@counterfoil/contracts/ports"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openPgBouncer, pgBouncerPath } from "../../test/laws/pgbouncer.ts"
import { openPostgresFixture, type PostgresFixture } from "../../test/laws/postgres-fixture.ts"
import { sampleAppend, sampleEnvironment, sampleTenant } from "../../test/laws/sample-append.ts"
import { openSessionPooler, type PoolMode, type SessionPooler } from "../../test/laws/session-pooler.ts"
import { openPostgresStore } from "../postgres/open-postgres-store.ts"
import { TenantSessions } from "../postgres/tenant-sessions.ts"
import { openClient } from "./connect.ts"
import { refuseUnkeptSessions } from "./kept-sessions.ts"
import { migrate } from "./migrate.ts"
import { oneAtATime } from "./one-at-a-time.ts"
import { StoreRefused } from "./store-refused.ts"

let fixture: PostgresFixture
beforeAll(async () => {
  fixture = await openPostgresFixture()
}, 60_000)
afterAll(() => fixture.close())

const openStore = (url: string) =>
  openPostgresStore({ url, eraserUrl: url, environment: sampleEnvironment, inProduction: false })
const advisoryLocks = async (): Promise<number> =>
  (await fixture.owner.query("select from pg_locks where locktype = 'advisory'")).rowCount ?? 0

/** Code and sentence of the refusal that an attempt to enter ends with. */
async function refusalOf(enter: () => Promise<unknown>): Promise<readonly [string, string] | null> {
  try {
    await enter()
    return null
  } catch (error) {
    if (error instanceof StoreRefused) return [error.code, error.message]
    throw error
  }
}

const poolers: readonly (readonly [string, (url: string, mode: PoolMode) => Promise<SessionPooler>])[] = [
  ["a pooler", (url, mode) => openSessionPooler(url, mode)],
  // Where it is not installed, only the tests' own pooler is used.
  ...(existsSync(pgBouncerPath) ? ([["PgBouncer", openPgBouncer]] as const) : []),
]

describe.each(poolers)("%s", { timeout: 60_000 }, (_name, open) => {
  test("that shares sessions by transaction is refused, at every way in, and leaves no lock behind", async () => {
    const { ownerUrl, url } = fixture.database
    const [service, owner] = await Promise.all([open(url, "transaction"), open(ownerUrl, "transaction")])
    const waysIn = [
      () => openStore(service.url),
      () => migrate(owner.url),
      () => refuseUnkeptSessions(service.url),
    ]
    for (const enter of waysIn)
      expect(await refusalOf(enter)).toEqual([
        "sessionsNotKept",
        expect.stringContaining("Set pool_mode = session"),
      ])
    expect(await advisoryLocks()).toBe(0)
    await service.close()
    await owner.close()
  })

  test("that keeps sessions serves as the server itself does, with nothing else set", async () => {
    const { ownerUrl, url } = fixture.database
    const [service, owner] = await Promise.all([open(url, "session"), open(ownerUrl, "session")])
    expect(await migrate(owner.url)).toEqual([])
    const store = await openStore(service.url)
    const append = sampleAppend({ tenant: sampleTenant(), endedAt: "2026-01-01T00:00:00.000Z" })
    expect((await store.append(append)).kind).toBe("appended")
    expect(await store.trace(append.tenant, append.executionId)).toHaveLength(1)
    expect(await oneAtATime(service.url, () => Promise.resolve("done"))).toBe("done")
    await store.close()
    expect(await advisoryLocks()).toBe(0)
    await service.close()
    await owner.close()
  })
})

test("a pooler with a single session for all is found out as well", async () => {
  const pooler = await openSessionPooler(fixture.database.url, "transaction", 1)
  await expect(refuseUnkeptSessions(pooler.url)).rejects.toMatchObject({ code: "sessionsNotKept" })
  await pooler.close()
})

test("what the server says of a start that it refuses reaches the caller", async () => {
  const pooler = await openSessionPooler(fixture.database.url, "session")
  const url = `${pooler.url}?options=-c%20geqo%3Doff`
  await expect(refuseUnkeptSessions(url)).rejects.toMatchObject({
    severity: "FATAL",
    message: "unsupported startup parameter: options",
  })
  await pooler.close()
})

describe("a lock that another session holds", { timeout: 30_000 }, () => {
  test.each([
    [
      "of starting",
      1_874_329_261n,
      (url: string) => oneAtATime(url, () => Promise.resolve("begun"), 200),
      "begun",
    ],
    ["of migrating", 3_853_314_791_062_309_107n, (url: string) => migrate(url, 200), []],
  ])(
    "%s is waited for within a limit, and the refusal says who holds it",
    async (_what, lock, run, after) => {
      const { ownerUrl } = fixture.database
      const holder = new Client({ connectionString: ownerUrl, application_name: "an old start" })
      holder.on("error", () => undefined)
      await holder.connect()
      const { rows } = await holder.query<{ pid: number }>(
        "select pg_backend_pid() as pid, pg_advisory_lock($1)",
        [lock],
      )
      expect(await refusalOf(() => run(ownerUrl))).toEqual([
        "lockHeld",
        expect.stringMatching(
          new RegExp(
            String.raw`0\.2 s.*pid ${rows[0]?.pid} \(an old start, since 20\d\d-\d\d-\d\dT[\d:.]+Z\)`,
          ),
        ),
      ])
      await holder.end()
      expect(await run(ownerUrl)).toEqual(after)
    },
  )

  test("a call that waited for one in vain may be repeated, and the log names its holder", async () => {
    const { url, ownerUrl } = fixture.database
    const told: string[] = []
    const sessions = new TenantSessions(url, (holders) => told.push(holders))
    const holder = new Client({ connectionString: ownerUrl, application_name: "psql" })
    holder.on("error", () => undefined)
    await holder.connect()
    await holder.query("begin; lock table installation; select pg_current_xact_id()")
    const waits = sessions.acrossTenants((db) =>
      db.transaction().execute(async (trx) => {
        await sql`set local lock_timeout = 50`.execute(trx)
        await sql`select from installation`.execute(trx)
      }),
    )
    await expect(waits).rejects.toBeInstanceOf(StoreUnavailable)
    expect(told).toEqual([expect.stringMatching(/^pid \d+ \(psql, since /)])
    await holder.end()
    await sessions.close()
  })

  test("every session of the product gives up waiting, and says to the server which process it is", async () => {
    const { url, ownerUrl } = fixture.database
    const settings =
      "select current_setting('lock_timeout') || ' ' || current_setting('application_name') as told"
    const sessions = [
      { url, role: "counterfoil_service" },
      { url: ownerUrl, role: null },
    ] as const
    const told: (string | undefined)[] = []
    for (const session of sessions) {
      const client = await openClient({ ...session, tenant: "" })
      told.push((await client.query<{ told: string }>(settings)).rows[0]?.told)
      await client.end()
    }
    expect(told).toEqual(
      ["10s", "30s"].map((limit): unknown =>
        expect.stringMatching(new RegExp(`^${limit} counterfoil ${process.pid} .+`)),
      ),
    )
  })
})
