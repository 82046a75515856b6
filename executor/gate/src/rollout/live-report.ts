// The effects of a change on work that is under way or recorded: everything that a look found, and its report.
// Owns: the cut between them, and the sums for each contract. Does not own: the report's form (contracts/drift),
// looking (look-at-live.ts).

import {
  namedMax,
  type LiveItem,
  type LiveKind,
  type LiveReport,
  type Touched,
} from "@counterfoil/contracts/drift"

/** Everything that one look found. */
export interface LiveLook extends Pick<LiveReport, "days" | "looked"> {
  readonly approvals: readonly LiveItem<"approvals">[]
  readonly executions: readonly LiveItem<"executions">[]
  readonly inDoubt: readonly LiveItem<"inDoubt">[]
  readonly traces: readonly LiveItem<"traces">[]
  readonly recorded: readonly LiveItem<"recorded">[]
  readonly users: readonly LiveItem<"users">[]
}

/** The report of a look. */
export const liveReportOf = ({ days, looked, ...found }: LiveLook): LiveReport => ({
  days,
  looked,
  approvals: cut(found.approvals),
  executions: cut(found.executions),
  inDoubt: cut(found.inDoubt),
  traces: cut(found.traces),
  recorded: cut(found.recorded),
  users: cut(found.users),
})

const cut = <T>(all: readonly T[]): { readonly count: number; readonly first: readonly T[] } => ({
  count: all.length,
  first: all.slice(0, namedMax),
})

/** The results of a look for each contract, for the findings. */
export const touchedOf = ({
  approvals,
  executions,
  inDoubt,
  traces,
  recorded,
  users,
}: LiveLook): readonly Touched[] => [
  ...byContract("approvals", approvals, ({ approvalId }) => approvalId),
  ...byContract("executions", executions, ({ executionId }) => executionId),
  ...byContract("inDoubt", inDoubt, ({ executionId, step }) => `${executionId} ${step}`),
  ...byContract("traces", traces, ({ executionId }) => executionId),
  ...byContract("recorded", recorded, ({ executionId }) => executionId),
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
