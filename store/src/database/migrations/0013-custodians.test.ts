import { afterAll, beforeAll, expect, test } from "vitest"
import { openPostgresFixture, type PostgresFixture } from "../../../test/laws/postgres-fixture.ts"
import { openKysely } from "../connect.ts"
import { down, up } from "./0013-custodians.ts"

let fixture: PostgresFixture
beforeAll(async () => {
  fixture = await openPostgresFixture()
}, 60_000)
afterAll(() => fixture.close())

const [olga, mia] = ["hum_01kaz3v8g0e8r4n2t6w0y3b5a0", "hum_01kaz3v8g0e8r4n2t6w0y3b5b0"]
const agent = (n: number) => `agt_01kaz3v8g0e8r4n2t6w0y3b5c${n}`

test("INV-06 agents from before take their owner and registrar from the execution that added them, people neither", async () => {
  const { owner: database } = fixture
  const db = openKysely<unknown>({
    url: fixture.database.ownerUrl,
    role: null,
    tenant: "*",
    connectionsMax: 1,
  })
  await down(db)
  const rows = [
    [agent(0), "agent", null],
    [agent(1), "agent", mia],
    [agent(2), "agent", null],
    [mia, "human", null],
  ] as const
  for (const [id, kind, owner] of rows)
    await database.query("insert into principal values ('acme', $1, $2, $1, $3, '{}', now(), null)", [
      id,
      kind,
      owner,
    ])
  const added = [agent(0), agent(1), mia]
  for (const [n, id] of added.entries()) {
    await database.query(
      `insert into execution (execution_id, tenant, fence, head_seq, head_hash, status, contract, requester, labels, held,
         in_doubt, created_at, updated_at, row)
       values ($1, 'acme', 0, 1, '\\x00', 'completed', 'controlPlane.principal.add@1', $2, '{}', false, false, now(), now(), '{}')`,
      [`exe_${n}`, olga],
    )
    const payload = JSON.stringify({ output: { addedAt: "2026-01-01T00:00:00.000Z", principalId: id } })
    await database.query(
      "insert into payload (tenant, execution_id, seq, bytes) values ('acme', $1, 1, $2)",
      [`exe_${n}`, Buffer.from(payload)],
    )
  }
  await up(db)
  await db.destroy()
  const { rows: after } = await database.query<{ id: string; owner: string | null; added_by: string | null }>(
    "select principal_id as id, owner, added_by from principal order by principal_id",
  )
  expect(after).toEqual([
    { id: agent(0), owner: olga, added_by: olga },
    { id: agent(1), owner: mia, added_by: olga },
    { id: agent(2), owner: null, added_by: null },
    { id: mia, owner: null, added_by: null },
  ])
})
