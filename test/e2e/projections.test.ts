// The lists and the queue agree with the traces: every projection is derived again and compared.
// The stored rows come from real PostgreSQL, written by the gate and the worker; the derived ones from the entries alone.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import type { TraceEntry } from "@counterfoil/contracts"
import { contractFactsOf, foldTrace, lookAhead, projectApprovals, projectExecution } from "@counterfoil/core"
import { compareProjections } from "@counterfoil/store"
import { approve, openRequests, submitDraft } from "../support/asking.ts"
import { effectRef } from "../support/effect-handlers.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

const executions = 12
let plane: TestPlane
let agent: Person
let approver: Person

beforeAll(async () => {
  plane = await startTestPlane("projections", "PT5S", () => Promise.resolve())
  const capabilities = ["control-plane.core", "control-plane.approval", "control-plane.audit"]
  const effects = plane.started.plane.registry.capabilities
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("control-plane."))
  agent = await addSomeone(plane.started, {
    kind: "agent",
    name: "agent",
    capabilities: ["control-plane.core", ...effects],
    reach: "own",
  })
  approver = await addSomeone(plane.started, {
    kind: "human",
    name: "ana",
    roles: ["approver"],
    capabilities,
    reach: "tenant",
  })
})

afterAll(() => plane.close())

function project(trace: readonly TraceEntry[]) {
  const execution = foldTrace(trace)
  const { registry } = plane.started.plane
  const { wakeAt } = lookAhead(execution, execution.updatedAt, (ref) => {
    const contract = registry.callable(ref)
    return contract === undefined ? null : contractFactsOf(contract)
  })
  return { execution: { ...projectExecution(execution), wakeAt }, approvals: projectApprovals(execution) }
}

describe("projections", () => {
  test("INV-07 every stored execution and approval request is what its trace comes to, at every stage of a life", async () => {
    for (let number = 0; number < executions; number += 1) {
      await submitDraft(plane.url, agent, `projection-${number}`, [
        { key: "first", contract: effectRef("natural"), input: { label: `${number}-first`, point: "none" } },
        {
          key: "second",
          contract: effectRef("probeable"),
          input: { label: `${number}-second`, point: "none" },
          after: ["first"],
        },
      ])
    }
    const asked = await until("twelve open requests", 10_000, async () => {
      const open = await openRequests(plane.url, approver)
      return open.length === executions ? open : null
    })
    for (const item of asked.slice(0, executions / 2)) await approve(plane.url, approver, item)
    const { executionId } = asked[executions - 1] ?? {}
    await must(
      call(plane.url, agent, "POST", `/executions/${executionId}/cancel`, {
        key: "cancel-last",
        reason: "not needed any more",
      }),
    )
    await until("six completed executions", 10_000, async () => {
      const { items } = await must(
        call<{ readonly items: readonly unknown[] }>(
          plane.url,
          approver,
          "GET",
          "/executions?status=completed",
        ),
      )
      return items.length >= executions / 2 ? items : null
    })
    const { store } = plane.started.plane
    const report = await compareProjections(store, plane.started.tenant, project)
    expect(report.differences).toEqual([])
    expect(report.compared).toBeGreaterThanOrEqual(executions)
  })
})
