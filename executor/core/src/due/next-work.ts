// What to do next: the pure heart of the executor.
// Owns: which steps are due and in what order. Does not own: doing it, nor the state (evolve.ts).
// Keeps INV-09 (nothing finished, cancelled or undecided is ever offered) and the bounds on what runs at once.

import { stepsInFlightMax, type Time } from "@counterfoil/contracts"
import { lookAtApprovals } from "./approval-work.ts"
import type { ContractLookup } from "../state/contract-facts.ts"
import { isCall, isStopping } from "../state/execution-status.ts"
import type { Execution, Step } from "../state/execution.ts"
import { finishFacts, startFact } from "./finish.ts"
import type { Look, Room, StepLook } from "./look.ts"
import { callsOnce, type StepCalls } from "../state/step-call.ts"
import { lookAtStep } from "./step-work.ts"
import type { Outlook, Work } from "../facts/work.ts"

/** Everything that is due at `now`; empty when nothing is. Deterministic: the same trace and time give the same work. */
export const nextWork = (execution: Execution, now: Time, contracts: ContractLookup): readonly Work[] =>
  lookAhead(execution, now, contracts).work

/** When a worker has something to do next: now, later, or null while only a person can move the execution. */
export const wakeAt = (execution: Execution, now: Time, contracts: ContractLookup): Time | null =>
  lookAhead(execution, now, contracts).wakeAt

/** `nextWork` and `wakeAt` together. A caller that calls it several times within one transition passes its own `calls`. */
export function lookAhead(
  execution: Execution,
  now: Time,
  contracts: ContractLookup,
  calls: StepCalls = callsOnce(contracts),
): Outlook {
  switch (execution.life.at) {
    case "rejected":
    case "cancelled":
    case "completed":
    case "failed":
      return { work: [], wakeAt: null }
    case "received":
      return { work: execution.cancel === null ? [{ kind: "compile" }] : finishFacts(execution), wakeAt: now }
    case "planned":
    case "started":
      return outlookOf(lookAtAll({ execution, now, contracts, calls }), now)
  }
}

function lookAtAll(given: Omit<StepLook, "step" | "room">): readonly Look[] {
  const { execution, now } = given
  const looks: Look[] = [
    ...lookAtPause(execution, now),
    ...lookAtDeadline(execution, now),
    ...lookAtApprovals(execution),
  ]
  const room = roomOf(execution)
  for (const step of execution.steps) {
    const look = lookAtStep({ ...given, step, room: room.of(step) })
    if (look.kind === "decide" || look.kind === "dispatch") room.take(step, look.kind)
    looks.push(look)
  }
  if (looks.some(isWork)) return looks
  const start =
    execution.pause === null && execution.cancel === null && !isStopping(execution)
      ? startFact(execution)
      : null
  return [...looks, ...(start === null ? finishFacts(execution) : [start])]
}

function lookAtPause({ pause }: Execution, now: Time): readonly Look[] {
  if (pause === null || pause.until === null) return []
  if (now < pause.until) return [{ kind: "wait", until: pause.until }]
  return [
    { kind: "append", facts: [{ kind: "controlPlane.execution.resumed@1", payload: { cause: "timer" } }] },
  ]
}

// Only steps that could still start are stopped by it; the others look at their own times.
function lookAtDeadline(execution: Execution, now: Time): readonly Look[] {
  const { plan, cancel } = execution
  if (plan === null || cancel !== null || now >= plan.deadline || isStopping(execution)) return []
  const open = execution.steps.some(
    ({ role, state: { status } }) =>
      role === "do" &&
      (status === "ready" || status === "held" || status === "cleared" || status === "retrying"),
  )
  return open ? [{ kind: "wait", until: plan.deadline }] : []
}

const isWork = (look: Look): look is Work => look.kind !== "wait" && look.kind !== "nothing"

function outlookOf(looks: readonly Look[], now: Time): Outlook {
  const work = looks.filter(isWork)
  if (work.length > 0) return { work, wakeAt: now }
  const times = looks.flatMap((look) => (look.kind === "wait" ? [look.until] : [])).sort()
  return { work, wakeAt: times[0] ?? null }
}

/** How many more steps may be decided and dispatched: in the execution as a whole, and in each fan-out. */
interface RoomBook {
  of(step: Step): Room
  take(step: Step, kind: "decide" | "dispatch"): void
}

// Cleared steps count against deciding, so that no verdict grows old waiting for a place.
function roomOf(execution: Execution): RoomBook {
  const limit = Math.min(stepsInFlightMax, execution.plan?.plan.bounds.parallel ?? 0)
  const running = new Map<number | "all", number>()
  const cleared = new Map<number | "all", number>()
  const add = (counts: typeof running, step: Step): void => {
    counts.set("all", (counts.get("all") ?? 0) + 1)
    if (step.index !== null) counts.set(step.place, (counts.get(step.place) ?? 0) + 1)
  }
  for (const step of execution.steps.filter(isCall)) {
    if (step.state.status === "running") add(running, step)
    if (step.state.status === "cleared") add(cleared, step)
  }
  const free = (step: Step, ...counts: readonly (typeof running)[]): boolean => {
    const used = (place: number | "all"): number =>
      counts.reduce((sum, one) => sum + (one.get(place) ?? 0), 0)
    const inFanOut = step.index === null || used(step.place) < (step.planStep.each?.parallel ?? 1)
    return used("all") < limit && inFanOut
  }
  return {
    of: (step) => ({ toDispatch: free(step, running), toDecide: free(step, running, cleared) }),
    take: (step, kind) => add(kind === "dispatch" ? running : cleared, step),
  }
}
