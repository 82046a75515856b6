import type { CallbackId } from "@counterfoil/contracts"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openPostgresFixture, type PostgresFixture } from "../../test/laws/postgres-fixture.ts"
import {
  sampleAppend,
  sampleApproval,
  sampleEnvironment,
  sampleTenant,
} from "../../test/laws/sample-append.ts"
import { openPostgresStore, type PostgresStore } from "./open-postgres-store.ts"

let fixture: PostgresFixture
let store: PostgresStore
const tenant = sampleTenant()
const commits: number[] = []

beforeAll(async () => {
  fixture = await openPostgresFixture()
  store = await openPostgresStore({
    ...fixture.database,
    environment: sampleEnvironment,
    inProduction: true,
    committed: (entries) => commits.push(entries),
  })
}, 60_000)

afterAll(async () => {
  await store.close()
  await fixture.close()
})

const hourAgo = (): string => new Date(Date.now() - 3_600_000).toISOString()
const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString()

describe("the open work of an installation", () => {
  test("an empty one has nothing open, nothing in doubt and nothing that is due", async () => {
    expect(await store.gauges()).toEqual({
      approvals: [],
      executions: [],
      stepsInDoubt: 0,
      inDoubtOldestSeconds: 0,
      readyOldestSeconds: 0,
      relayLag: { entries: 0, seconds: 0 },
      callbacks: { waiting: 0, oldestSeconds: 0 },
    })
  })

  test("open requests by tier, open executions by status, and ages by the database's clock", async () => {
    await fixture.owner.query(
      "insert into policy_pointer (tenant, digest, source) values ($1, decode(repeat('00', 32), 'hex'), '{}')",
      [tenant],
    )
    const held = sampleAppend({ tenant, status: "waiting", time: hourAgo() })
    const doubt = sampleAppend({ tenant, status: "running", inDoubt: 2, time: hourAgo(), wakeAt: hourAgo() })
    const callback = "agents-done" as CallbackId
    const ended = sampleAppend({
      tenant,
      status: "completed",
      endedAt: hourAgo(),
      time: hourAgo(),
      callback,
    })
    const request = {
      ...sampleApproval(tenant, held.executionId, { tier: "high", expiresAt: inAnHour() }),
      requestedAt: held.execution.createdAt,
    }
    for (const append of [{ ...held, approvals: [request] }, doubt, ended]) await store.append(append)
    await fixture.owner.query("update callback set since = since - interval '1 hour'")
    const { approvals, executions, stepsInDoubt, inDoubtOldestSeconds, readyOldestSeconds, callbacks } =
      await store.gauges()
    expect(approvals.map(({ tier, open }) => ({ tier, open }))).toEqual([{ tier: "high", open: 1 }])
    expect(approvals[0]?.oldestSeconds).toBeCloseTo(3_600, -2)
    expect(approvals[0]?.timeUsed).toBeCloseTo(0.5, 1)
    expect(executions.toSorted((a, b) => (a.status < b.status ? -1 : 1))).toEqual([
      { status: "running", open: 1 },
      { status: "waiting", open: 1 },
    ])
    expect(stepsInDoubt).toBe(2)
    expect(inDoubtOldestSeconds).toBeCloseTo(3_600, -2)
    expect(readyOldestSeconds).toBeCloseTo(3_600, -2)
    expect(callbacks.waiting).toBe(1)
    expect(callbacks.oldestSeconds).toBeCloseTo(3_600, -2)
  })

  test("a commit is reported with the number of entries in it", () => {
    expect(commits.reduce((sum, entries) => sum + entries, 0)).toBeGreaterThanOrEqual(3)
  })
})
