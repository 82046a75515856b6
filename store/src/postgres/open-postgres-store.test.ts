import {
  InvariantBroken,
  type CallbackId,
  type Digest,
  type Environment,
  type HumanId,
  type Time,
  type WorkerId,
} from "@counterfoil/contracts"
import { reviewKeyIdOf } from "@counterfoil/contracts/digest"
import { OutcomeUnknown, StoreUnavailable, type Append } from "@counterfoil/contracts/ports"
import { Client } from "pg"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { callbackLaws } from "../../test/laws/callback-laws.ts"
import { startCutProxy, type Cut, type CutProxy } from "../../test/laws/cut-proxy.ts"
import { contractLockLaws } from "../../test/laws/contract-lock-laws.ts"
import { directoryLaws } from "../../test/laws/directory-laws.ts"
import { governingLaws } from "../../test/laws/governing-laws.ts"
import { openPostgresFixture, type PostgresFixture } from "../../test/laws/postgres-fixture.ts"
import {
  sampleAppend,
  sampleApproval,
  sampleEnvironment,
  sampleId,
  sampleNext,
  sampleTenant,
} from "../../test/laws/sample-append.ts"
import { traceStoreLaws } from "../../test/laws/trace-store-laws.ts"
import { openPostgresStore, type PostgresStore } from "./open-postgres-store.ts"

let fixture: PostgresFixture
let store: PostgresStore

beforeAll(async () => {
  fixture = await openPostgresFixture()
  store = await openPostgresStore({ ...fixture.database, environment: sampleEnvironment, inProduction: true })
}, 60_000)

afterAll(async () => {
  await store.close()
  await fixture.close()
})

const open = async (): Promise<PostgresStore> => {
  await fixture.empty()
  return store
}

traceStoreLaws("PostgreSQL", open)
directoryLaws("PostgreSQL", open)
governingLaws("PostgreSQL", open)
callbackLaws("PostgreSQL", open)
contractLockLaws("PostgreSQL", open)

test("INV-14 a process that is alone takes at once what its predecessor held, work and callbacks alike", async () => {
  const tenant = sampleTenant()
  const [callbackId, past] = ["agents-done" as CallbackId, "2020-01-01T00:00:00.000Z"]
  await open()
  await store.append(sampleAppend({ tenant, wakeAt: past }))
  await store.append(sampleAppend({ tenant, endedAt: past, callback: callbackId }))
  const look = async (): Promise<readonly number[]> => [
    (await store.claim(sampleId<WorkerId>("wrk"), 1, 30)).length,
    (await store.callbacks.take([{ callbackId, room: 1 }], 60)).length,
  ]
  expect([await look(), await look()]).toEqual([
    [1, 1],
    [0, 0],
  ])
  await store.freeLeases()
  expect(await look()).toEqual([1, 1])
})

test("INV-06 a key whose public part was changed in its row is a key of no one", async () => {
  const { directory } = await open()
  const tenant = sampleTenant()
  const keyId = reviewKeyIdOf("AAAA") ?? ""
  const enrolledAt = "2020-01-01T00:00:00.000Z" as Time
  const row = { human: sampleId<HumanId>("hum"), enrolledAt, revokedAt: null }
  expect(await directory.enrolReviewKey({ ...row, tenant, keyId, spki: "AAAA" })).toBe(true)
  const client = new Client({ connectionString: fixture.database.ownerUrl })
  await client.connect()
  await client.query("update review_key set spki = 'BBBB' where key_id = $1", [keyId])
  await client.end()
  expect([await directory.reviewKey(tenant, keyId), await directory.reviewKeys(tenant)]).toEqual([null, []])
})

describe("PostgreSQL refuses what no code of the product should try", { timeout: 20_000 }, () => {
  const refusal = async (url: string, statement: string): Promise<string> => {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      await client.query("select set_config('counterfoil.tenant', '*', false)")
      await client.query(statement)
      return "done"
    } catch (error) {
      return error instanceof Error && "code" in error ? String(error.code) : String(error)
    } finally {
      await client.end()
    }
  }
  const changes = ["entry", "payload", "append", "blob", "inbox"].flatMap((table) => [
    `update ${table} set tenant = 'x'`,
    `delete from ${table}`,
    `truncate ${table}`,
  ])

  test.each(changes.filter((statement) => !statement.startsWith("update blob")))(
    "INV-07 the service role may not: %s",
    async (statement) => {
      expect(await refusal(fixture.database.url, statement)).toBe("42501")
    },
  )

  test.each([
    "delete from entry",
    "update payload set bytes = ''",
    "insert into entry select * from entry",
    "delete from append",
    "select from token",
  ])("the eraser role may not: %s", async (statement) => {
    expect(await refusal(fixture.database.eraserUrl, statement)).toBe("42501")
  })

  test("INV-10 a session without a tenant sees no row, and cannot write another tenant's", async () => {
    await fixture.empty()
    const append = sampleAppend({ tenant: sampleTenant() })
    await store.append(append)
    const client = new Client({ connectionString: fixture.database.url })
    await client.connect()
    try {
      const count = async (): Promise<unknown> =>
        (await client.query<{ count: string }>("select count(*) from entry")).rows[0]?.count
      expect(await count()).toBe("0")
      await client.query("select set_config('counterfoil.tenant', $1, false)", [sampleTenant()])
      expect(await count()).toBe("0")
      await expect(
        client.query("insert into payload values ($1, $2, 9, '')", [append.tenant, append.executionId]),
      ).rejects.toMatchObject({ code: "42501" })
      await client.query("select set_config('counterfoil.tenant', $1, false)", [append.tenant])
      expect(await count()).toBe("1")
    } finally {
      await client.end()
    }
  })

  test("a renewal skips a row that a command holds: it does not wait, keeps all others, and reports no lease as lost", async () => {
    const own = await open()
    const worker = sampleId<WorkerId>("wrk")
    for (let made = 0; made < 3; made += 1)
      await own.append(sampleAppend({ tenant: sampleTenant(), wakeAt: "2020-01-01T00:00:00.000Z" }))
    const claims = await own.claim(worker, 3, 1)
    expect(claims).toHaveLength(3)
    await fixture.owner.query("begin")
    try {
      const [held] = claims
      await fixture.owner.query("select from execution where execution_id = $1 for update", [
        held?.executionId,
      ])
      expect(await own.renew(worker, claims, 600)).toEqual([])
      const { rows } = await fixture.owner.query<{ execution_id: string }>(
        "select execution_id from execution where lease_until > clock_timestamp() + interval '60 s' order by 1",
      )
      const others = claims.slice(1).map(({ executionId }) => executionId)
      expect(rows.map((row) => row.execution_id)).toEqual(others.toSorted())
    } finally {
      await fixture.owner.query("rollback")
    }
  })

  test("INV-07 a member that breaks a constraint fails alone, and the nineteen beside it are written", async () => {
    const tenant = sampleTenant()
    const good = Array.from({ length: 19 }, () => sampleAppend({ tenant }))
    const sample = sampleAppend({ tenant, entries: 2 })
    // A digest of the wrong length passes the store's checks and breaks the table's.
    const [first, ...rest] = sample.entries
    const poisoned: Append = { ...sample, entries: [{ ...first, digest: "sha256:00" as Digest }, ...rest] }
    const settled = await Promise.allSettled(
      [...good.slice(0, 10), poisoned, ...good.slice(10)].map((append) => store.append(append)),
    )
    expect(settled.map(({ status }) => status)).toEqual([
      ...Array<string>(10).fill("fulfilled"),
      "rejected",
      ...Array<string>(9).fill("fulfilled"),
    ])
    expect(settled[10]).toMatchObject({ reason: expect.any(InvariantBroken) as unknown })
    expect(await store.trace(tenant, poisoned.executionId)).toEqual([])
    for (const append of good) expect(await store.trace(tenant, append.executionId)).toHaveLength(1)
  })

  test("an approval cannot be taken over by another execution", async () => {
    const tenant = sampleTenant()
    const [mine, theirs] = [sampleAppend({ tenant }), sampleAppend({ tenant })]
    const approval = sampleApproval(tenant, mine.executionId, {})
    await store.append(sampleAppend({ tenant, executionId: mine.executionId, approvals: [approval] }))
    await store.append(
      sampleAppend({
        tenant,
        executionId: theirs.executionId,
        approvals: [{ ...approval, status: "voided" }],
      }),
    )
    expect((await store.approval(tenant, approval.approvalId))?.status).toBe("open")
  })

  test("a store of one environment is refused to another", async () => {
    const other = openPostgresStore({
      ...fixture.database,
      environment: "production" as Environment,
      inProduction: true,
    })
    await expect(other).rejects.toMatchObject({ code: "wrongEnvironment" })
  })
})

describe(
  "INV-14 an append whose answer was lost is never repeated and never lost",
  { timeout: 60_000 },
  () => {
    let proxy: CutProxy
    let through: PostgresStore

    beforeAll(async () => {
      proxy = await startCutProxy(fixture.database.port)
      const url = fixture.database.url.replace(`:${fixture.database.port}/`, `:${proxy.port}/`)
      through = await openPostgresStore({
        url,
        eraserUrl: fixture.database.eraserUrl,
        environment: sampleEnvironment,
        inProduction: true,
      })
    }, 60_000)
    afterAll(async () => {
      await through.close()
      await proxy.close()
    })

    test("when the answer is lost after the commit, the append is found and answered as appended", async () => {
      const first = sampleAppend({ tenant: sampleTenant() })
      await through.append(first)
      proxy.cutNext("answer")
      const next = sampleNext(first)
      expect((await through.append(next)).kind).toBe("appended")
      expect((await store.trace(first.tenant, first.executionId)).map((entry) => entry.hash)).toEqual([
        first.execution.head.hash,
        next.execution.head.hash,
      ])
    })

    test("when the request never arrived, nothing was written, and the caller gets an error that lets it repeat", async () => {
      const first = sampleAppend({ tenant: sampleTenant() })
      await through.append(first)
      proxy.cutNext("request")
      const next = sampleNext(first)
      await expect(through.append(next)).rejects.toThrow(StoreUnavailable)
      expect(await store.trace(first.tenant, first.executionId)).toHaveLength(1)
      expect((await through.append(next)).kind).toBe("appended")
    })

    test("over many cuts at random places every append is written once or not at all, and its answer says which", async () => {
      const tenant = sampleTenant()
      const cuts: readonly Cut[] = ["answer", "request", "none"]
      let [append, known] = [sampleAppend({ tenant }), 0]
      await through.append(append)
      for (let i = 0; i < 60; i += 1) {
        proxy.cutNext(cuts[i % 3] ?? "none")
        const next = sampleNext(append, { note: String(i) })
        const kind = await through.append(next).then(
          (answer) => answer.kind,
          (error: unknown) => (error instanceof StoreUnavailable ? "not written" : "unknown"),
        )
        const written =
          (await store.trace(tenant, append.executionId)).at(-1)?.hash === next.execution.head.hash
        expect([i, kind]).toEqual([i, written ? "appended" : "not written"])
        if (written) [append, known] = [next, known + 1]
      }
      expect(await store.trace(tenant, append.executionId)).toHaveLength(known + 1)
    })

    test("a command whose commit was lost on the way back is found, and one whose commit never arrived is unknown", async () => {
      const first = sampleAppend({ tenant: sampleTenant() })
      await through.append(first)
      await through.activatePolicy(first.tenant, {
        from: null,
        digest: first.execution.head.hash,
        source: {
          texts: [],
          modeMap: {
            format: "counterfoil.mode-map/1",
            default: { low: "autonomous", medium: "assist", high: "assist" },
            overrides: [],
            exceptions: [],
          },
        },
      })
      const command = (cut: Cut, append: Append): Promise<unknown> =>
        through.locked(first.tenant, first.executionId, () => {
          proxy.cutNext(cut, "commit")
          return Promise.resolve({ append, remember: null, answer: "written" })
        })
      const second = sampleNext(first)
      expect(await command("answer", second)).toBe("written")
      const third = sampleNext(second)
      await expect(command("request", third)).rejects.toThrow(OutcomeUnknown)
      expect(await store.trace(first.tenant, first.executionId)).toHaveLength(2)
      expect(await command("none", third)).toBe("written")
    })
  },
)

describe("INV-14 after a crash of the server", { timeout: 60_000 }, () => {
  test("appends go on, and each one that was answered is stored", async () => {
    const own = await openPostgresFixture()
    const crashing = await openPostgresStore({
      ...own.database,
      environment: sampleEnvironment,
      inProduction: true,
    })
    try {
      let append = sampleAppend({ tenant: sampleTenant() })
      await crashing.append(append)
      for (let crash = 0; crash < 3; crash += 1) {
        const next = sampleNext(append)
        const pending = crashing.append(next).catch(() => null)
        process.kill(own.database.pid, "SIGKILL")
        await pending
        // Unreachable, unknown, or written before it died: the trace shows which, and a repetition is harmless.
        await answered(() => crashing.append(next))
        const trace = await answered(() => crashing.trace(next.tenant, next.executionId))
        expect(trace.map((entry) => entry.hash).slice(-2)).toEqual([
          append.execution.head.hash,
          next.execution.head.hash,
        ])
        append = next
      }
    } finally {
      await crashing.close()
      await own.close()
    }
  })
})

/** Asks again while the store is unreachable, for 20 s. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + 20_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (performance.now() > giveUpAt) throw error
    }
  }
}
