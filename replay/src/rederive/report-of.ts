// From what was found at each entry to one report.
// Owns: which divergence is first, what follows from it, and the result of a stage. Does not own: the findings (rederive.ts).

import type { ExecutionId, Json } from "@counterfoil/contracts"
import type { Divergence, ReplayReport, ReplayStage, StageResult, UnverifiableReason } from "./report.ts"

/** What was found at one entry. `given` is a fact of the outside: nothing to derive. */
export type ReportedFinding = {
  readonly seq: number
  readonly entryKind: string
  readonly stage: ReplayStage
  readonly stepKey: string | null
} & (
  | { readonly kind: "identical" | "given" }
  | {
      readonly kind: "divergent"
      readonly at: string
      readonly recorded: Json
      readonly derived: Json
      readonly because: string
    }
  | { readonly kind: "unverifiable"; readonly reason: UnverifiableReason; readonly what: string }
)

type Divergent = Extract<ReportedFinding, { readonly kind: "divergent" }>

/** The report of a walk. Findings are in the order of entries. */
export function reportOf(
  executionId: ExecutionId,
  engine: ReplayReport["engine"],
  entries: number,
  findings: readonly ReportedFinding[],
): ReplayReport {
  const divergent = findings.filter((finding): finding is Divergent => finding.kind === "divergent")
  const unverifiable = findings.flatMap((finding) =>
    finding.kind === "unverifiable"
      ? [{ seq: finding.seq, stage: finding.stage, reason: finding.reason, what: finding.what }]
      : [],
  )
  const [first, ...others] = divergent
  return {
    format: "counterfoil.divergence/1",
    executionId,
    result: first !== undefined ? "divergent" : unverifiable.length > 0 ? "unverifiable" : "identical",
    engine,
    checked: {
      entries,
      plan: stage(findings, "plan"),
      verdicts: stage(findings, "policy"),
      approvals: stage(findings, "approval"),
      state: stage(findings, "state"),
    },
    counts: {
      verdicts: count(findings, "controlPlane.policy.decided@1"),
      approvals: count(findings, "controlPlane.approval.requested@1"),
    },
    first: first === undefined ? null : divergenceOf(executionId, first),
    others: causesOf(divergent, others),
    unverifiable,
    sideEffects: 0,
  }
}

// The state is derived from what was recorded; when a decision before it differs, a right state was not reached.
function stage(findings: readonly ReportedFinding[], name: ReplayStage): StageResult {
  const own = findings.filter((finding) => finding.stage === name)
  if (own.some(({ kind }) => kind === "divergent")) return "divergent"
  if (name === "state" && findings.some(({ kind }) => kind === "divergent")) return "notReached"
  if (own.some(({ kind }) => kind === "unverifiable")) return "unverifiable"
  return own.length > 0 ? "identical" : "notReached"
}

// A later difference follows from the first one before it that is of its step, or of the whole execution.
function causesOf(divergent: readonly Divergent[], others: readonly Divergent[]): ReplayReport["others"] {
  const firstOf = new Map<string | null, number>()
  for (const { seq, stepKey } of divergent) if (!firstOf.has(stepKey)) firstOf.set(stepKey, seq)
  const ofAny = divergent[0]?.seq ?? Infinity
  const ofWhole = firstOf.get(null) ?? Infinity
  return others.map(({ seq, at, stepKey }) => {
    const cause = stepKey === null ? ofAny : Math.min(ofWhole, firstOf.get(stepKey) ?? Infinity)
    return { seq, at, follows: cause < seq ? cause : null }
  })
}

function divergenceOf(
  executionId: ExecutionId,
  { seq, entryKind, stepKey, stage: of, at, recorded, derived, because }: Divergent,
): Divergence {
  const fix =
    of === "policy" && stepKey !== null
      ? `counterfoil policy explain ${executionId} ${stepKey}`
      : `counterfoil trace show ${executionId}`
  return { seq, kind: entryKind, stepKey, stage: of, at, recorded, derived, because, fix }
}

const count = (findings: readonly ReportedFinding[], entryKind: string): number =>
  new Set(findings.filter((finding) => finding.entryKind === entryKind).map(({ seq }) => seq)).size
