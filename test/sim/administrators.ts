// What administrators of a run do: change the rules, two layers at once, and say who may review.
// Owns: their choices, and asking again where no answer came. Does not own: what an activation does (the production handler).

import { ExecutionId, IdempotencyKey, PrincipalId, StepId } from "@counterfoil/contracts"
import type { HandlerAnswer } from "@counterfoil/contracts/ports"
import { ids, tenant } from "../replay/world.ts"
import { layerTexts } from "./contracts.ts"
import type { Scene } from "./people.ts"
import type { Process } from "./process.ts"

/** An administrator changes the rules, or who may review. */
export async function governOnce(scene: Scene): Promise<void> {
  const { swarm, dice, town } = scene
  if (swarm.strikes("admin.policy")) {
    const version = dice.below(2)
    await Promise.all([activate(scene, "tenant", version), activate(scene, "freeze", version)])
  }
  if (swarm.strikes("admin.role"))
    await town.setReviewing(dice.one(["ana", "ben", "cleo", "eve"]), dice.chance(0.4))
}

// As often as an executor would try, and as long as it would wait.
const triesMax = 4
const patienceMs = 8_000
const againMs = 1_500

/** Activates one layer, and asks again under the same key, at any process, until it gets an answer. */
async function activate(scene: Scene, layer: "tenant" | "freeze", version: number): Promise<void> {
  const { time, book } = scene
  const name = `${layer}-${book.activations.length + 1}`
  const activation = { name, layer, heard: null as HandlerAnswer["kind"] | null }
  book.activations.push(activation)
  for (let attempt = 1; attempt <= triesMax; attempt += 1) {
    const process = scene.anyProcess()
    const answer =
      process === null
        ? null
        : await Promise.race([
            process.govern(callOf(scene, activation, { version, attempt })),
            time.delay(patienceMs).then(() => null),
          ])
    if (answer !== null && answer.kind !== "unknown") {
      activation.heard = answer.kind
      return
    }
    await time.delay(againMs)
  }
}

function callOf(
  { database, book }: Scene,
  { name, layer }: { readonly name: string; readonly layer: "tenant" | "freeze" },
  { version, attempt }: { readonly version: number; readonly attempt: number },
): Parameters<Process["govern"]>[0] {
  const number = book.activations.findIndex((one) => one.name === name) + 1
  const id = `01kaz3v8g0e8r4n2t6w0y3${String(number).padStart(4, "0")}`
  return {
    input: {
      layer,
      policyTexts: [...layerTexts(layer, { cap: version, freeze: version }, name)],
      reason: "other rules from now on",
    },
    idempotencyKey: IdempotencyKey.parse(String(number).padStart(64, "0")),
    attempt,
    tenant,
    executionId: ExecutionId.parse(`exe_${id}`),
    stepId: StepId.parse(`stp_${id}`),
    requester: PrincipalId.parse(ids.kim),
    startedAt: database.now(),
    deadlineMs: patienceMs,
    signal: new AbortController().signal,
  }
}
