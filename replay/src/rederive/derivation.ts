// One entry looked at again: what it should be, given everything before it.
// Owns: the question, and the forms an answer can have. Does not own: the answers (derive-*.ts) or the walk (rederive.ts).

import type { Fact, Time } from "@counterfoil/contracts"
import type { Execution, Outlook, RecordedFact, Request, StepCalls } from "@counterfoil/core"
import type { Work } from "./derivation-work.ts"
import type { RecordedContracts } from "./recorded-contracts.ts"
import type { RecordedPolicies } from "./recorded-policies.ts"
import type { ReplayStage, UnverifiableReason } from "./report.ts"

/** The contracts and policy sets of a bundle's texts, while its trace is walked. */
export interface Sources {
  readonly contracts: RecordedContracts
  /** Null when no engine is here: verdicts are then unverifiable. */
  readonly policies: RecordedPolicies | null
  readonly engine: { readonly mode: "recorded" | "current"; readonly digest: string | null }
}

/** The place of an entry: the state before it, and what was due then. */
export interface EntryPlace {
  readonly execution: Execution
  readonly entry: RecordedFact
  readonly now: Time
  readonly due: Outlook["work"]
  /** Facts that the append of the entry before still owes. */
  readonly owed: readonly Fact[]
  /** The escalation that the entry before wrote; its successor comes next. */
  readonly escalation: Request | null
  /** The calls of the steps in this state, paid for with `work`. */
  readonly calls: StepCalls
  readonly work: Work
  readonly sources: Sources
}

/** An entry at its place. */
export interface Question<K extends Fact["kind"] = Fact["kind"]> extends EntryPlace {
  readonly fact: Extract<Fact, { readonly kind: K }>
}

/**
 * `given`: a fact, nothing to compare. `derived`: what it must be, and what its append writes next. `undue`: nothing called
 * for it. `unknown`: it could not be derived here.
 */
export type Derived =
  | { readonly kind: "given" }
  | {
      readonly kind: "derived"
      readonly fact: Fact
      readonly next: readonly Fact[]
      readonly escalation?: Request
    }
  | { readonly kind: "undue"; readonly because: string }
  | { readonly kind: "unknown"; readonly reason: UnverifiableReason; readonly what: string }

/** A fact: nothing to compare. */
export const given: Derived = { kind: "given" }
/** An entry must be this fact; its append goes on with `next`. */
export const derived = (fact: Fact, ...next: readonly Fact[]): Derived => ({ kind: "derived", fact, next })
/** Nothing called for this entry. */
export const undue = (because: string): Derived => ({ kind: "undue", because })
/** This entry cannot be derived here. */
export const unknown = (reason: UnverifiableReason, what: string): Derived => ({
  kind: "unknown",
  reason,
  what,
})

/** The stage that an entry kind belongs to. */
export function stageOfFact(kind: Fact["kind"]): ReplayStage {
  if (kind === "controlPlane.policy.decided@1") return "policy"
  if (kind.startsWith("controlPlane.approval.")) return "approval"
  return kind === "controlPlane.intent.received@1" || kind.startsWith("controlPlane.plan.") ? "plan" : "state"
}
