// What contracts do to work that is under way or recorded, as a report: how far a look went, and what it found.
// Owns: its form. Does not own: looking (adapters), the findings for each contract (drift/live-findings.ts).

import { z } from "zod"
import { ApprovalId, ExecutionId, PrincipalId, Time, type Immutable } from "../primitives.ts"

/** So many of a kind are named in a report; the rest is counted. */
export const namedMax = 20

/** A request that is open or approved and whose contract is gone: a yes would not let it run. */
const VoidApproval = z.strictObject({
  contract: z.string(),
  approvalId: ApprovalId,
  executionId: ExecutionId,
})
/** An execution that is not closed and waits for a contract that is gone. */
const StuckExecution = z.strictObject({ contract: z.string(), executionId: ExecutionId, status: z.string() })
/** A step in doubt that nothing can ask about any more. */
const LostDoubt = z.strictObject({ contract: z.string(), executionId: ExecutionId, step: z.string() })
/** An execution that ended and cannot be derived again. */
const LostTrace = z.strictObject({ contract: z.string(), executionId: ExecutionId, because: z.string() })
/** An execution that ended and was planned with the contract as it was before; its own texts are kept. */
const RecordedTrace = z.strictObject({ contract: z.string(), executionId: ExecutionId })
/** A principal whose executions were planned with the contract. */
const User = z.strictObject({
  contract: z.string(),
  principal: PrincipalId,
  executions: z.int().min(0),
  lastAt: Time,
})
/** How many executions a look saw. */
const Looked = z.strictObject({
  open: z.int().min(0),
  ended: z.int().min(0),
  replayed: z.int().min(0),
  /** Traces whose payloads were erased: they say nothing about any change. */
  erased: z.int().min(0),
  /** Traces that cannot be read, and so not looked at: a fault of the store, or kinds of entry that this release does not know. */
  unreadable: z.int().min(0),
  /** True when there were more executions than one look takes in. */
  cut: z.boolean(),
})
const some = <S extends z.ZodType>(named: S) =>
  z.strictObject({ count: z.int().min(0), first: z.array(named).max(namedMax) })

/** How far a look went, and how many it found of each kind, the first of them by their names. */
export const LiveReport = z.strictObject({
  days: z.int().min(0),
  looked: Looked,
  approvals: some(VoidApproval),
  executions: some(StuckExecution),
  inDoubt: some(LostDoubt),
  traces: some(LostTrace),
  recorded: some(RecordedTrace),
  users: some(User),
})
export type LiveReport = Immutable<z.infer<typeof LiveReport>>
/** A kind of work that a change of contracts touches. */
export type LiveKind = Exclude<keyof LiveReport, "days" | "looked">

/** What a report names of one kind of work. */
export type LiveItem<K extends LiveKind> = LiveReport[K]["first"][number]
