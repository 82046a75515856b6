// Verifies a bundle with nothing but Node: no server, no network, no package, no trust in the program that wrote it.
// A second implementation of checks 1 to 10 (docs/BUNDLE.md) that shares no code with the first (replay). Check 11, deciding
// again, needs planner and policy: a caller that has them passes `derive`; without it, or without keys or payloads that a check
// needs, the result is "could not check", never a pass. Shows INV-07, INV-02 and INV-06 to an outsider.

import { checkApprovals, type ReviewProof } from "./approvals.ts"
import { readTexts, type Texts } from "./blobs.ts"
import { checkChain, checkSequence, type Head } from "./chain.ts"
import { Fault, notApplicable, unchecked, type Unchecked } from "./fault.ts"
import { isObject, memberOf, numberAt, objectAt, objectsAt, textAt, type JsonObject } from "./json.ts"
import { Undecided } from "./budget.ts"
import { budgetOf } from "./patterns.ts"
import { checkPayloads } from "./payloads.ts"
import { readLines, reviewed, type Entry, type Lines } from "./read-lines.ts"
import { storyBudget } from "./story-work.ts"
import { checkLooseEnvelope, type TrustedKey } from "./signatures.ts"
import { checkStarts } from "./starts.ts"

export type { ReviewProof } from "./approvals.ts"
export type { Head } from "./chain.ts"
export type { TrustedKey } from "./signatures.ts"

/** The checks by number; the name is what a failure is reported as. */
const checkNames = {
  1: "FORMAT",
  2: "BLOB",
  3: "SEQUENCE",
  4: "CHAIN",
  5: "PAYLOAD",
  6: "LOG",
  7: "COVERAGE",
  8: "APPROVAL",
  9: "CONSUMPTION",
  10: "SKILL",
  11: "DERIVE",
} as const
type CheckNumber = keyof typeof checkNames

/** One check. `seq` and `at` (a JSON Pointer) say where it failed; `recorded` and `computed` what was there and what should be. */
interface CheckAnswer {
  readonly check: CheckNumber
  readonly name: (typeof checkNames)[CheckNumber]
  readonly status: "passed" | "failed" | "notChecked"
  readonly because: string
  readonly seq: number | null
  readonly at: string | null
  readonly recorded: string | null
  readonly computed: string | null
}

/** The result of deciding again. `unverifiable`: something that it needs is not here. */
export type Derived =
  | { readonly status: "identical" | "unverifiable"; readonly because: string }
  | {
      readonly status: "divergent"
      readonly because: string
      readonly seq: number | null
      readonly at: string | null
      readonly recorded: string | null
      readonly computed: string | null
    }

/** What the verifier brings itself. Nothing of it is ever taken from the bundle. */
interface Trusted {
  /** Null: none were given, and signatures are not checked. */
  readonly keys: readonly TrustedKey[] | null
  /** A head that was kept elsewhere; null for none. */
  readonly head: Head | null
  /** Decides again from the same bytes; null where nothing here can. */
  readonly derive: ((bytes: Uint8Array) => Derived) | null
}

/**
 * What was proven, the strongest that holds:
 * `verified`: everything was checked, the trace ends in the head that was kept elsewhere, and the execution had ended.
 * `notEnded`: the same, but the execution had not ended at that head.
 * `consistent`: everything was checked and the file agrees with itself; its end was compared with nothing kept elsewhere.
 * `couldNotCheck`: nothing failed, and a check was not made. `doesNotVerify`: a check failed.
 */
export type VerificationResult = "verified" | "notEnded" | "consistent" | "couldNotCheck" | "doesNotVerify"

/** The whole answer. */
export interface Verification {
  readonly format: "counterfoil.verification/1"
  readonly executionId: string | null
  readonly result: VerificationResult
  readonly proven: {
    /** Whether the end of the trace, or an earlier entry alone, was compared with the head that was given. */
    readonly head: "compared" | "comparedInPart" | "notCompared"
    readonly ended: boolean
  }
  readonly completeness: "full" | "proofOnly" | null
  readonly entries: number
  readonly payloads: { readonly present: number; readonly omitted: number; readonly erased: number }
  readonly head: Head | null
  readonly checks: readonly CheckAnswer[]
  readonly reviews: readonly ReviewProof[]
}

/** Verifies the bytes of a bundle. Never throws, for any bytes. */
export function verifyBundle(bytes: Uint8Array, { keys, head, derive }: Trusted): Verification {
  let lines: Lines = { header: {}, entries: [], blobs: [], envelopes: [], count: 0 }
  let texts: Texts = { documents: new Map(), result: "" }
  let reviews: readonly ReviewProof[] = []
  const made: Made[] = []
  const run = (check: CheckNumber, make: () => string | Unchecked): void => {
    made.push(madeOf(check, made, make))
  }
  run(1, () => {
    lines = readLines(bytes)
    return `${lines.count} lines`
  })
  run(2, () => {
    texts = readTexts(lines)
    return texts.result
  })
  run(3, () => checkSequence(lines))
  run(4, () => checkChain(lines, head))
  run(5, () => checkPayloads(lines.entries, texts.documents, budgetOf(bytes.length)))
  run(6, () => notApplicable("the bundle carries no checkpoint"))
  run(7, () => notApplicable("without a checkpoint no entry is witnessed"))
  run(8, () => {
    if (lines.entries.some(isGone)) return checkLoose(lines, keys)
    reviews = checkApprovals(lines, keys, storyBudget(bytes.length))
    const open = reviews.filter(({ signature }) => signature === "notChecked").length
    return open > 0
      ? unchecked(`${open} signed reviews, and no trusted keys were given`)
      : `${reviews.length} reviews, each by who it says, for what was decided`
  })
  run(9, () => {
    if (lines.entries.some(isGone)) return unchecked("payloads are not here")
    const { starts, approved } = checkStarts(lines, storyBudget(bytes.length))
    return `${starts} starts, ${approved} under an approval of their own`
  })
  run(10, () => checkSkills(lines.entries))
  run(11, () => derived(derive, bytes))
  return verificationOf(lines, made, reviews, head)
}

interface Made {
  readonly answer: CheckAnswer
  /** A check that should have been made of this bundle and was not. */
  readonly isMissing: boolean
}

function madeOf(check: CheckNumber, before: readonly Made[], make: () => string | Unchecked): Made {
  const failed = before.find(({ answer }) => answer.status === "failed")
  if (failed !== undefined)
    return { answer: answer(check, "notChecked", `check ${failed.answer.check} failed`), isMissing: false }
  try {
    const done = make()
    return typeof done === "string"
      ? { answer: answer(check, "passed", done), isMissing: false }
      : { answer: answer(check, "notChecked", done.unchecked), isMissing: done.counts }
  } catch (fault) {
    if (fault instanceof Undecided)
      return { answer: answer(check, "notChecked", fault.message), isMissing: true }
    // A file can hold text at which Node's parsers throw, and nesting that exhausts the stack: that fails its check and nothing else.
    if (!(fault instanceof Fault))
      return { answer: answer(check, "failed", "something in it cannot be read"), isMissing: false }
    const { seq, at, recorded, computed } = fault
    return {
      answer: { ...answer(check, "failed", fault.message), seq, at, recorded, computed },
      isMissing: false,
    }
  }
}

const answer = (check: CheckNumber, status: CheckAnswer["status"], because: string): CheckAnswer => ({
  check,
  name: checkNames[check],
  status,
  because,
  seq: null,
  at: null,
  recorded: null,
  computed: null,
})

const isGone = ({ payload }: Entry): boolean => payload === null

/** Without payloads a signature still shows that this person signed these digests; what they name is not here to compare. */
function checkLoose({ header, entries, envelopes }: Lines, keys: readonly TrustedKey[] | null): Unchecked {
  for (const line of envelopes) {
    const entry = entries[numberAt(line, "seq") - 1]
    if (entry !== undefined) checkLooseEnvelope(objectAt(line, "envelope"), header, entry, keys)
  }
  const signed = keys === null ? "no trusted keys were given" : `${envelopes.length} signatures are good`
  const count = entries.filter(({ kind }) => kind === reviewed).length
  return unchecked(`payloads of what ${count} reviews are about are not here; ${signed}`)
}

function checkSkills(entries: readonly Entry[]): Unchecked {
  const names = entries.some(({ kind, payload }) => {
    if (kind !== "controlPlane.plan.compiled@1" || payload === null) return false
    return objectsAt(objectAt(payload, "plan"), "steps").some(
      (step) => memberOf(step, "skillDigest") !== null,
    )
  })
  return names
    ? unchecked("steps name skills, and no bundle carries them")
    : notApplicable("no step names a skill")
}

function derived(derive: Trusted["derive"], bytes: Uint8Array): string | Unchecked {
  if (derive === null) return unchecked("what was decided was not derived again")
  const done = derive(bytes)
  switch (done.status) {
    case "identical":
      return done.because
    case "unverifiable":
      return unchecked(done.because)
    case "divergent":
      throw new Fault(done.because, {
        ...(done.seq === null ? {} : { seq: done.seq }),
        ...(done.at === null ? {} : { at: done.at }),
        ...(done.recorded === null ? {} : { recorded: done.recorded }),
        ...(done.computed === null ? {} : { computed: done.computed }),
      })
  }
}

function verificationOf(
  { header, entries }: Lines,
  made: readonly Made[],
  reviews: readonly ReviewProof[],
  kept: Head | null,
): Verification {
  const count = (state: string): number => entries.filter((entry) => entry.state === state).length
  const isRead = isObject(memberOf(header, "head"))
  const proven: Verification["proven"] = {
    head: kept === null ? "notCompared" : kept.seq === entries.length ? "compared" : "comparedInPart",
    ended: hasEnded(entries),
  }
  return {
    format: "counterfoil.verification/1",
    executionId: isRead ? textAt(header, "executionId") : null,
    result: resultOf(made, proven),
    proven,
    completeness: isRead ? completenessOf(header) : null,
    entries: entries.length,
    payloads: { present: count("present"), omitted: count("omitted"), erased: count("erased") },
    head: isRead ? headOf(objectAt(header, "head")) : null,
    checks: made.map((one) => one.answer),
    reviews,
  }
}

function resultOf(made: readonly Made[], { head, ended }: Verification["proven"]): VerificationResult {
  if (made.some((one) => one.answer.status === "failed")) return "doesNotVerify"
  if (made.some(({ isMissing }) => isMissing)) return "couldNotCheck"
  if (head !== "compared") return "consistent"
  return ended ? "verified" : "notEnded"
}

const completenessOf = (header: JsonObject): Verification["completeness"] =>
  textAt(objectAt(header, "completeness"), "kind") === "full" ? "full" : "proofOnly"

const headOf = (head: JsonObject): Head => ({ seq: numberAt(head, "seq"), hash: textAt(head, "hash") })

const endings = new Set(
  ["execution.completed", "execution.failed", "execution.cancelled", "plan.rejected"].map(
    (name) => `controlPlane.${name}@1`,
  ),
)

/** Decided by the kinds of the entries alone: it ended, and no retry opened it again. */
function hasEnded(entries: readonly Entry[]): boolean {
  const end = entries.findLastIndex(({ kind }) => endings.has(kind))
  return end !== -1 && end > entries.findLastIndex(({ kind }) => kind === "controlPlane.execution.resumed@1")
}
