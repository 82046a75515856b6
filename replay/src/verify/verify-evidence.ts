// Was this bundle altered, and does what it says of people hold? Checks 2 to 5, 8 and 9 of a verification (docs/BUNDLE.md) in the
// product's own implementation. Owns: their order and the answer. Does not own: the file (read-bundle.ts), deciding again (rederive).
// The second implementation (replay/verifier/src) is written apart; one corpus of forgeries runs under both.

import {
  canonicalBytes,
  err,
  ok,
  peopleBehind,
  type Digest,
  type Json,
  type Payloads,
  type Result,
  type TraceEntry,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import type { RecordedFact } from "@counterfoil/core"
import { entriesOf, type Bundle } from "../bundle/bundle.ts"
import { stepsAt, storySteps } from "./story-work.ts"
import { firstFault, storyAfter, wrong, type FoundFault, type Story, type Told } from "./story.ts"
import {
  closingFault,
  excludedOf,
  looseFault,
  requestFault,
  reviewFault,
  type SignatureKit,
} from "./verify-approval.ts"
import { authorFault, authorsAfter, noAuthors } from "./verify-author.ts"
import { failureFault, noRuns, runsAfter, startFault, type Runs } from "./verify-start.ts"
import { decidedWithout, examineTexts, writtenWithout, type NamedContract } from "./verify-texts.ts"
import {
  fault,
  readVerified,
  type TraceExpectations,
  type TraceFault,
  type VerifiedTrace,
} from "./verify-trace.ts"
import { callIn, planFault, storyOf, verdictFault } from "./verify-verdict.ts"

/** What was shown of a bundle that nothing is wrong with. What is false here could not be checked. */
export interface Evidence {
  /** Every payload is here, so that requests, reviews and starts were checked. */
  readonly payloads: boolean
  /** Every signed review was checked against a trusted key, or there was none. */
  readonly signatures: boolean
  /** The contracts are exactly those of the registry that the execution began with. */
  readonly contracts: boolean
  /** Requests, reviews and starts took no more work than a trace of this length may. */
  readonly bounded: boolean
}

/** Verifies a bundle. Errors: the first fault, in the order of the checks. */
export function verifyEvidence(bundle: Bundle, kit: SignatureKit): Result<Evidence, TraceFault> {
  const { environment, tenant, executionId, head } = bundle.header
  const read = readVerified(entriesOf(bundle), { environment, tenant, executionId, head })
  if (!read.ok) return read
  const { facts } = read.value
  const texts = examineTexts(bundle, facts)
  const found =
    texts.fault ?? digestedFault(facts) ?? looseFaults(bundle, facts, kit) ?? storyFault(facts, kit)
  if (found !== null && found !== tooMuch) return err(found)
  return ok({
    payloads: !facts.includes(null),
    signatures: kit.keys !== null || bundle.envelopes.length === 0,
    contracts: texts.isWhole,
    bounded: found === null,
  })
}

/** What a store keeps beside its traces, which a bundle of each would carry. */
export interface KeptBeside extends SignatureKit {
  /** The digest of the mode map in the source of each policy set, by the digest of the source. */
  readonly policies: ReadonlyMap<Digest, Digest>
  /** The contracts of every lock that was kept (contractsByDigest). */
  readonly contracts: ReadonlyMap<string, NamedContract>
}

/**
 * Verifies a trace where it is stored, by the checks that a bundle of it has to pass: all but those of the file, as which texts it
 * carries and that none is there for nothing. Errors: the first fault; one for a trace that takes more steps to check than one of its length may.
 */
export function verifyStored(
  entries: readonly TraceEntry[],
  expectations: TraceExpectations,
  kept: KeptBeside,
): Result<VerifiedTrace, TraceFault> {
  const read = readVerified(entries, expectations)
  if (!read.ok) return read
  const { facts, head, withoutPayload } = read.value
  const undecided = decidedWithout(facts, kept.policies)
  const unwritten = writtenWithout(entries, kept.contracts)
  const found =
    (undecided === null ? null : withoutTexts(undecided)) ??
    (unwritten === null ? null : withoutContract(unwritten)) ??
    digestedFault(facts) ??
    storyFault(facts, kept)
  if (found === null) return ok({ head, withoutPayload })
  return err(found === tooMuch ? unbounded(head.seq) : found)
}

const withoutTexts = ({ head }: RecordedFact): TraceFault =>
  fault(
    "BLOB",
    head.seq,
    "/payload/verdict/circumstances",
    "the texts of its policy set are not kept",
    null,
    null,
  )

const withoutContract = ({ head }: TraceEntry): TraceFault =>
  fault("BLOB", head.seq, "", "a contract that it names is not kept under that name", head.kind, null)

const unbounded = (seq: number): TraceFault =>
  fault(
    "APPROVAL",
    seq,
    "",
    "what people did in it takes more work to check than a trace of its length may",
    null,
    null,
  )

/** Not a fault: what people did takes more steps to check than the trace may take. */
const tooMuch = "tooMuch"

/** Without all payloads a signature still shows that this person signed these digests. */
function looseFaults(
  { entries, envelopes }: Bundle,
  facts: readonly (RecordedFact | null)[],
  kit: SignatureKit,
): FoundFault {
  if (!facts.includes(null)) return null
  return firstFault(
    ...envelopes.map(({ seq, envelope }) => () => {
      const entry = entries[seq - 1]
      return entry === undefined ? null : looseFault(entry.head, envelope, kit)
    }),
  )
}

/** The fault in a trace's entries about people and starts; a trace whose payloads are not all here cannot be judged. */
function storyFault(facts: readonly (RecordedFact | null)[], kit: SignatureKit): FoundFault | typeof tooMuch {
  const known = facts.filter((fact) => fact !== null)
  const [first] = known
  if (first === undefined || known.length < facts.length) return null
  const story = storyOf(first)
  return "check" in story ? story : walk(story, known, kit)
}

/**
 * One walk, whose story each entry carries on. Requests and reviews of the whole trace come first, then its starts, as the
 * checks are numbered: the first fault of a start is kept until the end.
 */
function walk(opened: Story, facts: readonly RecordedFact[], kit: SignatureKit): FoundFault | typeof tooMuch {
  const reviewIds = new Set<string>()
  let story = opened
  let runs = noRuns()
  let ofStarts: FoundFault = null
  let left = storySteps(facts.length)
  let authors = noAuthors
  for (const recorded of facts) {
    left -= stepsAt(story, recorded)
    if (left < 0) return ofStarts ?? tooMuch
    const found = authorFault(story, authors, recorded) ?? entryFault(story, recorded, reviewIds, kit)
    if (found !== null) return found
    ofStarts ??= runFault(story, runs, recorded)
    story = storyAfter(story, recorded, excludedBy(story, recorded))
    runs = runsAfter(runs, recorded)
    authors = authorsAfter(authors, recorded)
  }
  return ofStarts
}

function runFault(story: Story, runs: Runs, { fact, head }: RecordedFact): FoundFault {
  if (fact.kind === "controlPlane.execution.step.started@1")
    return startFault(story, runs, { head, payload: fact.payload })
  return fact.kind === "controlPlane.execution.step.failed@1"
    ? failureFault(runs, { head, payload: fact.payload })
    : null
}

const excludedBy = (story: Story, { fact, head }: RecordedFact) =>
  fact.kind === "controlPlane.approval.requested@1" ? excludedOf(story, { head, payload: fact.payload }) : []

function entryFault(
  story: Story,
  { fact, head }: RecordedFact,
  reviewIds: Set<string>,
  kit: SignatureKit,
): FoundFault {
  const no = (at: string, because: string) => wrong("APPROVAL", { head }, at, because)
  if (head.breakGlassId !== null)
    return no("/head/breakGlassId", "a break-glass session is named, and nothing in a bundle shows one")
  if (fact.kind === "controlPlane.approval.reviewed@1") {
    const { reviewId } = fact.payload
    if (reviewIds.has(reviewId)) return no("/payload/reviewId", "a review has this id already")
    reviewIds.add(reviewId)
    return reviewFault(story, { head, payload: fact.payload }, kit)
  }
  if (fact.kind === "controlPlane.approval.requested@1")
    return requestFault(story, { head, payload: fact.payload })
  if (
    fact.kind === "controlPlane.approval.escalated@1" ||
    fact.kind === "controlPlane.approval.expired@1" ||
    fact.kind === "controlPlane.approval.voided@1"
  )
    return closingFault(story, { head, payload: fact.payload })
  if (fact.kind === "controlPlane.policy.decided@1")
    return verdictFault(story, { head, payload: fact.payload })
  if (fact.kind === "controlPlane.plan.compiled@1") return planFault(story, { head, payload: fact.payload })
  if (fact.kind === "controlPlane.intent.received@1" && head.seq !== 1)
    return no("/head/kind", "there is a second intent")
  if (fact.kind === "controlPlane.execution.step.resolved@1")
    return stepFault(story, fact, no) ?? resolutionFault(story, { head, payload: fact.payload })
  if (fact.kind !== "controlPlane.execution.step.started@1") return stepFault(story, fact, no)
  const { approvalId } = fact.payload
  return approvalId === undefined || story.requests.has(approvalId)
    ? null
    : no("/payload/approvalId", "there is no such request before this entry")
}

/** An entry about a step names the one step of the plan with its key, its index and its role. */
function stepFault(
  { plan }: Story,
  { payload }: RecordedFact["fact"],
  no: (at: string, because: string) => FoundFault,
): FoundFault {
  if (!("stepId" in payload && "key" in payload)) return null
  // Entries of skipped and undone steps state no role: it is `do`.
  const role = "role" in payload ? payload.role : "do"
  return callIn(plan, { ...payload, role }) === null
    ? no("/payload/stepId", "the plan has no such step")
    : null
}

/** A person settles a step in doubt; at tier high, none of the requesters may. */
function resolutionFault(
  { requester, onBehalfOf, chain, verdicts }: Story,
  told: Told<"controlPlane.execution.step.resolved@1">,
): FoundFault {
  const { id, kind } = told.head.principal
  const no = (because: string) => wrong("APPROVAL", told, "/head/principal", because)
  if (kind !== "human") return no("only people settle what is in doubt")
  const verdict = verdicts.get(told.payload.stepId)?.payload
  const behind = [...chain, ...(verdict?.request.chain ?? [])].flatMap(peopleBehind)
  const part = [requester, onBehalfOf, ...chain.map((one) => one.id), ...behind].map(String)
  return verdict?.verdict.core.tier === "high" && part.includes(id)
    ? no("neither a requester nor anyone behind one settles a step in doubt at tier high")
    : null
}

/** An output or a draft, and its digest beside it. */
function digestedFault(facts: readonly (RecordedFact | null)[]): FoundFault {
  for (const recorded of facts) {
    if (recorded === null) continue
    // A payload that its event contract let through is JSON.
    const payload = recorded.fact.payload as { readonly [field: string]: Json } & Payloads[keyof Payloads]
    for (const [field, tag] of digested) {
      const [value, named] = [payload[field], payload[`${field}Digest`]]
      if (isDigested(field, value, named, tag)) continue
      return fault(
        "PAYLOAD",
        recorded.head.seq,
        `/payload/${field}Digest`,
        `another ${field} than its digest`,
        null,
        null,
      )
    }
  }
  return null
}

const digested = [
  ["output", "counterfoil.output.v1"],
  ["draft", "counterfoil.draft.v1"],
] as const

// A digest without what it is of, or an output without its digest, would leave nothing to compare. The draft of a plan that was
// rejected has none.
function isDigested(
  field: (typeof digested)[number][0],
  value: Json | undefined,
  named: Json | undefined,
  tag: (typeof digested)[number][1],
): boolean {
  if (value === undefined) return named === undefined
  if (named === undefined) return field === "draft"
  return digestOf(tag, canonicalBytes(value)) === named
}
