import { spawnSync } from "node:child_process"
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  defaultModeMap,
  type Environment,
  type PrincipalId,
  type SessionId,
  type Time,
} from "@counterfoil/contracts"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openPostgresFixture, type PostgresFixture } from "../../test/laws/postgres-fixture.ts"
import {
  sampleAppend,
  sampleDigest,
  sampleEnvironment,
  sampleId,
  sampleTenant,
} from "../../test/laws/sample-append.ts"
import { openPostgresStore } from "../postgres/open-postgres-store.ts"
import { openKysely } from "./connect.ts"
import { migrate, migrations } from "./migrate.ts"

// Debian's server, the oldest version that is supported; where it is not installed only the newest one is tested.
const debian = "/usr/lib/postgresql/15/bin"

describe("a database is looked over before it is used", { timeout: 60_000 }, () => {
  let fixture: PostgresFixture
  beforeAll(async () => {
    fixture = await openPostgresFixture()
  }, 60_000)
  afterAll(() => fixture.close())

  const open = (environment: string = sampleEnvironment) =>
    openPostgresStore({ ...fixture.database, environment: environment as Environment, inProduction: true })

  test("migrations that ran do not run again", async () => {
    expect(await migrate(fixture.database.ownerUrl)).toEqual([])
  })

  test("a schema of a newer version is refused, and nothing is changed", async () => {
    await fixture.owner.query("insert into kysely_migration values ('9999-from-the-future', '2030-01-01')")
    await expect(migrate(fixture.database.ownerUrl)).rejects.toMatchObject({ code: "schemaTooNew" })
    await expect(open()).rejects.toMatchObject({ code: "schemaTooNew" })
    await fixture.owner.query("delete from kysely_migration where name like '9999%'")
  })

  test("the migrations can be taken back, the last one first, and run again", async () => {
    const db = openKysely<unknown>({
      url: fixture.database.ownerUrl,
      role: null,
      tenant: "*",
      connectionsMax: 1,
    })
    for (const migration of Object.values(migrations).toReversed()) await migration.down?.(db)
    await db.destroy()
    await fixture.owner.query("delete from kysely_migration")
    await expect(open()).rejects.toMatchObject({ code: "schemaMissing" })
    expect(await migrate(fixture.database.ownerUrl)).toEqual(Object.keys(migrations))
  })

  test("a schema that a migration of this version is missing from is refused with what to do", async () => {
    const last = Object.keys(migrations).at(-1) ?? ""
    await fixture.owner.query("delete from kysely_migration where name = $1", [last])
    await expect(open()).rejects.toMatchObject({
      code: "schemaMissing",
      message: `The database is not at the schema of this version, ${last}: run counterfoil migrate first.`,
    })
    await fixture.owner.query("insert into kysely_migration values ($1, '2026-11-21')", [last])
    await (await open()).close()
  })

  test("a store remembers its environment and refuses another", async () => {
    await (await open()).close()
    await expect(open("production")).rejects.toMatchObject({ code: "wrongEnvironment" })
  })

  test("INV-14 a login whose commits may be lost is refused", async () => {
    await fixture.owner.query("alter database counterfoil set synchronous_commit = off")
    await expect(open()).rejects.toMatchObject({ code: "notDurable" })
    await fixture.owner.query("alter database counterfoil reset synchronous_commit")
    await (await open()).close()
  })

  test("it serves calls when its role sees the tokens that there are, and may read and write what calls need", async () => {
    const store = await open()
    const tenant = sampleTenant()
    const serves = () => store.servesCalls(tenant).catch(() => false)
    // Before the first start activated a policy, nothing could be decided.
    expect(await serves()).toBe(false)
    const source = { texts: [], modeMap: defaultModeMap }
    await store.activatePolicy(tenant, { from: null, digest: sampleDigest("set"), source })
    expect(await serves()).toBe(true)

    const principal = sampleId<PrincipalId>("hum")
    const createdAt = "2026-01-01T00:00:00.000Z" as Time
    const expiresAt = "2120-01-01T00:00:00.000Z" as Time
    await store.directory.addPrincipal({
      id: principal,
      tenant,
      kind: "human",
      name: "ana",
      enabled: true,
      owner: null,
      roles: [],
      addedAt: createdAt,
      addedBy: null,
    })
    await store.directory.addToken({
      hash: sampleDigest(principal),
      session: sampleId<SessionId>("ses"),
      tenant,
      principal,
      label: "laptop",
      assurance: "session",
      createdAt,
      expiresAt,
      revokedAt: null,
      mintedBy: null,
      origin: null,
      use: "session",
      refusedAt: null,
    })
    const without = [
      ["create policy hides on token as restrictive using (false)", "drop policy hides on token"],
      ["create policy hides on principal as restrictive using (false)", "drop policy hides on principal"],
      ...["select on token", "select on execution", "insert on entry"].map(
        (right) =>
          [`revoke ${right} from counterfoil_service`, `grant ${right} to counterfoil_service`] as const,
      ),
    ] as const
    for (const [takeAway, giveBack] of without) {
      await fixture.owner.query(takeAway)
      expect([takeAway, await serves()]).toEqual([takeAway, false])
      await fixture.owner.query(giveBack)
      expect(await serves()).toBe(true)
    }
    await store.close()
  })

  test("INV-07 a service role that was given more than it needs is refused", async () => {
    await fixture.owner.query("grant delete on entry to counterfoil_service")
    await expect(open()).rejects.toMatchObject({ code: "privilegesTooWide" })
    await fixture.owner.query("revoke delete on entry from counterfoil_service")
    await (await open()).close()
  })
})

describe.runIf(existsSync(debian) && process.getuid?.() === 0)(
  "PostgreSQL 15 by DATABASE_URL",
  { timeout: 60_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-pg15-"))
    const url = "postgres://postgres@127.0.0.1:54815/postgres"
    // pg_ctl waits until the server answers, and stops it by the process id in its folder.
    const pgCtl = (...args: readonly string[]): void => {
      const result = spawnSync(`${debian}/${args[0] === "init" ? "initdb" : "pg_ctl"}`, args.slice(1), {
        uid: 65534,
        gid: 65534,
        cwd: "/",
        stdio: "ignore",
      })
      expect(result.status).toBe(0)
    }

    beforeAll(() => {
      chmodSync(folder, 0o700)
      chownSync(folder, 65534, 65534)
      pgCtl(
        "init",
        "-D",
        join(folder, "data"),
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
      )
      const options = "-c port=54815 -c listen_addresses=127.0.0.1 -c unix_socket_directories="
      pgCtl("start", "start", "-w", "-D", join(folder, "data"), "-o", options, "-l", join(folder, "log"))
    }, 60_000)
    afterAll(() => {
      pgCtl("stop", "stop", "-w", "-m", "fast", "-D", join(folder, "data"))
      rmSync(folder, { recursive: true, force: true })
    })

    test("one login serves for all: its sessions act as the product's roles, and in production it is refused for its rights", async () => {
      await migrate(url)
      const options = { url, eraserUrl: url, environment: sampleEnvironment }
      await expect(openPostgresStore({ ...options, inProduction: true })).rejects.toMatchObject({
        code: "privilegesTooWide",
      })
      const store = await openPostgresStore({ ...options, inProduction: false })
      const append = sampleAppend({ tenant: sampleTenant(), endedAt: "2026-01-01T00:00:00.000Z" })
      expect((await store.append(append)).kind).toBe("appended")
      expect(await store.trace(append.tenant, append.executionId)).toHaveLength(1)
      expect(await store.erasePayloads(append.tenant, { executionId: append.executionId })).toEqual({
        payloads: 1,
        executions: 1,
      })
      await store.close()
    })
  },
)
