// One thread of the simulator: runs the seeds it is given and says what came of each.
// Owns: planting a mutant before anything is loaded, and the answers. Does not own: the runs (run-seed.ts), the caller (sim.ts).
// Everything but the hook is imported after it, so that production code is loaded as the mutant has it.

import { enableCompileCache, registerHooks } from "node:module"
import { parentPort, workerData } from "node:worker_threads"
import type { TraceEntry } from "@counterfoil/contracts"
import type { CaseAnswer, WorkerOrder } from "./orders.ts"
import { compileCache } from "../support/compile-cache.ts"
import { plant, type Mutant } from "./plant.ts"

const port = parentPort
if (port === null) throw new Error("this file runs as a worker of the simulator")

// What the parent handed over: it is the only one that starts this file.
const { planted } = workerData as { readonly planted: readonly Mutant[] }
// Threads with other mutants share nearly all that they load.
enableCompileCache(compileCache.NODE_COMPILE_CACHE)
if (planted.length > 0) registerHooks(plant(planted))

const { isObject } = await import("@counterfoil/contracts")
const { runSeed } = await import("./run-seed.ts")
const { checkRun } = await import("./check/check-run.ts")
const { breathe } = await import("./virtual-time.ts")
const { fingerprint } = await import("./fingerprint.ts")

port.on("message", (order: WorkerOrder) => {
  void answerAll(order)
})

async function answerAll({ cases, withTrees }: WorkerOrder): Promise<void> {
  const answers: CaseAnswer[] = []
  for (const asked of cases) {
    const facts = await runSeed(asked)
    const checked = await checkRun(facts)
    answers.push({
      asked,
      violations: checked.violations,
      seen: [...checked.seen],
      struck: [...facts.struck],
      chosen: [...facts.chosen].sort(),
      wishes: facts.wishes.length,
      statuses: facts.rows.map(({ status }) => status),
      events: facts.events,
      kinds: facts.book.commits.flatMap(({ append }) => append.entries.map(kindOf)),
      fingerprint: fingerprint(facts),
      trees: withTrees || checked.violations.length > 0 ? checked.trees() : "",
    })
  }
  await breathe()
  port?.postMessage(answers)
}
/** The kind of an entry, and of a review what it said. */
function kindOf({ head: { kind }, payload }: TraceEntry): string {
  if (kind !== "controlPlane.approval.reviewed@1" || !isObject(payload)) return kind
  const { decision, late } = payload
  return [kind, ...(typeof decision === "string" ? [decision] : []), ...(late === true ? ["late"] : [])].join(
    " ",
  )
}

port.postMessage("ready")
