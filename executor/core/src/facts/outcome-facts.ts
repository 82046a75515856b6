// What an answer of a handler or a probe means for the trace (docs/design/recovery.md).
// Owns: answer and effect class to facts. Does not own: calling, waiting, the append.
// Keeps INV-03: a time-out is never a failure where the effect may have happened, and a wrong result is never tried again.

import {
  isObject,
  isWithin,
  addMs,
  canonicalBytes,
  factOf,
  failure,
  invariant,
  msOfTime,
  stepOutputBytesMax,
  stepOutputLimits,
  type DoubtCause,
  type Fact,
  type Fault,
  type Json,
  type StepKey,
  type Time,
} from "@counterfoil/contracts"
import { digestOf, utf8 } from "@counterfoil/contracts/digest"
import type { AttemptAnswer, ProbeAnswer } from "@counterfoil/contracts/ports"
import type { Execution, Step, StepFailure } from "../state/execution.ts"
import { stepFieldsOf } from "./policy-question.ts"
import { inDoubtNotBefore, windowPassed } from "./recover.ts"
import { retryDelayMs, retryPolicy } from "./retry-delay.ts"
import { mayHaveHappened, type StepContract } from "../state/step-call.ts"
import { dependantsOf } from "../state/step-graph.ts"
import type { Facts1 } from "./work.ts"

/** An answer, the step it is about, and the values that only the shell has. */
export interface AnsweredStep<A> {
  readonly execution: Execution
  readonly step: Step
  readonly contract: StepContract
  readonly answer: A
  readonly now: Time
  /** An even draw from [0, 1) for the back-off. */
  readonly unit: number
}

/**
 * `later`: nothing may be written yet; ask again at `until`, when no answer can be on its way any more.
 * `nothing`: the answer changes nothing, because the step has moved on or is in doubt and this does not settle it.
 */
export type OutcomeAnswer =
  | { readonly kind: "append"; readonly facts: Facts1 }
  | { readonly kind: "later"; readonly until: Time }
  | { readonly kind: "nothing" }

/** The facts of an attempt's answer. For a step in doubt only a success counts, as a late outcome; all else stays in doubt. */
export function outcomeFacts(answered: AnsweredStep<AttemptAnswer>): OutcomeAnswer {
  const { answer, step, contract } = answered
  const { ref } = contract.pin
  const awaited =
    step.state.status === "running" || (step.state.status === "inDoubt" && answer.kind === "succeeded")
  if (!awaited) return { kind: "nothing" }
  switch (answer.kind) {
    case "succeeded":
      return succeeded(answered, answer.output, answer.providerRef, "handler")
    case "rejected":
      // A rejection says nothing about an earlier attempt, unless the provider gives one key the same answer each time.
      if (mayHaveHappened(step, contract) && contract.effect !== "keyed") return doubt(answered, "unclear")
      return write(
        failedFact(
          answered,
          { ...failure("HANDLER_REJECTED", { contract: ref }, { providerCode: answer.code }) },
          null,
          "handler",
        ),
      )
    case "notSent": {
      const error = failure("HANDLER_UNAVAILABLE", { contract: ref })
      if (step.tries.started < contract.attemptsMax)
        return write(failedFact(answered, error, delay(answered, 0), "handler"))
      // The last attempt was not sent, but an earlier one may have arrived.
      return mayHaveHappened(step, contract)
        ? doubt(answered, "unclear")
        : write(failedFact(answered, error, null, "handler"))
    }
    case "unknown": {
      const { code: providerCode } = answer
      const extras = providerCode === undefined ? {} : { providerCode }
      const error = failure("HANDLER_FAILED", { contract: ref }, extras)
      return uncertain(answered, { error, because: "unclear", retryAfterMs: answer.retryAfterMs ?? 0 })
    }
    case "timedOut": {
      const seconds = Math.ceil(contract.deadlineMs / 1000)
      const error = failure("HANDLER_TIMEOUT", { contract: ref, seconds })
      return uncertain(answered, { error, because: "timeout", retryAfterMs: 0 })
    }
  }
}

/** The facts of a probe's last answer: it happened, it certainly did not, or a person must find out. */
export function probeFacts(answered: AnsweredStep<ProbeAnswer>): OutcomeAnswer {
  const { answer, step, contract } = answered
  if (step.state.status !== "running") return { kind: "nothing" }
  switch (answer.kind) {
    case "found":
      return succeeded(answered, answer.output, answer.providerRef, "probe")
    case "notFound": {
      const error = failure("HANDLER_UNAVAILABLE", { contract: contract.pin.ref })
      return write(
        failedFact(
          answered,
          error,
          step.tries.started < contract.attemptsMax ? delay(answered, 0) : null,
          "probe",
        ),
      )
    }
    case "cannotTell":
      return doubt(answered, "probeInconclusive")
  }
}

/** The fact that the effect of the last attempt is unknown, with every step that waits for it; `fault` is what the handler threw. */
export function inDoubtFact(execution: Execution, step: Step, because: DoubtCause, fault?: Fault): Fact {
  const dependants: readonly StepKey[] =
    execution.plan === null || step.role === "undo" ? [] : dependantsOf(execution.plan.plan, step.key)
  return {
    kind: "controlPlane.execution.step.inDoubt@1",
    payload: {
      ...stepFieldsOf(step),
      role: step.role,
      attempt: step.tries.started,
      because,
      ...(fault === undefined ? {} : { fault }),
      deadline: step.sent?.deadline ?? execution.updatedAt,
      dependants,
    },
  }
}

/** An attempt that may have taken effect: how it is written as a failure, and as a doubt. */
interface Uncertain {
  readonly error: StepFailure
  readonly because: "timeout" | "unclear"
  readonly retryAfterMs: number
}

function uncertain(
  answered: AnsweredStep<AttemptAnswer>,
  { error, because, retryAfterMs }: Uncertain,
): OutcomeAnswer {
  const { step, contract, now } = answered
  const left = step.tries.started < contract.attemptsMax
  const again = (): OutcomeAnswer =>
    write(failedFact(answered, error, delay(answered, retryAfterMs), "handler"))
  switch (contract.effect) {
    case "pure":
    case "read":
      return left ? again() : write(failedFact(answered, error, null, "handler"))
    case "natural":
      return left ? again() : doubt(answered, because)
    case "keyed": {
      const passed = windowPassed({
        firstStartedAt: step.tries.firstStartedAt ?? now,
        windowMs: contract.facts.windowMs,
        now,
      })
      return passed ? doubt(answered, "windowPassed") : left ? again() : doubt(answered, because)
    }
    case "probeable":
      // Nothing is written: the recovery table probes when the probe can tell.
      return { kind: "later", until: doubtTime(answered) }
    case "unsafe":
      return doubt(answered, because)
  }
}

function succeeded(
  answered: AnsweredStep<AttemptAnswer | ProbeAnswer>,
  output: Json,
  providerRef: string | undefined,
  source: "handler" | "probe",
): OutcomeAnswer {
  const { step, contract, now } = answered
  // What no reader of the trace takes is never written. Before anything goes through it: it may be nested too deep to be spelled.
  if (!isWithin(output, stepOutputLimits)) return outputInvalid(answered, utf8(JSON.stringify(output)))
  const parsed = contract.facts.parseOutput(output)
  const bytes = parsed.ok ? canonicalBytes(parsed.value) : null
  if (!parsed.ok || bytes === null || bytes.length > stepOutputBytesMax)
    return outputInvalid(answered, canonicalBytes(output))
  const late = step.state.status === "inDoubt"
  const completed: Fact = {
    kind: "controlPlane.execution.step.completed@1",
    payload: {
      attempt: step.tries.started,
      durationMs: elapsed(step, now),
      generation: step.generation,
      ...(step.index === null ? {} : { index: step.index }),
      key: step.key,
      late,
      output: parsed.value,
      outputDigest: digestOf("counterfoil.output.v1", bytes),
      ...(providerRef === undefined ? {} : { providerRef }),
      role: step.role,
      source,
      stepId: step.stepId,
    },
  }
  const announced = announcement(answered, parsed.value)
  return announced === null ? write(completed) : write(completed, announced)
}

// A governing command's change as a fact of its own: the command's input and output.
function announcement(
  { step, contract }: AnsweredStep<AttemptAnswer | ProbeAnswer>,
  output: Json,
): Fact | null {
  const { announces } = contract.facts
  if (announces === null || step.sent === null || !isObject(step.sent.input) || !isObject(output)) return null
  const fact = factOf(announces, { ...step.sent.input, ...output })
  invariant(fact !== null, "INV-07", { announces })
  return fact
}

// The call took effect, but its output is unusable: a person must look at an effect, and nothing is sent again.
function outputInvalid(
  answered: AnsweredStep<AttemptAnswer | ProbeAnswer>,
  outputBytes: Uint8Array,
): OutcomeAnswer {
  const { contract } = answered
  const detailsDigest = digestOf("counterfoil.output.v1", outputBytes)
  if (!isRepeatable(contract)) return doubt(answered, "unclear")
  return write(
    failedFact(
      answered,
      failure("OUTPUT_INVALID", { contract: contract.pin.ref }, { detailsDigest }),
      null,
      "handler",
    ),
  )
}

function doubt(answered: AnsweredStep<AttemptAnswer | ProbeAnswer>, because: DoubtCause): OutcomeAnswer {
  if (answered.step.state.status === "inDoubt") return { kind: "nothing" }
  const until = doubtTime(answered)
  if (answered.now < until) return { kind: "later", until }
  return write(inDoubtFact(answered.execution, answered.step, because, faultIn(answered.answer)))
}

const faultIn = (answer: AttemptAnswer | ProbeAnswer): Fault | undefined =>
  "fault" in answer ? answer.fault : undefined

function failedFact(
  { answer, step, now }: AnsweredStep<AttemptAnswer | ProbeAnswer>,
  error: StepFailure,
  retryAt: Time | null,
  source: "handler" | "probe",
): Fact {
  const fault = faultIn(answer)
  return {
    kind: "controlPlane.execution.step.failed@1",
    payload: {
      ...stepFieldsOf(step),
      role: step.role,
      attempt: step.tries.started,
      final: retryAt === null,
      error: retryAt === null ? { ...error, retryable: false } : error,
      ...(fault === undefined ? {} : { fault }),
      ...(retryAt === null ? {} : { retryAt }),
      source,
      durationMs: elapsed(step, now),
    },
  }
}

function delay({ step, now, unit }: AnsweredStep<AttemptAnswer | ProbeAnswer>, retryAfterMs: number): Time {
  const asked = Math.min(retryAfterMs, retryPolicy.retryAfterMsMax)
  return addMs(now, Math.max(asked, retryDelayMs(step.tries.started, retryPolicy, unit)))
}

const write = (...facts: Facts1): OutcomeAnswer => ({ kind: "append", facts })
const doubtTime = ({ step, now }: AnsweredStep<AttemptAnswer | ProbeAnswer>): Time =>
  inDoubtNotBefore(step.sent?.deadline ?? now)
const isRepeatable = ({ effect }: StepContract): boolean => effect === "pure" || effect === "read"
const elapsed = (step: Step, now: Time): number =>
  step.sent === null ? 0 : Math.max(0, msOfTime(now) - msOfTime(step.sent.startedAt))
