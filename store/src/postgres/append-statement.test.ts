import type { CallbackId } from "@counterfoil/contracts"
import { afterAll, beforeAll, expect, test } from "vitest"
import { openClient } from "../database/connect.ts"
import { openPostgresFixture, type PostgresFixture } from "../../test/laws/postgres-fixture.ts"
import { sampleAppend, sampleNext, sampleTenant } from "../../test/laws/sample-append.ts"
import { laneSettings } from "./append-lane.ts"
import { appendStatement } from "./append-statement.ts"

let fixture: PostgresFixture
beforeAll(async () => {
  fixture = await openPostgresFixture()
}, 60_000)
afterAll(() => fixture.close())

test("a plan made over empty tables already finds executions by their key", async () => {
  const session = await openClient({ url: fixture.database.url, role: "counterfoil_service", tenant: "*" })
  await session.query(laneSettings)
  const first = sampleAppend({ tenant: sampleTenant() })
  const callback = "release-done" as CallbackId
  for (const append of [first, sampleNext(first), sampleNext(first, { callback })]) {
    const { text } = appendStatement([append], () => false)
    const { rows } = await session.query<{ "QUERY PLAN": string }>(
      `explain (generic_plan, costs off) ${text}`,
    )
    const plan = rows.map((row) => row["QUERY PLAN"].trim()).join("\n")
    expect(plan).toMatch(
      /Index Scan using execution_pkey on execution x\nIndex Cond: \(execution_id = ANY \(\$4\)\)/,
    )
  }
  await session.end()
})

test("the same kind of batch has the same name and text, so that each connection prepares it once", () => {
  const [one, other] = [sampleAppend({ tenant: sampleTenant() }), sampleAppend({ tenant: sampleTenant() })]
  const statementOf = (...batch: readonly (typeof one)[]): readonly string[] => {
    const { name, text } = appendStatement(batch, () => false)
    return [name, text]
  }
  expect(statementOf(one)).toEqual(statementOf(other, one))
  expect(statementOf(sampleNext(one))).not.toEqual(statementOf(one))
})
