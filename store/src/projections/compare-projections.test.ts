import type { ExecutionId, Time, TraceEntry } from "@counterfoil/contracts"
import type { Append } from "@counterfoil/contracts/ports"
import { expect, test } from "vitest"
import {
  sampleAppend,
  sampleApproval,
  sampleEnvironment,
  sampleId,
  sampleNext,
  sampleTenant,
} from "../../test/laws/sample-append.ts"
import { memoryStore } from "../../test/memory/memory-store.ts"
import { compareProjections } from "./compare-projections.ts"

const tenant = sampleTenant()
const open = () => memoryStore(sampleEnvironment, () => "2026-11-21T09:00:00.000Z" as Time)
const lastOf = (trace: readonly TraceEntry[]): string => trace.at(-1)?.hash ?? "none"

test("projections that match their traces are not reported, in any number", async () => {
  const store = open()
  const written = new Map<string, Append>()
  for (let i = 0; i < 205; i += 1) {
    const first = sampleAppend({ tenant })
    const next = sampleNext(first)
    await store.append(first)
    await store.append(next)
    written.set(next.execution.head.hash, next)
  }
  const report = await compareProjections(store, tenant, (trace) => {
    const append = written.get(lastOf(trace))
    return append === undefined ? null : { execution: append.execution, approvals: append.approvals }
  })
  expect(report).toEqual({ compared: 205, underivable: 0, differences: [] })
})

test("a row that was changed, one that is missing and one too many are each shown, and erased traces are counted apart", async () => {
  const store = open()
  const executionId = sampleId<ExecutionId>("exe")
  const [kept, extra] = [sampleApproval(tenant, executionId, {}), sampleApproval(tenant, executionId, {})]
  const missing = sampleApproval(tenant, executionId, {})
  const append = sampleAppend({ tenant, executionId, approvals: [kept, extra] })
  await store.append(append)
  const erased = sampleAppend({ tenant, endedAt: "2026-01-01T00:00:00.000Z" })
  await store.append(erased)
  await store.erasePayloads(tenant, { executionId: erased.executionId })
  const report = await compareProjections(store, tenant, (trace) =>
    trace[0]?.payload === null
      ? null
      : {
          execution: { ...append.execution, status: "waiting" },
          approvals: [{ ...kept, tier: "high" }, missing],
        },
  )
  expect({ ...report, differences: new Set(report.differences) }).toEqual({
    compared: 1,
    underivable: 1,
    differences: new Set([
      { executionId, row: "execution", id: executionId, fields: ["status"] },
      { executionId, row: "approval", id: kept.approvalId, fields: ["tier"] },
      { executionId, row: "approval", id: extra.approvalId, fields: [] },
      { executionId, row: "approval", id: missing.approvalId, fields: [] },
    ]),
  })
})
