// A run laid out for the checks: each trace with its facts, each fact with the commit that wrote it.
// Owns: the layout, and what a check is. Does not own: any judgement.

import type { Digest, ExecutionId, Fact, TraceEntry } from "@counterfoil/contracts"
import { everyApproval, type ApprovalRow, type ExecutionRow } from "@counterfoil/contracts/ports"
import { evolve, recordedFact, type Execution } from "@counterfoil/core"
import { tenant } from "../../replay/world.ts"
import type { Commit } from "../book.ts"
import type { Facts } from "../run-seed.ts"

/** One fact of a trace: its place, and the commit that made it durable; null when the database saw no such commit. */
export interface Told {
  readonly fact: Fact
  readonly seq: number
  readonly time: string
  readonly fence: number
  readonly commit: Commit | null
}

/** One execution of a run. */
export interface InspectedExecution {
  readonly row: ExecutionRow
  readonly approvals: readonly ApprovalRow[]
  readonly entries: readonly TraceEntry[]
  readonly told: readonly Told[]
  /** Null when the trace does not fold. */
  readonly execution: Execution | null
}

/** Everything that checks read. */
export interface Inspected {
  readonly facts: Facts
  readonly executions: readonly InspectedExecution[]
}

/** The result of a check: how many items it examined, and each fault in words. */
export interface Finding {
  readonly seen: number
  readonly faults: readonly string[]
}

/** One check, by the invariant that it shows. */
export interface Check {
  readonly name: string
  readonly shows: string
  run(inspected: Inspected): Finding | Promise<Finding>
}

/** Facts of one kind, as the kind's payload. */
export type Payload<K extends Fact["kind"]> = Extract<Fact, { readonly kind: K }>["payload"]

/** The facts of one kind in a trace. */
export function ofKind<K extends Fact["kind"]>(
  told: readonly Told[],
  kind: K,
): readonly (Omit<Told, "fact"> & { readonly payload: Payload<K> })[] {
  return told.flatMap(({ fact, ...rest }) =>
    // The kind was compared, which TypeScript cannot carry into the union.
    fact.kind === kind ? [{ ...rest, payload: fact.payload as Payload<K> }] : [],
  )
}

/** Lays a run out. */
export async function inspect(facts: Facts): Promise<Inspected> {
  const executions = await Promise.all(facts.rows.map((row) => inspectOne(facts, row)))
  return { facts, executions }
}

async function inspectOne({ database, book }: Facts, row: ExecutionRow): Promise<InspectedExecution> {
  const { executionId } = row
  const entries = await database.direct.trace(tenant, executionId)
  const commits = book.commits.filter(({ append }) => append.executionId === executionId)
  const written = new Map<Digest, Commit>()
  for (const commit of commits) for (const { hash } of commit.append.entries) written.set(hash, commit)
  const recorded = entries.map((entry) => recordedFact(entry))
  const told = recorded.flatMap((one): readonly Told[] => {
    if (!one.ok) return []
    const { fact, head, hash } = one.value
    const { seq, time, fence } = head
    return [{ fact, seq, time, fence, commit: written.get(hash) ?? null }]
  })
  return {
    row,
    entries,
    told,
    approvals: await approvalsOf(database, executionId),
    execution: folded(recorded),
  }
}

// A trace that does not fold is a finding of the check on projections.
function folded(recorded: readonly ReturnType<typeof recordedFact>[]): Execution | null {
  return recorded.reduce<Execution | null>((execution, one, index) => {
    if (!one.ok || (index > 0 && execution === null)) return null
    const next = evolve(execution, one.value)
    return next.ok ? next.value : null
  }, null)
}

async function approvalsOf(
  { direct }: Facts["database"],
  executionId: ExecutionId,
): Promise<readonly ApprovalRow[]> {
  return (await direct.approvals({ ...everyApproval, tenant, executionId }, null, 100)).items
}

/** Looks at every element of a list and keeps what is wrong with it. */
export function each<T>(items: readonly T[], fault: (item: T) => string | null): Finding {
  return { seen: items.length, faults: items.flatMap((item) => fault(item) ?? []) }
}

/** Several findings as one. */
export const together = (findings: readonly Finding[]): Finding => ({
  seen: findings.reduce((sum, { seen }) => sum + seen, 0),
  faults: findings.flatMap(({ faults }) => faults),
})
