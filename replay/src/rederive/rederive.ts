// Would the same rules decide the same? A trace walked entry by entry, each derived again and compared byte for byte.
// Owns: the walk and the report. Does not own: what an entry must be (derive-fact.ts), whether the chain holds (verify).
// Keeps INV-08. Nothing here can act: no handler, channel, secret or network is in reach of this package.

import {
  InvariantBroken,
  PatternUndecided,
  assertNever,
  err,
  ok,
  type Fact,
  type Json,
  type JsonObject,
  type Registry,
  type Result,
  type StepKey,
  type TraceEntry,
} from "@counterfoil/contracts"
import {
  evolve,
  lookAhead,
  type Execution,
  type RecordedFact,
  type Request,
  type StepCalls,
} from "@counterfoil/core"
import type { CedarEngine } from "@counterfoil/policy"
import { entriesOf, type Bundle } from "../bundle/bundle.ts"
import { expectNothing, readVerified, type TraceFault } from "../verify/verify-trace.ts"
import { firstDifference } from "./compare.ts"
import { stageOfFact, undue, unknown, type Derived, type Sources } from "./derivation.ts"
import { keepsCalls, openWork, paidCalls, stepsAt, type Work } from "./derivation-work.ts"
import { deriveFact } from "./derive-fact.ts"
import { draftTaken, nameOf } from "./derive-plan.ts"
import { whyVerdict } from "./derive-verdict.ts"
import { missingContract } from "./missing-contract.ts"
import { recordedContracts } from "./recorded-contracts.ts"
import { recordedPolicies } from "./recorded-policies.ts"
import { reportOf, type ReportedFinding } from "./report-of.ts"
import type { ReplayReport, ReplayStage } from "./report.ts"

/** What a replay may use besides the bundle. */
export interface ReplayKit {
  /** Contracts whose code is here: plan functions and checks. Null when only the documents are. */
  readonly installed: Registry | null
  /** Null when the engine's bytes are not here: verdicts are then unverifiable. */
  readonly engine: CedarEngine | null
  /** `recorded`: only the engine that decided may decide again. `current`: this one may. */
  readonly mode: "recorded" | "current"
}

/** Derives a bundle's trace again. Errors: the fault of a trace that does not verify, which is not worth deriving. */
export type Replay = (bundle: Bundle) => Result<ReplayReport, TraceFault>

/** Replays one bundle. */
export const rederive = (bundle: Bundle, kit: ReplayKit): Result<ReplayReport, TraceFault> =>
  openReplay(kit)(bundle)

/** A replay for many bundles: texts that several of them carry are loaded once. */
export function openReplay(kit: ReplayKit): Replay {
  const known = new Map<string, Sources>()
  return (bundle) => {
    const entries = entriesOf(bundle)
    const { executionId, head } = bundle.header
    const verified = readVerified(entries, { ...expectNothing, executionId, head })
    if (!verified.ok) return err(verified.error)
    const { facts } = verified.value
    const texts = [bundle.entries[0]?.head.kindDigest, ...bundle.blobs.map(({ digest }) => digest)].join(" ")
    const sources = known.get(texts) ?? sourcesOf(bundle, kit)
    known.set(texts, sources)
    return ok(reportOf(executionId, kit.mode, entries.length, walk(entries, facts, sources)))
  }
}

function sourcesOf({ blobs, entries }: Bundle, { installed, engine, mode }: ReplayKit): Sources {
  const contracts = recordedContracts(blobs, installed, entries[0]?.head.kindDigest)
  return {
    contracts,
    policies: engine === null ? null : recordedPolicies(blobs, contracts.registry, engine),
    engine: { mode, digest: engine?.digest ?? null },
  }
}

/** What is carried from one entry to the next. */
interface Walk {
  readonly execution: Execution | null
  readonly owed: readonly Fact[]
  readonly escalation: Request | null
  readonly calls: StepCalls
  /** What the derivation of the entry before lacked; the facts that it owed are then not known. */
  readonly unknown: Lack | null
}

type Lack = Pick<Extract<ReportedFinding, { readonly kind: "unverifiable" }>, "reason" | "what">

function walk(
  entries: readonly TraceEntry[],
  facts: readonly (RecordedFact | null)[],
  sources: Sources,
): readonly ReportedFinding[] {
  const findings: ReportedFinding[] = []
  const work = openWork()
  const newCalls = (): StepCalls => paidCalls(sources.contracts, work)
  let at: Walk = { execution: null, owed: [], escalation: null, calls: newCalls(), unknown: null }
  for (const [index, entry] of entries.entries()) {
    const { seq, kind } = entry.head
    const recorded = facts[index] ?? null
    if (recorded === null) {
      // Everything after a payload that is gone depends on a state that cannot be derived.
      findings.push({ ...whole(seq, kind), reason: "erased", what: `the payload of entry ${seq}` })
      return findings
    }
    const { fact } = recorded
    if (!work.spend(stepsAt(at.execution))) {
      findings.push({
        ...whole(seq, kind),
        reason: "bounds",
        what: `the work of deriving entry ${seq} and what follows`,
      })
      return findings
    }
    const { answer, before } = look(at, recorded, sources, work)
    const finding = excused(findingOf(recorded, answer), lackOf(at, recorded, sources))
    findings.push(finding, ...believed(before, recorded, sources))
    const next = evolve(at.execution, recorded)
    if (!next.ok) {
      findings.push(
        divergence(
          recorded,
          "state",
          { at: "", recorded: fact.kind, derived: null },
          `this entry cannot follow: ${next.error.because}`,
        ),
      )
      return findings
    }
    const same = answer.kind === "derived" && answer.fact.kind === fact.kind
    at = {
      execution: next.value,
      owed: same ? answer.next : [],
      escalation: (same ? answer.escalation : undefined) ?? null,
      calls: keepsCalls(fact) ? at.calls : newCalls(),
      unknown: finding.kind === "unverifiable" ? finding : null,
    }
  }
  return findings
}

/** Of an entry after which nothing is derived. */
const whole = (seq: number, entryKind: string) =>
  ({ kind: "unverifiable", seq, entryKind, stage: "state", stepKey: null }) as const

function look(
  { execution, owed, escalation, calls }: Walk,
  entry: RecordedFact,
  sources: Sources,
  work: Work,
): { readonly answer: Derived; readonly before: Execution | null } {
  const { fact, head } = entry
  // The first entry has no state before it; what it says of itself is looked at in the state that it makes.
  const opened = execution === null ? evolve(null, entry) : null
  const before = execution ?? (opened?.ok === true ? opened.value : null)
  if (before === null) return { answer: { kind: "given" }, before }
  try {
    const due = execution === null ? [] : lookAhead(before, head.time, sources.contracts.lookup, calls).work
    return {
      answer: deriveFact(fact, {
        execution: before,
        entry,
        now: head.time,
        due,
        owed,
        escalation,
        calls,
        work,
        sources,
      }),
      before,
    }
  } catch (broken) {
    // In this process a broken invariant is a bug; in a bundle from outside it is a trace that this program cannot have written.
    if (broken instanceof PatternUndecided)
      return { answer: unknown("contract", "a pattern that cannot be tested within bounds"), before }
    if (!(broken instanceof InvariantBroken)) throw broken
    return { answer: undue(`${broken.invariant} would not hold`), before }
  }
}

function findingOf(entry: RecordedFact, answer: Derived): ReportedFinding {
  const { fact, head } = entry
  const stage = stageOfFact(fact.kind)
  const place = { seq: head.seq, entryKind: fact.kind, stage, stepKey: stepKeyOf(fact) }
  switch (answer.kind) {
    case "given":
      return { kind: "given", ...place }
    case "unknown":
      return { kind: "unverifiable", ...place, reason: answer.reason, what: answer.what }
    case "undue":
      return divergence(entry, stage, { at: "", recorded: fact.kind, derived: null }, answer.because)
    case "derived": {
      if (answer.fact.kind !== fact.kind)
        return divergence(
          entry,
          stage,
          { at: "", recorded: fact.kind, derived: answer.fact.kind },
          "another entry was due",
        )
      const found = firstDifference(jsonOf(fact), jsonOf(answer.fact))
      if (found === null) return { kind: "identical", ...place }
      // A verdict is read as people read it: from its own root.
      const at = stage === "policy" ? found.at.replace(/^\/verdict(?=\/)/, "") : found.at
      return divergence(
        entry,
        stage,
        { ...found, at },
        stage === "policy" ? whyVerdict(fact, answer.fact) : "derived again from the entries before it",
      )
    }
    default:
      return assertNever(answer)
  }
}

// A difference that follows from something missing here cannot be distinguished from a difference in the code.
function excused(finding: ReportedFinding, lack: Lack | null): ReportedFinding {
  if (finding.kind !== "divergent" || lack === null) return finding
  const { seq, entryKind, stage, stepKey } = finding
  return { kind: "unverifiable", seq, entryKind, stage, stepKey, reason: lack.reason, what: lack.what }
}

function lackOf({ execution, unknown }: Walk, { fact }: RecordedFact, { contracts }: Sources): Lack | null {
  const what = missingContract(execution, fact, contracts)
  return what === null ? unknown : { reason: "contract", what }
}

function divergence(
  { fact, head }: RecordedFact,
  stage: ReplayStage,
  found: { readonly at: string; readonly recorded: Json; readonly derived: Json },
  because: string,
): ReportedFinding {
  return {
    kind: "divergent",
    seq: head.seq,
    entryKind: fact.kind,
    stage,
    stepKey: stepKeyOf(fact),
    ...found,
    because,
  }
}

// What an identical answer takes as given without showing it: drafts and checks whose code is not here.
function believed(
  execution: Execution | null,
  { fact, head }: RecordedFact,
  sources: Sources,
): readonly ReportedFinding[] {
  if (execution === null || fact.kind !== "controlPlane.plan.compiled@1") return []
  const place = {
    seq: head.seq,
    entryKind: fact.kind,
    stage: "plan" as const,
    stepKey: null,
    reason: "code" as const,
  }
  const draft = draftTaken(execution, sources)
  const unchecked = fact.payload.contracts.filter(({ ref }) =>
    sources.contracts.lacks(ref).includes("checks"),
  )
  return [
    ...(draft === null
      ? []
      : [{ kind: "unverifiable" as const, ...place, what: `plan function of ${draft}` }]),
    ...unchecked.map((pin) => ({
      kind: "unverifiable" as const,
      ...place,
      what: `checks of ${nameOf(pin)}`,
    })),
  ]
}

const stepKeyOf = ({ payload }: Fact): StepKey | null => ("key" in payload ? payload.key : null)

// A payload that its event contract let through is JSON, absent fields left out.
const jsonOf = ({ payload }: Fact): JsonObject => payload as JsonObject
