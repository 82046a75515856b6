import type { WorkerId } from "@counterfoil/contracts"
import type { RelayLog } from "@counterfoil/contracts/ports"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openPostgresFixture, type PostgresFixture } from "../../test/laws/postgres-fixture.ts"
import { sampleAppend, sampleEnvironment, sampleId, sampleTenant } from "../../test/laws/sample-append.ts"
import { openPostgresStore, type PostgresStore } from "./open-postgres-store.ts"
import { openBusRecords, type BusRecords } from "../bus/open-bus-records.ts"

let fixture: PostgresFixture
let store: PostgresStore
let records: BusRecords
let log: RelayLog
const tenants = [sampleTenant(), sampleTenant()]
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()
/** Ages in days of the appends, in the order of the log; each has as many entries as its place in this list. */
const ages = [30, 8, 7.5, 6.5, 1, 0]
const holders = [sampleId<WorkerId>("wrk"), sampleId<WorkerId>("wrk")] as const

beforeAll(async () => {
  fixture = await openPostgresFixture()
  store = await openPostgresStore({
    ...fixture.database,
    environment: sampleEnvironment,
    inProduction: false,
  })
  records = openBusRecords(fixture.database.url)
  log = records.log
}, 60_000)
afterAll(async () => {
  await records.close()
  await store.close()
  await fixture.close()
})

describe("the log of all tenants, as a relay reads it", { timeout: 30_000 }, () => {
  test("an empty log has nothing to read, to find or to be behind with", async () => {
    expect(await log.read(0, 10)).toEqual([])
    expect(await log.find(1)).toBeNull()
    expect(await log.before(7)).toBe(0)
    expect(await log.lag()).toEqual({ entries: 0, seconds: 0 })
  })

  test("INV-07 whole appends of all tenants are read in one order, with places that count every entry", async () => {
    for (const [at, age] of ages.entries()) {
      const tenant = tenants[at % 2]
      if (tenant !== undefined)
        await store.append(sampleAppend({ tenant, entries: at + 1, time: daysAgo(age) }))
    }
    const appends = await log.read(0, 100)
    expect(appends.map(({ logIndex }) => logIndex)).toEqual([1, 2, 3, 4, 5, 6])
    expect(appends.map(({ entries }) => entries.length)).toEqual([1, 2, 3, 4, 5, 6])
    const positions = appends.flatMap(({ entries }) => entries.map(({ position }) => position))
    expect(positions).toEqual(Array.from({ length: 21 }, (_, at) => at + 1))
    expect(await log.read(4, 1)).toEqual(appends.slice(4, 5))
  })

  test("every entry is found by its position, with the last append that is whole up to it", async () => {
    for (const { logIndex, entries } of await log.read(0, 100))
      for (const { position, entry } of entries) {
        const whole = position === entries.at(-1)?.position
        expect(await log.find(position)).toEqual({
          hash: entry.hash,
          wholeThrough: whole ? logIndex : logIndex - 1,
        })
      }
    expect(await log.find(22)).toBeNull()
  })

  test.each([
    [40, 0],
    [10, 1],
    [7, 3],
    [2, 4],
    [0, 6],
  ])("older than %i days are the appends up to index %i", async (days, logIndex) => {
    expect(await log.before(days)).toBe(logIndex)
  })

  test("INV-14 one has the turn; what a former holder says of the cursor is not taken", async () => {
    expect(await log.lag()).toEqual({ entries: 0, seconds: 0 })
    const first = await log.take(holders[0], 60)
    if (first === null) throw new Error("the turn was free")
    expect(await log.take(holders[1], 60)).toBeNull()
    const all = await log.lag()
    expect(all.entries).toBe(21)
    expect(all.seconds).toBeCloseTo(30 * 86_400, -3)
    const cursor = { logIndex: 5, position: 16, stream: "a life", number: 3 }
    expect(await log.move(first, cursor, 60)).toBe(true)
    const rest = await log.lag()
    expect(rest.entries).toBe(5)
    expect(rest.seconds).toBeCloseTo(0, -2)
    await log.release(first)
    const second = await log.take(holders[1], 60)
    expect(second).toMatchObject({ cursor, fence: first.fence + 1 })
    expect(await log.move(first, { ...cursor, position: 1 }, 60)).toBe(false)
    expect(await log.take(holders[0], 60)).toBeNull()
    await fixture.owner.query("update relay_cursor set lease_until = clock_timestamp()")
    expect(await log.take(holders[0], 60)).toMatchObject({ cursor })
  })
})
