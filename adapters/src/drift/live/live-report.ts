// What a change does to work that is under way or recorded: everything that a look found, and the report of it.
// Owns: both forms, the cut between them, and what it comes to for each contract. Does not own: looking (look-at-live.ts).

import type { Immutable } from "@counterfoil/contracts"
import type { LiveKind, Touched } from "@counterfoil/contracts/drift"
import { z } from "zod"

/** So many of a kind are named in a report; the rest is counted. */
const namedMax = 20

const VoidApproval = z.strictObject({
  contract: z.string(),
  approvalId: z.string(),
  executionId: z.string(),
})
const StuckExecution = z.strictObject({ contract: z.string(), executionId: z.string(), status: z.string() })
const LostDoubt = z.strictObject({ contract: z.string(), executionId: z.string(), step: z.string() })
const LostTrace = z.strictObject({ contract: z.string(), executionId: z.string(), because: z.string() })
const User = z.strictObject({
  contract: z.string(),
  principal: z.string(),
  executions: z.int(),
  lastAt: z.string(),
})
const Looked = z.strictObject({
  open: z.int(),
  ended: z.int(),
  replayed: z.int(),
  /** Traces whose payloads were erased: they say nothing about any change. */
  erased: z.int(),
})
const some = <S extends z.ZodType>(named: S) =>
  z.strictObject({ count: z.int().min(0), first: z.array(named).max(namedMax) })

/** How far a look went, and how many it found of each kind, the first of them by their names. */
export const LiveReport = z.strictObject({
  days: z.int(),
  looked: Looked,
  approvals: some(VoidApproval),
  executions: some(StuckExecution),
  inDoubt: some(LostDoubt),
  traces: some(LostTrace),
  users: some(User),
})
export type LiveReport = Immutable<z.infer<typeof LiveReport>>

/** Everything that one look found. */
export interface LiveLook {
  readonly days: number
  readonly looked: Immutable<z.infer<typeof Looked>>
  readonly approvals: readonly Immutable<z.infer<typeof VoidApproval>>[]
  readonly executions: readonly Immutable<z.infer<typeof StuckExecution>>[]
  readonly inDoubt: readonly Immutable<z.infer<typeof LostDoubt>>[]
  readonly traces: readonly Immutable<z.infer<typeof LostTrace>>[]
  readonly users: readonly Immutable<z.infer<typeof User>>[]
}

/** The report of a look. */
export const liveReportOf = ({ days, looked, ...found }: LiveLook): LiveReport => ({
  days,
  looked,
  approvals: cut(found.approvals),
  executions: cut(found.executions),
  inDoubt: cut(found.inDoubt),
  traces: cut(found.traces),
  users: cut(found.users),
})

const cut = <T>(all: readonly T[]): { readonly count: number; readonly first: readonly T[] } => ({
  count: all.length,
  first: all.slice(0, namedMax),
})

/** What a look comes to for each contract, for the findings. */
export const touchedOf = ({
  approvals,
  executions,
  inDoubt,
  traces,
  users,
}: LiveLook): readonly Touched[] => [
  ...byContract("approvals", approvals, ({ approvalId }) => approvalId),
  ...byContract("executions", executions, ({ executionId }) => executionId),
  ...byContract("inDoubt", inDoubt, ({ executionId, step }) => `${executionId} ${step}`),
  ...byContract("traces", traces, ({ executionId }) => executionId),
  ...byContract("users", users, ({ principal }) => principal),
]

function byContract<T extends { readonly contract: string }>(
  kind: LiveKind,
  found: readonly T[],
  nameOf: (one: T) => string,
): readonly Touched[] {
  const contracts = [...new Set(found.map(({ contract }) => contract))].toSorted()
  return contracts.map((contract) => {
    const names = found.filter((one) => one.contract === contract).map(nameOf)
    return { kind, contract, count: names.length, first: names.slice(0, namedMax) }
  })
}
