import type { ExecutionId } from "@counterfoil/contracts"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startCutProxy } from "../../test/laws/cut-proxy.ts"
import { openPostgresFixture, type PostgresFixture } from "../../test/laws/postgres-fixture.ts"
import { sampleId } from "../../test/laws/sample-append.ts"
import { openPostgresDoorbell } from "./postgres-doorbell.ts"

describe("the doorbell on PostgreSQL", { timeout: 60_000 }, () => {
  let fixture: PostgresFixture
  beforeAll(async () => {
    fixture = await openPostgresFixture()
  }, 60_000)
  afterAll(() => fixture.close())

  test("a ring in one process reaches another, until it stops listening", async () => {
    const [here, there] = await Promise.all([
      openPostgresDoorbell(fixture.database.url),
      openPostgresDoorbell(fixture.database.url),
    ])
    const heard: ExecutionId[] = []
    const stop = there.listen((id) => heard.push(id))
    const ids = Array.from({ length: 600 }, () => sampleId<ExecutionId>("exe"))
    for (const id of ids) here.ring(id)
    await until(() => heard.length >= 600)
    expect(new Set(heard)).toEqual(new Set(ids))
    stop()
    const last = sampleId<ExecutionId>("exe")
    // Its own rings come back to it as well, and some of the earlier ones may still be on their way.
    const heardHere: ExecutionId[] = []
    here.listen((id) => heardHere.push(id))
    here.ring(last)
    await until(() => heardHere.includes(last))
    expect(heard).not.toContain(last)
    await Promise.all([here.close(), there.close()])
  })

  test("INV-14 a broken connection is repaired; rings in between are lost and no caller waits for them", async () => {
    const proxy = await startCutProxy(fixture.database.port)
    const url = fixture.database.url.replace(`:${fixture.database.port}/`, `:${proxy.port}/`)
    const bell = await openPostgresDoorbell(url)
    proxy.cutNext("request")
    bell.ring(sampleId("exe"))
    const heard: ExecutionId[] = []
    bell.listen((id) => heard.push(id))
    const ringing = setInterval(() => bell.ring(sampleId("exe")), 50)
    await until(() => heard.length > 0)
    clearInterval(ringing)
    await bell.close()
    await proxy.close()
  })
})

async function until(holds: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 20_000
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error("waited too long")
    await new Promise((resolve) => setImmediate(resolve))
  }
}
