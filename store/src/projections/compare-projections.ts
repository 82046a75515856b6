// Derives every projection of a tenant again from its traces, and compares it with the stored one.
// Owns: the walk and the comparison. Does not own: how a trace becomes rows (the executor's projection is given).
// Finds a projection that was changed in the database by hand.

import {
  canonical,
  type ExecutionId,
  type JsonObject,
  type TenantId,
  type TraceEntry,
} from "@counterfoil/contracts"
import {
  everyApproval,
  everyExecution,
  everyRow,
  type ApprovalRow,
  type ExecutionRow,
  type TraceStore,
} from "@counterfoil/contracts/ports"

/** The rows that a trace gives; null when they cannot be derived, because payloads have expired. */
export type Project = (trace: readonly TraceEntry[]) => ExecutionRows | null

/** One stored row that its trace does not give; `fields` names what differs, or is empty when a row is missing or too many. */
export interface ProjectionDifference {
  readonly executionId: ExecutionId
  readonly row: "execution" | "approval"
  readonly id: string
  readonly fields: readonly string[]
}

/** How many executions were compared, how many could not be, and every difference in the order of the list. */
export interface ProjectionReport {
  readonly compared: number
  readonly underivable: number
  readonly differences: readonly ProjectionDifference[]
}

const pageSize = 200

/** Compares all projections of a tenant; reads only. Executions that move meanwhile are compared as they were read. */
export async function compareProjections(
  store: TraceStore,
  tenant: TenantId,
  project: Project,
): Promise<ProjectionReport> {
  let [compared, underivable] = [0, 0]
  const differences: ProjectionDifference[] = []
  const rows = everyRow((after) => store.executions({ ...everyExecution, tenant }, after, pageSize))
  for await (const stored of rows) {
    const { executionId } = stored
    const trace = await store.trace(tenant, executionId, { fromSeq: 1, limit: stored.head.seq })
    const derived = project(trace)
    if (derived === null) {
      underivable += 1
      continue
    }
    compared += 1
    const storedApprovals: ApprovalRow[] = []
    for await (const approval of everyRow((after) =>
      store.approvals({ ...everyApproval, tenant, executionId }, after, pageSize),
    ))
      storedApprovals.push(approval)
    differences.push(...differingRows({ execution: stored, approvals: storedApprovals }, derived))
  }
  return { compared, underivable, differences }
}

/** The rows of one execution as they are stored, or as its trace gives them. */
interface ExecutionRows {
  readonly execution: ExecutionRow
  readonly approvals: readonly ApprovalRow[]
}

/** Every row of one execution that its trace does not give: the execution's, those of requests, those that are missing. */
export function differingRows(
  stored: ExecutionRows,
  derived: ExecutionRows,
): readonly ProjectionDifference[] {
  const { executionId } = stored.execution
  const differences: ProjectionDifference[] = []
  const missing = new Map(derived.approvals.map((row) => [row.approvalId, row]))
  const fields = differingFields(stored.execution, derived.execution)
  if (fields.length > 0) differences.push({ executionId, row: "execution", id: executionId, fields })
  for (const approval of stored.approvals) {
    const { approvalId: id } = approval
    const expected = missing.get(id)
    missing.delete(id)
    const differing = expected === undefined ? [] : differingFields(approval, expected)
    if (expected === undefined || differing.length > 0)
      differences.push({ executionId, row: "approval", id, fields: differing })
  }
  for (const id of missing.keys()) differences.push({ executionId, row: "approval", id, fields: [] })
  return differences
}

const addedLater = ["blockReasons", "role"]

function differingFields<T extends object>(stored: T, derived: T): readonly string[] {
  const left = JSON.parse(JSON.stringify(stored)) as JsonObject
  const right = JSON.parse(JSON.stringify(derived)) as JsonObject
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].toSorted()
  // Rows of earlier releases do not have these, and lists do without.
  const missing = addedLater.filter((name) => left[name] === undefined)
  return names.filter(
    (name) => !missing.includes(name) && canonical(left[name] ?? null) !== canonical(right[name] ?? null),
  )
}
