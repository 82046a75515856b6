// Steps again: starts with their exact input, key and deadline; outcomes with their digests and back-off.
// Owns: every `step.*` entry. Does not own: what the outside answered, which is a fact (INV-03: it is never guessed).
// Keeps INV-01 and INV-02 on replay: a start must be the dispatch that was due, under the verdict and approval it names.

import { addMs, canonicalBytes, type Fact, type Payloads } from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import type { AttemptAnswer, ProbeAnswer } from "@counterfoil/contracts/ports"
import {
  contractOf,
  outcomeFacts,
  probeFacts,
  retryPolicy,
  startedFact,
  type Dispatch,
  type Execution,
  type OutcomeAnswer,
  type Step,
} from "@counterfoil/core"
import { derived, given, undue, unknown, type Derived, type EntryPlace, type Question } from "./derivation.ts"
import { isDue, owedOrDue, sameFact } from "./derive-due.ts"

/** The start that was due: input, digests, key, attempt, verdict, approval, reviews and deadline. */
export function deriveStart({
  execution,
  fact: { payload },
  due,
  now,
}: Question<"controlPlane.execution.step.started@1">): Derived {
  const work = due.find(
    (one): one is Dispatch => one.kind === "dispatch" && one.question.stepId === payload.stepId,
  )
  if (work === undefined) return undue("the step was not due")
  const verdict = stepOf(execution, payload.stepId)?.verdict ?? null
  if (verdict === null) return undue("no one decided about the step")
  if (work.decideAgain && verdict.at !== now) return undue("policy was not asked again just before the start")
  const approval = execution.approvals.find(({ approvalId }) => approvalId === work.approvalId) ?? null
  return derived(startedFact(work, { now, worker: payload.worker, verdictDigest: verdict.digest, approval }))
}

/** A completion: the fan-out's own follows from its instances; a handler's or probe's output is a fact, its digest is not. */
export function deriveCompletion(question: Question<"controlPlane.execution.step.completed@1">): Derived {
  const {
    fact: { payload },
  } = question
  const { output, providerRef } = payload
  const happened = { output, ...(providerRef === undefined ? {} : { providerRef }) }
  switch (payload.source) {
    case "fanOut":
      return owedOrDue(question.fact, question)
    case "handler":
      return outcome(question, payload.stepId, { kind: "succeeded", ...happened })
    case "probe":
      return probed(question, payload.stepId, { kind: "found", ...happened })
  }
}

/** A failure: final or not follows from class and attempts, the time of the next attempt lies within its bounds. */
export function deriveFailure(question: Question<"controlPlane.execution.step.failed@1">): Derived {
  const {
    fact: { payload },
    now,
  } = question
  if (payload.source === "fanOut" || payload.source === "recovery") return owedOrDue(question.fact, question)
  const answer = answerOf(payload)
  if (answer === null) return isRefusedOutput(payload) ? given : undue("no answer fails a step so")
  const again =
    payload.source === "probe"
      ? probed(question, payload.stepId, { kind: "notFound" })
      : outcome(question, payload.stepId, answer)
  if (
    again.kind !== "derived" ||
    again.fact.kind !== question.fact.kind ||
    payload.retryAt === undefined ||
    again.fact.payload.retryAt === undefined
  )
    return again
  const latest = addMs(
    now,
    answer.kind === "unknown" ? retryPolicy.retryAfterMsMax : backOffMs(payload.attempt),
  )
  if (payload.retryAt < now || payload.retryAt > latest) return again
  return derived({ kind: question.fact.kind, payload: { ...again.fact.payload, retryAt: payload.retryAt } })
}

/** In doubt: declared when it was due, or because an answer or a probe left it open. */
export function deriveDoubt(question: Question<"controlPlane.execution.step.inDoubt@1">): Derived {
  const {
    fact: { payload },
  } = question
  if (isDue(question.fact, question)) return owedOrDue(question.fact, question)
  // What was thrown is a fact, as the answer is; where it belongs follows.
  const thrown = payload.fault === undefined ? {} : { fault: payload.fault }
  if (payload.because === "probeInconclusive")
    return probed(question, payload.stepId, { kind: "cannotTell", reason: "recorded", ...thrown })
  if (payload.because === "lateConflict") return given
  const [first, ...others] = doubtful(thrown).map((answer) => outcome(question, payload.stepId, answer))
  if (first === undefined || isRecorded(first, question.fact)) return first ?? given
  return others.find((answer) => isRecorded(answer, question.fact)) ?? first
}

// The class and attempts of a step show what can leave it in doubt; which of these answers it was is not in the trace.
const doubtful = (
  thrown: Pick<Extract<AttemptAnswer, { kind: "unknown" }>, "fault">,
): readonly AttemptAnswer[] => [
  { kind: "timedOut" },
  { kind: "unknown", reason: "recorded", ...thrown },
  { kind: "notSent", reason: "recorded" },
  { kind: "rejected", code: "recorded", message: "recorded" },
  { kind: "succeeded", output: "an output that fits no contract" },
]

const isRecorded = (answer: Derived, fact: Fact): boolean =>
  answer.kind === "derived" && sameFact(answer.fact, fact)

/** A person's resolution is a fact; the output is parsed and digested again. */
export function deriveResolution(question: Question<"controlPlane.execution.step.resolved@1">): Derived {
  const { execution, fact, sources } = question
  const { output, stepId } = fact.payload
  if (output === undefined) return given
  const step = stepOf(execution, stepId)
  const contract = step === undefined ? null : contractOf(step, sources.contracts.lookup)
  if (contract === null || !contract.ok) return unknown("contract", step?.planStep.contract ?? stepId)
  const parsed = contract.value.facts.parseOutput(output)
  return parsed.ok
    ? derived({
        kind: fact.kind,
        payload: {
          ...fact.payload,
          output: parsed.value,
          outputDigest: digestOf("counterfoil.output.v1", canonicalBytes(parsed.value)),
        },
      })
    : undue("the output does not fit its contract")
}

function outcome(question: EntryPlace, stepId: string, answer: AttemptAnswer): Derived {
  return answered(question, stepId, (known) => outcomeFacts({ ...known, answer }))
}

function probed(question: EntryPlace, stepId: string, answer: ProbeAnswer): Derived {
  return answered(question, stepId, (known) => probeFacts({ ...known, answer }))
}

type Known = Omit<Parameters<typeof outcomeFacts>[0], "answer">

function answered(
  { execution, now, sources }: EntryPlace,
  stepId: string,
  facts: (known: Known) => OutcomeAnswer,
): Derived {
  const step = stepOf(execution, stepId)
  if (step === undefined) return undue("no step has this id")
  const contract = contractOf(step, sources.contracts.lookup)
  if (!contract.ok) return unknown("contract", step.planStep.contract)
  // The draw of the back-off is a fact: the earliest time is used until the recorded one was found within bounds.
  const found = facts({ execution, step, contract: contract.value, now, unit: 0 })
  if (found.kind !== "append") return undue("nothing may be written of this answer now")
  const [first, ...rest] = found.facts
  return derived(first, ...rest)
}

function answerOf({ error, fault }: Payloads["controlPlane.execution.step.failed@1"]): AttemptAnswer | null {
  const thrown = fault === undefined ? {} : { fault }
  switch (error.code) {
    case "HANDLER_REJECTED":
      return { kind: "rejected", code: error.providerCode ?? "", message: "" }
    case "HANDLER_TIMEOUT":
      return { kind: "timedOut" }
    case "HANDLER_FAILED":
      return {
        kind: "unknown",
        reason: "recorded",
        ...(error.providerCode === undefined ? {} : { code: error.providerCode }),
        ...thrown,
      }
    case "HANDLER_UNAVAILABLE":
      return { kind: "notSent", reason: "recorded", ...thrown }
    default:
      return null
  }
}

// An output that was refused is not in the trace; its digest is, and such a step is not tried again.
const isRefusedOutput = ({
  error,
  final,
  retryAt,
  source,
}: Payloads["controlPlane.execution.step.failed@1"]): boolean =>
  source === "handler" &&
  error.code === "OUTPUT_INVALID" &&
  error.detailsDigest !== undefined &&
  final &&
  retryAt === undefined

const backOffMs = (attempt: number): number =>
  Math.min(retryPolicy.capMs, retryPolicy.baseMs * 2 ** (attempt - 1))
const stepOf = (execution: Execution, stepId: string): Step | undefined =>
  execution.steps.find((step) => step.stepId === stepId)
