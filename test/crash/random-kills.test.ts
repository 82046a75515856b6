// A stream of executions with holds, while the process is killed again and again at random moments.
// The judge is the ledger: it is outside of the control plane, and no line of it is written by what is judged.

import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/adapters"
import type { ExecutionView } from "@counterfoil/contracts"
import { diceOf } from "../replay/dice.ts"
import { approve, openRequests, readExecution, submitDraft } from "../support/asking.ts"
import { startCrashPlane, type CrashPeople, type CrashPlane } from "../support/crash-plane.ts"
import { newDataFolder } from "../support/data-folder.ts"
import { effectRef, type EffectName } from "../support/effect-handlers.ts"
import { openLedger } from "../support/ledger.ts"
import { headStart, until } from "../support/until.ts"

const kills = 10
const executionsMax = 60
const folder = newDataFolder("kills")
const settings = {
  data: folder.path,
  ledger: join(folder.path, "ledger.jsonl"),
  deadline: "PT2S",
  armed: false,
}
const ledger = openLedger(settings.ledger)
/** In the order of the plan: each waits for the one before. */
const classes: readonly EffectName[] = ["natural", "probeable", "keyed", "unsafe"]

/** Execution by number, once it was acknowledged. */
const acknowledged = new Map<number, string>()
let plane: CrashPlane
let people: CrashPeople

afterAll(async () => {
  await plane.stop()
  folder.remove()
})

/** Does something until told to end; what a killed process did not answer is asked again later. */
async function keepOn(alive: () => boolean, act: () => Promise<unknown>): Promise<void> {
  while (alive()) {
    try {
      await act()
    } catch (error) {
      if (alive() && !(error instanceof TypeError)) throw error
    }
    await headStart(20)
  }
}

/** Submits the first execution that nobody has acknowledged, under its own key. */
async function submitNext(): Promise<void> {
  const numbers = Array.from({ length: executionsMax }, (_, number) => number)
  const number = numbers.find((each) => !acknowledged.has(each))
  if (number === undefined) return
  const steps = classes.map((name, at) => ({
    key: name,
    contract: effectRef(name),
    input: { label: `${number}-${name}`, point: "K10" },
    after: classes.slice(Math.max(0, at - 1), at),
  }))
  const { executionId } = await submitDraft(plane.url, people.agent, `kills-${number}`, steps)
  acknowledged.set(number, executionId)
}

async function approveAll(): Promise<void> {
  for (const item of await openRequests(plane.url, people.ana)) await approve(plane.url, people.ana, item)
}

/** Acknowledgements and what the ledger saw. */
const progress = (): number => acknowledged.size + ledger.lines().length

/** Settles what is in doubt, by what the ledger says. */
async function resolveAll(view: ExecutionView): Promise<void> {
  for (const step of view.steps ?? []) {
    if (step.status !== "inDoubt" || step.idempotencyKey === undefined) continue
    const { executionId } = view
    const number = [...acknowledged].find(([, id]) => id === executionId)?.[0]
    const happened = ledger.happened(step.idempotencyKey)
    await must(
      call(plane.url, people.ana, "POST", `/executions/${executionId}/resolve`, {
        key: `resolve-${step.stepId}-${step.generation}`,
        stepId: step.stepId,
        generation: step.generation,
        attempt: step.attempt,
        ...(happened
          ? { outcome: "happened", output: { label: `${number}-${step.key}` } }
          : { outcome: "didNotHappen" }),
        evidence: [{ kind: "statement", ref: "the ledger of the tests" }],
        reason: "the ledger was read line by line",
      }),
    )
  }
}

describe("SIGKILL at random moments, again and again", () => {
  test(
    "INV-03 INV-07 INV-14 loses nothing that was acknowledged, acts once a step, and every chain verifies",
    { timeout: 150_000 },
    async () => {
      const dice = diceOf(7)
      plane = await startCrashPlane(settings)
      if (plane.people === null) throw new Error("the folder was not empty")
      people = plane.people
      for (let kill = 0; kill < kills; kill += 1) {
        let alive = true
        const working = [submitNext, approveAll].map((act) => keepOn(() => alive, act))
        const seen = progress()
        await until("progress", 15_000, () => (progress() > seen + dice.below(8) ? true : null))
        await headStart(dice.below(60))
        alive = false
        await plane.kill()
        await Promise.all(working)
        plane = await startCrashPlane(settings)
      }
      // The last submit may have been committed without an answer: its key finds what it made.
      await submitNext()
      expect(acknowledged.size).toBeGreaterThan(kills)

      for (const executionId of acknowledged.values()) {
        await until(`end of ${executionId}`, 60_000, async () => {
          await approveAll()
          const view = await readExecution(plane.url, people.ana, executionId)
          await resolveAll(view)
          return view.status === "completed" ? view : null
        })
        const trace = await must(
          call<{ readonly chainOk: boolean }>(
            plane.url,
            people.ana,
            "GET",
            `/executions/${executionId}/trace?limit=1000`,
          ),
        )
        expect(trace.chainOk).toBe(true)
      }

      const labels = ledger.lines().flatMap(({ what, label }) => (what === "effect" ? [label] : []))
      const once = [...acknowledged.keys()].flatMap((number) => classes.map((name) => `${number}-${name}`))
      expect(labels.toSorted()).toEqual(once.toSorted())
    },
  )
})
