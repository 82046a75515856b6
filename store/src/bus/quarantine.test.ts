import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Time } from "@counterfoil/contracts"
import { knownTenants, quarantineLaws, smallLimits } from "../../test/laws/quarantine-laws.ts"
import { openPostgresFixture, type PostgresFixture } from "../../test/laws/postgres-fixture.ts"
import { memoryQuarantine } from "../../test/memory/memory-quarantine.ts"
import { TenantSessions } from "../postgres/tenant-sessions.ts"
import { openQuarantine } from "./quarantine.ts"

let fixture: PostgresFixture
let sessions: TenantSessions
beforeAll(async () => {
  fixture = await openPostgresFixture()
  sessions = new TenantSessions(fixture.database.url)
  for (const tenant of knownTenants)
    await fixture.owner.query(
      "insert into principal (tenant, principal_id, kind, name, roles, added_at) values ($1, $2, 'human', 'mia', '{}', now())",
      [tenant, `hum_01kaz3v8g0e8r4n2t6w0y3b5${tenant === "acme" ? "a0" : "b0"}`],
    )
}, 60_000)
afterAll(async () => {
  await sessions.close()
  await fixture.close()
})

const isTenant = (tenant: string): boolean => knownTenants.some((known) => known === tenant)

quarantineLaws("memory", () => {
  let ms = Date.parse("2026-11-21T09:00:00.000Z")
  const now = (): Time => Time.parse(new Date((ms += 1)).toISOString())
  return Promise.resolve(memoryQuarantine({ now, isTenant, limits: smallLimits }))
})
quarantineLaws("PostgreSQL", async () => {
  await fixture.owner.query("truncate quarantine, quarantine_dropped, delivery")
  return openQuarantine(sessions, smallLimits)
})

describe("the quarantine on PostgreSQL", () => {
  test("many hands at once keep no more than the room, and count every message", async () => {
    await fixture.owner.query("truncate quarantine, quarantine_dropped, delivery")
    const quarantine = openQuarantine(sessions, smallLimits)
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        quarantine.keep({
          tenant: "acme",
          messageId: `at-once-${at}`,
          reason: "unreadable",
          principal: null,
          key: null,
          problem: null,
          deliveries: 1,
          body: new Uint8Array(10),
          bodyBytes: 10,
        }),
      ),
    )
    const { rows } = await fixture.owner.query<{ kept: string; dropped: string }>(
      "select (select count(*) from quarantine) as kept, (select sum(dropped) from quarantine_dropped) as dropped",
    )
    expect(rows).toEqual([{ kept: "4", dropped: "36" }])
    expect(answers.reduce((sum, dropped) => sum + dropped, 0)).toBe(36)
  })
})
