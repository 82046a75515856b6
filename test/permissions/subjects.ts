// What the routes of the permission matrix act on: for every caller its own executions, each in the state its route needs.
// Owns: bringing executions into those states. Does not own: the requests (requests.ts). A bystander requests all of them.

import { call, must, type Someone } from "@counterfoil/cli"
import type { ApprovalItem, ExecutionView } from "@counterfoil/contracts"
import { openRequests, readExecution, submitDraft, type DraftStep } from "../support/asking.ts"
import { effectRef, type EffectName } from "../support/effect-handlers.ts"
import { until } from "../support/until.ts"

/** States that routes need, or what is going to be done to it; `inDoubt` takes some seconds to come. */
export const states = [
  "planned",
  "held",
  "rejectable",
  "paused",
  "running",
  "failed",
  "completed",
  "inDoubt",
] as const
export type State = (typeof states)[number]

/** Executions of one caller, by state, and the open requests of the held ones. */
export interface Subjects {
  readonly of: Readonly<Record<State, ExecutionView>>
  readonly requests: Readonly<Record<"held" | "rejectable", readonly ApprovalItem[]>>
}

const step = (name: EffectName, label: string, point: string): DraftStep => ({
  key: "act",
  contract: effectRef(name),
  input: { label, point },
})

/** How each state is reached: a step, and whether it starts by itself. */
const drafts: { readonly [S in State]: readonly [EffectName, point: string] } = {
  planned: ["pure", "none"],
  held: ["probeable", "none"],
  rejectable: ["probeable", "none"],
  running: ["probeable", "none"],
  paused: ["probeable", "none"],
  failed: ["natural", "no"],
  completed: ["natural", "none"],
  inDoubt: ["brief", "K10"],
}

/** Makes the executions of one caller; `name` keeps their keys apart. */
export async function submitSubjects(url: string, requester: Someone, name: string) {
  const ids = new Map<State, string>()
  for (const state of states) {
    const [effect, point] = drafts[state]
    const more = state === "planned" ? { start: "manual" } : {}
    const key = `${name}-${state}`.replaceAll(" ", "-")
    ids.set(state, (await submitDraft(url, requester, key, [step(effect, key, point)], more)).executionId)
  }
  return ids
}

/** Waits until every one is in its state. `steers` pauses what has to be paused. */
export async function settledSubjects(
  url: string,
  steers: Someone,
  ids: ReadonlyMap<State, string>,
): Promise<Subjects> {
  const paused = ids.get("paused") ?? ""
  await openRequest(url, steers, paused)
  await must(call(url, steers, "POST", `/executions/${paused}/pause`, { key: paused, reason: "for a test" }))
  const held = await openRequest(url, steers, ids.get("held") ?? "")
  const rejectable = await openRequest(url, steers, ids.get("rejectable") ?? "")
  const views: [State, ExecutionView][] = []
  for (const state of states) {
    const wanted = ["held", "rejectable", "running"].includes(state) ? "waiting" : state
    const view = await until(`execution that is ${state}`, 30_000, async () => {
      const found = await readExecution(url, steers, ids.get(state) ?? "")
      return found.status === wanted ? found : null
    })
    views.push([state, view])
  }
  return { of: Object.fromEntries(views) as Record<State, ExecutionView>, requests: { held, rejectable } }
}

const openRequest = (url: string, who: Someone, executionId: string) =>
  until("open request", 15_000, async () => {
    const found = await openRequests(url, who, executionId)
    return found.length > 0 ? found : null
  })
