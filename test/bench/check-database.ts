// After a run: does the database hold every requested execution exactly once, and does every chain verify?
// Owns: this look. Does not own: the verification of a trace (replay).
// Shows INV-03 (no step started twice) and INV-07 (gap-free, chained) on what the benchmark wrote.

import { invariant, type ExecutionId, type TraceEntry } from "@counterfoil/contracts"
import { expectNothing, verifyTrace } from "@counterfoil/replay"
import type { Installation } from "./installation.ts"
import { stepsPerExecution } from "./workload.ts"

/** What was found; a database that is not as it must be throws instead. */
export interface DatabaseCheck {
  readonly executions: number
  readonly entriesPerExecution: number
  readonly chainsVerified: number
  readonly duplicates: 0
}

const chainsMax = 200

/** Checks that `executions` executions stand there, all completed, each step started once; verifies up to 200 chains. */
export async function checkDatabase(
  { owner, plane: { store }, tenant }: Installation,
  executions: number,
): Promise<DatabaseCheck> {
  const { rows } = await owner.query<{
    executions: number
    completed: number
    keys: number
    least: number
    most: number
  }>(`
    select count(*)::int as executions, (count(*) filter (where x.status = 'completed' and x.worker is null))::int as completed,
      (select count(*)::int from inbox) as keys, min(e.entries)::int as least, max(e.entries)::int as most
    from execution x join (select execution_id, count(*) as entries from entry group by execution_id) e using (execution_id)`)
  const [found] = rows
  invariant(found !== undefined && found.executions === executions, "INV-14", {
    asked: executions,
    found: found?.executions ?? 0,
  })
  invariant(found.completed === executions && found.keys === executions, "INV-03", {
    completed: found.completed,
    keys: found.keys,
  })
  invariant(found.least === found.most, "INV-07", { least: found.least, most: found.most })
  const sample = await owner.query<{ execution_id: ExecutionId }>(
    "select execution_id from execution order by md5(execution_id) limit $1",
    [chainsMax],
  )
  for (const { execution_id: executionId } of sample.rows)
    checkTrace(await store.trace(tenant, executionId), executionId)
  return { executions, entriesPerExecution: found.least, chainsVerified: sample.rows.length, duplicates: 0 }
}

function checkTrace(trace: readonly TraceEntry[], executionId: ExecutionId): void {
  const verified = verifyTrace(trace, { ...expectNothing, executionId })
  invariant(verified.ok, "INV-07", { executionId, because: verified.ok ? "" : verified.error.because })
  const starts = trace.filter(({ head }) => head.kind === "controlPlane.execution.step.started@1").length
  invariant(starts === stepsPerExecution, "INV-03", { executionId, starts })
}
