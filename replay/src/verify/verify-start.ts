// Starts (check 9): each is of a step of the plan, in its turn, for exactly the input that was decided, allowed by the verdict that
// binds the step or by an approval of its own. Keeps INV-01, INV-02, INV-03 and INV-09 in evidence.

import { canonicalBytes, type Fact, type StepId, type Time } from "@counterfoil/contracts"
import { idempotencyKeyOf, inputDigestOf } from "@counterfoil/contracts/digest"
import type { RecordedFact } from "@counterfoil/core"
import { tallyReviews } from "@counterfoil/policy"
import { firstFault, wrong, type FoundFault, type Story, type Told } from "./story.ts"
import { callIn, isEqual, pinOf } from "./verify-verdict.ts"

type Started = Told<"controlPlane.execution.step.started@1">

/** A step's attempts in its generation, and the outcome of the last one. */
interface Attempts {
  readonly last: Started["payload"]
  readonly state: "running" | "over" | { readonly retryAt: Time }
}

/** What may start: whether the execution runs, and the state of each step that was ever started. */
export interface Runs {
  readonly began: boolean
  readonly paused: boolean
  readonly cancelled: boolean
  readonly ended: boolean
  /** Carried on in place, as the maps of a story are. */
  readonly steps: Map<StepId, Attempts>
}

/** Before anything ran. */
export const noRuns = (): Runs => ({
  began: false,
  paused: false,
  cancelled: false,
  ended: false,
  steps: new Map(),
})

/** The same after one more entry; what was given is not to be used again. */
export function runsAfter(runs: Runs, { fact }: Pick<RecordedFact, "fact">): Runs {
  if (fact.kind === "controlPlane.execution.started@1") return { ...runs, began: true }
  if (fact.kind === "controlPlane.execution.paused@1") return { ...runs, paused: true }
  if (fact.kind === "controlPlane.execution.cancelRequested@1")
    return { ...runs, cancelled: true, paused: false }
  if (fact.kind === "controlPlane.execution.resumed@1")
    return { ...runs, paused: false, ended: runs.ended && fact.payload.cause !== "retry" }
  if (fact.kind === "controlPlane.execution.step.started@1") {
    const running = { last: fact.payload, state: "running" } as const
    return { ...runs, steps: runs.steps.set(fact.payload.stepId, running) }
  }
  if (isOutcome(fact)) return outcome(runs, fact)
  return ends.includes(fact.kind) ? { ...runs, ended: true } : runs
}

const ends: readonly Fact["kind"][] = [
  "controlPlane.execution.completed@1",
  "controlPlane.execution.failed@1",
  "controlPlane.execution.cancelled@1",
]

type Outcome = Extract<Fact, { kind: `controlPlane.execution.step.${"failed" | "completed" | "inDoubt"}@1` }>

const isOutcome = (fact: Fact): fact is Outcome =>
  fact.kind === "controlPlane.execution.step.failed@1" ||
  fact.kind === "controlPlane.execution.step.completed@1" ||
  fact.kind === "controlPlane.execution.step.inDoubt@1"

function outcome(runs: Runs, { payload }: Outcome): Runs {
  const known = runs.steps.get(payload.stepId)
  if (known === undefined) return runs
  const retryAt = "final" in payload && !payload.final ? payload.retryAt : undefined
  const state = retryAt === undefined ? ("over" as const) : { retryAt }
  return { ...runs, steps: runs.steps.set(payload.stepId, { ...known, state }) }
}

/** What is wrong with a failure: one that is tried again says when. */
export function failureFault(
  { steps }: Runs,
  told: Told<"controlPlane.execution.step.failed@1">,
): FoundFault {
  const { stepId, final, retryAt } = told.payload
  return steps.has(stepId) && !final && retryAt === undefined
    ? wrong("CONSUMPTION", told, "/payload/retryAt", "a failure that is tried again does not say when")
    : null
}

/** What is wrong with a start. */
export function startFault(story: Story, runs: Runs, told: Started): FoundFault {
  return firstFault(
    () => lifeFault(runs, told),
    () => turnFault(runs, told),
    () => callFault(story, runs, told),
    () => boundFault(story, runs, told),
  )
}

function lifeFault({ began, ended, paused, cancelled }: Runs, told: Started): FoundFault {
  const stops = !began || ended || paused || (cancelled && told.payload.role === "do")
  return stops ? wrong("CONSUMPTION", told, "/head/kind", "a step starts although none may start now") : null
}

/** Attempt 1 comes before attempt 2, and another only after one that failed for certain and may be tried again. */
function turnFault({ steps }: Runs, told: Started): FoundFault {
  const { stepId, generation, attempt } = told.payload
  const no = (at: string, because: string) => wrong("CONSUMPTION", told, at, because)
  const known = steps.get(stepId)
  if (known === undefined)
    return attempt === 1 ? null : no("/payload/attempt", "there was no attempt before it")
  const { last, state } = known
  if (state === "running") return no("/payload/stepId", "the step is running already")
  if (generation > last.generation)
    return attempt === 1 ? null : no("/payload/attempt", "a generation begins at 1")
  if (generation < last.generation) return no("/payload/generation", "the generation goes back")
  if (attempt !== last.attempt + 1) return no("/payload/attempt", "not the attempt that comes next")
  if (state === "over") return no("/payload/attempt", "the step is not to be tried again")
  return told.head.time < state.retryAt ? no("/head/time", "the step is tried again too early") : null
}

function callFault(story: Story, { steps }: Runs, told: Started): FoundFault {
  const { payload } = told
  const no = (at: string, because: string) => wrong("CONSUMPTION", told, at, because)
  const call = callIn(story.plan, payload)
  if (call === null) return no("/payload/stepId", "the plan has no such step")
  if (!isEqual(payload.contract, pinOf(call)) || payload.effect !== call.effect)
    return no("/payload/contract", "the step's contract is another one")
  const inputDigest = inputDigestOf(canonicalBytes(payload.input))
  if (payload.inputDigest !== inputDigest) return no("/payload/inputDigest", "another input than its digest")
  const key = idempotencyKeyOf({
    ...story,
    stepId: payload.stepId,
    generation: payload.generation,
    contractDigest: payload.contract.digest,
    inputDigest,
  })
  if (payload.idempotencyKey !== key) return no("/payload/idempotencyKey", "another key than the effect's")
  const before = steps.get(payload.stepId)?.last
  return before !== undefined && before.generation === payload.generation && before.idempotencyKey !== key
    ? no("/payload/idempotencyKey", "another effect in one generation")
    : null
}

function boundFault(story: Story, { steps }: Runs, told: Started): FoundFault {
  const { payload } = told
  const no = (at: string, because: string) => wrong("CONSUMPTION", told, `/payload/${at}`, because)
  const verdict = story.verdicts.get(payload.stepId)?.payload
  if (verdict === undefined || verdict.generation !== payload.generation)
    return no("verdictDigest", "no verdict binds this step")
  const { core } = verdict.verdict
  if (verdict.verdictDigest !== payload.verdictDigest || core.inputDigest !== payload.inputDigest)
    return no("verdictDigest", "the verdict that binds this step is another one")
  const { approvalId, approvalDigest, reviewIds } = payload
  if (core.decision === "allow")
    return approvalId === undefined && approvalDigest === undefined && reviewIds.length === 0
      ? null
      : no("approvalId", "an approval is named that nothing asked for")
  if (core.decision === "deny" || approvalId === undefined)
    return no("approvalId", "the verdict does not allow this start")
  const before = steps.get(payload.stepId)
  const isAgain =
    before !== undefined && typeof before.state === "object" && before.last.approvalId === approvalId
  return approvalFault(story, told, approvalId, isAgain)
}

function approvalFault(
  { requests }: Story,
  told: Started,
  approvalId: NonNullable<Started["payload"]["approvalId"]>,
  isAgain: boolean,
): FoundFault {
  const { head, payload } = told
  const no = (at: string, because: string) => wrong("CONSUMPTION", told, at, because)
  const request = requests.get(approvalId)
  if (request === undefined) return no("/payload/approvalId", "there is no such request before this entry")
  const { stepId, generation, contract, inputDigest, idempotencyKey, verdictDigest } = payload
  const bound = {
    ...request.payload.statement,
    stepId,
    generation,
    contract,
    inputDigest,
    idempotencyKey,
    verdictDigest,
  }
  if (request.payload.approvalDigest !== payload.approvalDigest || !isEqual(request.payload.statement, bound))
    return no("/payload/approvalDigest", "the approval is for something else")
  const { met, missing } = tallyReviews(
    request.payload.obligations,
    [...request.latest.values()],
    request.excluded,
  )
  const people = new Set(met.map(({ human }) => human))
  const given = request.counted.filter(({ decision, human }) => decision === "approve" && people.has(human))
  if (missing.length > 0) return no("/payload/approvalId", "the quorum was not met")
  if (
    !isEqual(
      payload.reviewIds,
      given.map(({ reviewId }) => reviewId),
    )
  )
    return no("/payload/reviewIds", "other reviews made the quorum")
  // A later attempt goes on under the approval that its first one used, and no other step or attempt may.
  if (isAgain && request.status === "consumed") return null
  if (request.status !== "approved") return no("/payload/approvalId", `the approval is ${request.status}`)
  return request.notBefore === null || head.time < request.notBefore || head.time >= request.payload.expiresAt
    ? no("/head/time", "the approval could not be used at that time")
    : null
}
