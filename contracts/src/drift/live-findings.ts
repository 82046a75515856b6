// What a change does to work that is under way or recorded, as findings.
// Owns: C090 to C094, C098. Does not own: looking for such work (adapters), which needs a store.

import type { LiveKind } from "../rollout/live-report.ts"
import { change } from "./change.ts"
import { findingOf, type Finding } from "./finding.ts"
import type { ContractLock } from "./lock.ts"

/** The rules about work, by what they are about. */
export const liveRules = {
  approvals: "C090",
  executions: "C091",
  traces: "C092",
  inDoubt: "C093",
  users: "C094",
  recorded: "C098",
} as const satisfies Readonly<Record<LiveKind, string>>

/** So many of one kind that a change of one contract touches; `first` names some of them. */
export interface Touched {
  readonly kind: LiveKind
  readonly contract: string
  readonly count: number
  readonly first: readonly string[]
}

/** A finding for each, with the digests of the contract on both sides. */
export const liveFindings = (
  touched: readonly Touched[],
  before: ContractLock,
  after: ContractLock,
): readonly Finding[] =>
  touched.map(({ kind, contract, count, first }) =>
    findingOf(change(liveRules[kind], "always", { after: { count, first: [...first] } }), {
      contract,
      from: before.contracts[contract]?.digest ?? null,
      to: after.contracts[contract]?.digest ?? null,
      experimental: false,
    }),
  )
