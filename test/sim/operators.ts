// What operators of a run do: steer an execution, resolve what is in doubt.
// Owns: their choices and mistakes. Does not own: requesters and reviewers (people.ts), who changes the rules (administrators.ts).

import { Key, type ExecutionId, type Json } from "@counterfoil/contracts"
import { evolve, recordedFact, type Execution, type Step } from "@counterfoil/core"
import { tenant } from "../replay/world.ts"
import type { Database } from "./database.ts"
import type { Swarm } from "./faults.ts"
import type { Scene } from "./people.ts"
import type { Heard, Name } from "./town.ts"

/** Gives one command about one execution. */
type Steer = (command: string, input: { readonly [field: string]: Json }) => Promise<Heard>

/** An operator reads one execution and sends one command for it. */
export async function steerOnce(scene: Scene, executionId: ExecutionId, helpful: boolean): Promise<void> {
  const { database, dice, swarm } = scene
  const execution = await stateOf(scene, executionId)
  // What has ended is steered now and then all the same: such commands are refused.
  if (execution === null || (hasEnded(execution) && dice.chance(0.9))) return
  const steer: Steer = (command, input) => {
    const process = scene.anyProcess()
    return process === null
      ? Promise.resolve({ kind: "silence" })
      : scene.town.call(process, operatorFor(command), `controlPlane.execution.${command}@1`, {
          key: Key.parse(`steer-${dice.below(1_000_000_000)}`),
          executionId,
          ...input,
        })
  }
  const doubtful = execution.steps.find(({ state }) => state.status === "inDoubt")
  if (doubtful !== undefined) return resolve(scene, execution, doubtful, steer)
  if (execution.pause !== null && (helpful || dice.chance(0.5)) && !swarm.strikes("operator.forgets")) {
    await steer("resume", { reason: "go on with it" })
    return
  }
  if (execution.life.at === "planned" && execution.intent.start === "manual" && execution.plan !== null) {
    await steer("start", { planDigest: execution.plan.planDigest })
    return
  }
  if (helpful) return
  if (execution.life.at === "failed" && dice.chance(0.8)) return retry(execution, swarm, steer)
  if (swarm.strikes("operator.cancel"))
    await steer("cancel", {
      reason: "no longer wanted",
      undo: swarm.strikes("operator.undo") ? "completed" : "none",
    })
  else if (swarm.strikes("operator.pause"))
    await steer("pause", {
      reason: "have a look at it",
      ...(dice.chance(0.5) && !swarm.strikes("operator.forgets") ? { until: later(database, 20_000) } : {}),
    })
}

// Kim registered the agent, so she settles none of its doubts at tier high (INV-06); Ana is behind no request.
const operatorFor = (command: string): Name => (command === "resolve" ? "ana" : "kim")

async function retry(execution: Execution, swarm: Swarm, steer: Steer): Promise<void> {
  const failed = execution.steps.find(
    ({ role, state }) => role === "do" && (state.status === "failed" || state.status === "blocked"),
  )
  if (failed !== undefined && swarm.strikes("operator.retry"))
    await steer("retry", { stepId: failed.stepId, reason: "once more please" })
}

// A failed one can still be retried.
const hasEnded = ({ life }: Execution): boolean =>
  life.at === "completed" || life.at === "cancelled" || life.at === "rejected"

/** An execution as its trace has it now; what was folded before is not folded again. */
async function stateOf({ database, folded }: Scene, executionId: ExecutionId): Promise<Execution | null> {
  const before = folded.get(executionId) ?? null
  const fromSeq = (before?.head.seq ?? 0) + 1
  const entries = await database.direct.trace(tenant, executionId, { fromSeq, limit: entriesMax })
  const after = entries.reduce<Execution | null>((execution, entry) => {
    const recorded = recordedFact(entry)
    const next = recorded.ok ? evolve(execution, recorded.value) : recorded
    if (!next.ok) throw new RangeError(`${executionId} ${entry.head.seq}: ${next.error.because}`)
    return next.value
  }, before)
  if (after !== null) folded.set(executionId, after)
  return after
}
const entriesMax = 10_000

const later = (database: Database, ms: number): string =>
  new Date(Date.parse(database.now()) + ms).toISOString()

// A person looks into the provider's own ledger; a careless one guesses.
async function resolve(
  { dice, swarm, outside, book }: Scene,
  execution: Execution,
  step: Step,
  steer: Steer,
): Promise<void> {
  if (step.state.status !== "inDoubt" || step.sent === null) return
  const [effect] = outside.effectsOf(step.sent.idempotencyKey)
  const careless = swarm.strikes("operator.wrong")
  if (careless) book.wrong.add(`${execution.executionId} ${step.stepId} ${step.generation}`)
  const happened = careless ? effect === undefined : effect !== undefined
  await steer("resolve", {
    stepId: step.stepId,
    generation: step.generation,
    attempt: step.state.attempt,
    outcome: happened ? "happened" : "didNotHappen",
    ...(happened
      ? { output: effect?.output ?? { id: "believed" } }
      : { next: dice.one(["runAgain", "fail"]) }),
    evidence: [{ kind: "statement", ref: "the provider's ledger" }],
    reason: "looked into the ledger of the provider",
  })
}
