// Executions with holds, submitted and approved without a pause while something fails, and what became of them.
// Owns: the load, settling what is in doubt by the ledger, the judgement. Does not own: the failing.
// The judge is the ledger: it is outside of the control plane, and no line of it is written by what is judged.

import { call, must } from "@counterfoil/cli"
import type { ExecutionView } from "@counterfoil/contracts"
import { approve, openRequests, readExecution, submitDraft } from "../support/asking.ts"
import type { CrashPeople } from "../support/crash-plane.ts"
import { effectRef, type EffectName } from "../support/effect-handlers.ts"
import type { Ledger } from "../support/ledger.ts"
import { headStart, until } from "../support/until.ts"
import type { Door } from "./bus-door.ts"

/** In the order of the plan: each waits for the one before. */
const classes: readonly EffectName[] = ["natural", "probeable", "keyed", "unsafe"]

/** What the load runs on; `url` is asked again at each call, since a restarted process listens elsewhere. */
export interface LoadOn {
  readonly name: string
  readonly url: () => string
  readonly people: CrashPeople
  readonly ledger: Ledger
  /** How many submissions are under way at once. */
  readonly hands: number
  /** How long a hand rests between two submissions: what is submitted has to be brought to its end. */
  readonly restMs: number
  /** A second way in, which every third hand takes. */
  readonly door?: Door
}

/** What was found at the end. */
export interface LoadJudged {
  readonly executions: number
  readonly effects: number
  readonly settledByPeople: number
  readonly faults: readonly string[]
}

/** A load under way. */
export interface Load {
  /** Acknowledgements and what the ledger saw: it grows while anything works. */
  progress(): number
  /** Executions that were acknowledged so far. */
  acknowledged(): number
  /** Stops submitting; acknowledged work continues. */
  rest(): Promise<void>
  /** After `rest`: brings everything to its end and compares. */
  judge(withinMs: number): Promise<LoadJudged>
}

/** Begins a load. */
export function beginLoad({ name, url, people, ledger, hands, restMs, door }: LoadOn): Load {
  const acknowledged = new Map<number, string>()
  let next = 0
  let alive = true
  let settledByPeople = 0

  const submit = async (number: number, by: Door | undefined): Promise<void> => {
    const steps = classes.map((effect, at) => ({
      key: effect,
      contract: effectRef(effect),
      input: { label: `${name}-${number}-${effect}`, point: "K10" },
      after: classes.slice(Math.max(0, at - 1), at),
    }))
    const key = `${name}-${number}`
    const executionId =
      by !== undefined
        ? await by.submit(url(), people.agent, key, steps)
        : (await submitDraft(url(), people.agent, key, steps)).executionId
    acknowledged.set(number, executionId)
  }
  const approveAll = async (): Promise<void> => {
    for (const item of await openRequests(url(), people.ana)) await approve(url(), people.ana, item)
  }
  /** Repeats a call until the end. A request that is not answered, or refused for now, is sent again under its key. */
  const keepOn = async (act: () => Promise<unknown>): Promise<void> => {
    while (alive) {
      await act().catch(() => undefined)
      await headStart(restMs)
    }
  }
  const submitOn = (hand: number): Promise<void> => {
    let mine = next++
    return keepOn(async () => {
      await submit(mine, hand % 3 === 0 ? door : undefined)
      mine = next++
    }).then(() => {
      unanswered.add(mine)
    })
  }
  const unanswered = new Set<number>()
  const working = [...Array.from({ length: hands }, (_, hand) => submitOn(hand)), keepOn(approveAll)]

  const resolveAll = async (number: number, view: ExecutionView): Promise<void> => {
    for (const step of view.steps ?? []) {
      if (step.status !== "inDoubt" || step.idempotencyKey === undefined) continue
      const happened = ledger.happened(step.idempotencyKey)
      settledByPeople += 1
      await must(
        call(url(), people.ana, "POST", `/executions/${view.executionId}/resolve`, {
          key: `resolve-${step.stepId}-${step.generation}`,
          stepId: step.stepId,
          generation: step.generation,
          attempt: step.attempt,
          ...(happened
            ? { outcome: "happened", output: { label: `${name}-${number}-${step.key}` } }
            : { outcome: "didNotHappen" }),
          evidence: [{ kind: "statement", ref: "the ledger of the tests" }],
          reason: "the ledger was read line by line",
        }),
      )
    }
  }
  /** Brings all of them to their end together; answers those that did not get there. */
  const finishAll = async (withinMs: number): Promise<ReadonlyMap<number, string>> => {
    const open = new Map(acknowledged)
    const endAt = performance.now() + withinMs
    while (open.size > 0 && performance.now() < endAt) {
      await approveAll().catch(() => undefined)
      for (const [number, executionId] of open) {
        const seen = await readExecution(url(), people.ana, executionId).catch(() => null)
        if (seen === null) continue
        await resolveAll(number, seen).catch(() => undefined)
        if (seen.status === "completed") open.delete(number)
      }
      await headStart(restMs)
    }
    return open
  }
  const chainOf = (executionId: string): Promise<{ readonly chainOk: boolean }> =>
    must(call(url(), people.ana, "GET", `/executions/${executionId}/trace?limit=1000`))
  return {
    progress: () => acknowledged.size + ledger.size(),
    acknowledged: () => acknowledged.size,
    rest: async () => {
      alive = false
      await Promise.all(working)
    },
    judge: async (withinMs) => {
      for (const number of unanswered)
        await until(`answer to ${name}-${number}`, withinMs, () =>
          submit(number, undefined).then(
            () => true,
            () => null,
          ),
        )
      const faults: string[] = []
      for (const [number, executionId] of await finishAll(withinMs))
        faults.push(`${name}-${number} (${executionId}) did not complete`)
      for (const executionId of acknowledged.values())
        if (!(await chainOf(executionId)).chainOk) faults.push(`the chain of ${executionId} does not verify`)
      const effects = ledger
        .lines()
        .flatMap(({ what, label }) => (what === "effect" && label.startsWith(`${name}-`) ? [label] : []))
      const times = Map.groupBy(effects, (label) => label)
      for (const number of acknowledged.keys())
        for (const effect of classes) {
          const count = times.get(`${name}-${number}-${effect}`)?.length ?? 0
          if (count !== 1) faults.push(`${name}-${number}-${effect} happened ${count} times`)
        }
      return { executions: acknowledged.size, effects: effects.length, settledByPeople, faults }
    },
  }
}
