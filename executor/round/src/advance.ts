// One round of an execution: answers in, everything that follows, one append out.
// Owns: the round. Does not own: the loop (run-execution.ts), what an answer means (core).
// Keeps INV-07: a round that was stale wrote nothing, and its answers are kept for the next one.

import { type Attribution, type StepId } from "@counterfoil/contracts"
import type { AttemptAnswer, Claim, ProbeAnswer } from "@counterfoil/contracts/ports"
import { contractOf, outcomeFacts, probeFacts, type Execution, type Step } from "@counterfoil/core"
import { settle, type Settled } from "./settle.ts"
import { beginTransition, type Transition } from "./transition.ts"
import type { World } from "./world.ts"

/** An answer of a handler or a probe, for one attempt of one step. */
export type Answered = { readonly stepId: StepId; readonly generation: number; readonly attempt: number } & (
  | { readonly kind: "answer"; readonly answer: AttemptAnswer }
  | { readonly kind: "probed"; readonly answer: ProbeAnswer }
)

/** `later`: answers of which nothing may be written yet, with the time from which on it may. */
export type Round =
  | {
      readonly kind: "advanced"
      readonly execution: Execution
      readonly settled: Settled
      readonly later: readonly Answered[]
    }
  | { readonly kind: "stale" }

/** What a round starts from. `busy`: steps with a call under way. `dispatches` false: nothing new starts. */
export interface RoundOptions {
  readonly answers: readonly Answered[]
  readonly busy: ReadonlySet<string>
  readonly dispatches: boolean
}

/** Applies answers, settles, appends. Writes nothing when nothing follows. */
export async function advance(
  world: World,
  claim: Claim,
  execution: Execution,
  asked: RoundOptions,
): Promise<Round> {
  const time = world.clock.now()
  const draft = beginTransition(
    {
      environment: world.environment,
      tenant: claim.tenant,
      executionId: claim.executionId,
      fence: claim.fence,
      time,
      kindDigest: world.kindDigest,
    },
    execution,
  )
  const by = executorAttribution(execution)
  const later = asked.answers.filter((answered) => isEarly(world, draft, answered, by))
  const settled = await settle(world, draft, {
    by,
    policies: await world.policies(claim.tenant),
    dispatches: asked.dispatches,
    busy: asked.busy,
  })
  if (draft.isEmpty()) return { kind: "advanced", execution, settled, later }
  const giveBack = (): void => {
    for (const { contract } of settled.starts) world.permits.give(claim.tenant, contract.pin.ref)
  }
  const answer = await world.store
    .append(draft.append({ wakeAt: settled.wakeAt }))
    .catch((error: unknown) => {
      giveBack()
      throw error
    })
  if (answer.kind === "appended") {
    const after = draft.execution()
    world.announce(after)
    return { kind: "advanced", execution: after, settled, later }
  }
  giveBack()
  return { kind: "stale" }
}

/** Work that the system does by itself is stated by the executor, on behalf of who asked. */
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

/** Applies an answer; true when nothing may be written of it yet. */
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
