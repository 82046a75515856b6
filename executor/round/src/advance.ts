// One round of an execution in hand: applies answers, settles everything that follows, and makes one append.
// Owns: applying answers, and the result of a round. Does not own: the loop (run-execution.ts), what an answer means (core).
// Keeps INV-07: a round that was stale wrote nothing, and its answers are kept for the next one.

import { type Attribution, type StepId } from "@counterfoil/contracts"
import type { AttemptAnswer, Claim, ProbeAnswer } from "@counterfoil/contracts/ports"
import { contractOf, outcomeFacts, probeFacts, type Execution, type Step } from "@counterfoil/core"
import type { Settled } from "./settle.ts"
import { settleAndAppend, type RoundOptions } from "./settle-and-append.ts"
import { beginTransition, type Transition } from "./transition.ts"
import type { World } from "./world.ts"

/** An answer of a handler or a probe, for one attempt of one step. */
export type Answered = { readonly stepId: StepId; readonly generation: number; readonly attempt: number } & (
  | { readonly kind: "answer"; readonly answer: AttemptAnswer }
  | { readonly kind: "probed"; readonly answer: ProbeAnswer }
)

/** `later`: answers that may not be recorded yet, with the time from which on they may. */
export type Round =
  | {
      readonly kind: "advanced"
      readonly execution: Execution
      readonly settled: Settled
      readonly later: readonly Answered[]
    }
  | { readonly kind: "stale" }

/** What a round starts from. `busy`: steps with a call under way. `dispatches` false: nothing new starts. */
interface AdvanceOptions extends Pick<RoundOptions, "busy" | "dispatches"> {
  readonly answers: readonly Answered[]
}

/** Applies answers, settles, appends. Writes nothing when nothing follows. */
export async function advance(
  world: World,
  claim: Claim,
  execution: Execution,
  { answers, busy, dispatches }: AdvanceOptions,
): Promise<Round> {
  const { tenant, executionId, fence } = claim
  const draft = beginTransition(world, { tenant, executionId, fence, time: world.clock.now() }, execution)
  const by = executorAttribution(execution)
  const later = answers.filter((answered) => isEarly(world, draft, answered, by))
  const { settled, answer } = await settleAndAppend(world, draft, { by, busy, dispatches, create: null })
  if (answer === null) return { kind: "advanced", execution, settled, later }
  if (answer.kind === "appended") {
    const after = draft.execution()
    world.announce(after)
    return { kind: "advanced", execution: after, settled, later }
  }
  return { kind: "stale" }
}

/** The executor states the facts of work that the system does by itself, on behalf of the requester. */
export function executorAttribution({ intent }: Execution): Attribution {
  return {
    principal: { id: "counterfoil.executor" as Attribution["principal"]["id"], kind: "service" },
    onBehalfOf: intent.principal,
    session: null,
    capabilitySource: null,
    breakGlassId: null,
    traceparent: intent.traceparent,
  }
}

/** Applies an answer; true when it may not be recorded yet. */
function isEarly(world: World, draft: Transition, answered: Answered, by: Attribution): boolean {
  const execution = draft.execution()
  const step = execution.steps.find((one) => one.stepId === answered.stepId)
  if (step === undefined || !isAbout(step, answered)) return false
  const contract = contractOf(step, world.contracts)
  if (!contract.ok) return false
  const common = { execution, step, contract: contract.value, now: draft.time, unit: world.random.unit() }
  const outcome =
    answered.kind === "answer"
      ? outcomeFacts({ ...common, answer: answered.answer })
      : probeFacts({ ...common, answer: answered.answer })
  if (outcome.kind === "append") draft.add(by, ...outcome.facts)
  return outcome.kind === "later"
}

// A step that was settled meanwhile, by recovery or by a person, takes an answer only while it is in doubt.
const isAbout = ({ state, generation, tries }: Step, answered: Answered): boolean =>
  generation === answered.generation &&
  tries.started === answered.attempt &&
  (state.status === "running" || state.status === "inDoubt")
