// What must hold of the order of things: the DAG, cancel and pause, retries, fan-outs, undo, and that everything ends.
// Owns: these checks, read off the trace alone. Does not own: effects (check-effects.ts).

import type { Plan } from "@counterfoil/contracts"
import { closesWithinMs } from "../run-seed.ts"
import { each, ofKind, together, type Check, type InspectedExecution } from "./inspected.ts"

const startsOf = (one: InspectedExecution) => ofKind(one.told, "controlPlane.execution.step.started@1")
const planOf = ({ told }: InspectedExecution): Plan | null =>
  ofKind(told, "controlPlane.plan.compiled@1")[0]?.payload.plan ?? null
const everyStart = (
  shows: string,
  name: string,
  fault: (one: InspectedExecution, start: ReturnType<typeof startsOf>[number]) => string | null,
): Check => ({
  name,
  shows,
  run: ({ executions }) =>
    together(
      executions.map((one) =>
        each(startsOf(one), (start) => {
          const found = fault(one, start)
          return found === null ? null : `${one.row.executionId} ${start.payload.key}: ${found}`
        }),
      ),
    ),
})

const cancelled = everyStart(
  "INV-09",
  "no forward step starts after a committed cancel",
  ({ told }, { seq, payload }) => {
    const cancel = ofKind(told, "controlPlane.execution.cancelRequested@1")[0]
    return payload.role === "do" && cancel !== undefined && cancel.seq < seq
      ? "started after the cancel"
      : null
  },
)

const paused = everyStart("INV-09", "nothing starts while an execution is paused", ({ told }, { seq }) => {
  const last = told.findLast(
    ({ fact, seq: before }) =>
      before < seq &&
      (fact.kind === "controlPlane.execution.paused@1" ||
        fact.kind === "controlPlane.execution.resumed@1" ||
        fact.kind === "controlPlane.execution.cancelRequested@1"),
  )
  return last?.fact.kind === "controlPlane.execution.paused@1" ? "started while paused" : null
})

const dag = everyStart("INV-09", "a step starts after what it needs", (one, { seq, payload }) => {
  if (payload.role === "undo") return null
  const step = planOf(one)?.steps.find(({ key }) => key === payload.key)
  if (step === undefined) return "not in the plan"
  const over = (key: string, kinds: readonly string[]): boolean =>
    one.told.some(
      ({ fact, seq: before }) =>
        before < seq &&
        kinds.includes(fact.kind) &&
        "key" in fact.payload &&
        fact.payload.key === key &&
        !("index" in fact.payload && fact.payload.index !== undefined),
    )
  const done = ["controlPlane.execution.step.completed@1", "controlPlane.execution.step.resolved@1"]
  const missing = [
    ...step.needs.filter((key) => !over(key, [...done, "controlPlane.execution.step.skipped@1"])),
    ...step.after.filter((key) => !over(key, [...done, "controlPlane.execution.step.skipped@1"])),
  ]
  return missing.length === 0 ? null : `started before ${missing.join(", ")}`
})

const finished = everyStart("INV-09", "a finished step never runs again", ({ told }, { seq, payload }) => {
  const { stepId, generation, attempt } = payload
  const done = told.some(
    ({ fact, seq: before }) =>
      before < seq &&
      (fact.kind === "controlPlane.execution.step.completed@1" ||
        (fact.kind === "controlPlane.execution.step.failed@1" && fact.payload.final)) &&
      fact.payload.stepId === stepId &&
      fact.payload.generation === generation,
  )
  if (done) return "started after it was finished"
  const same = ofKind(told, "controlPlane.execution.step.started@1").filter(
    (other) => other.payload.stepId === stepId && other.payload.generation === generation && other.seq < seq,
  )
  return same.length + 1 === attempt ? null : `attempt ${attempt} is the ${same.length + 1}.`
})

const stopping = everyStart(
  "INV-09",
  "after a final failure no forward step starts",
  ({ told }, { seq, payload }) => {
    if (payload.role === "undo") return null
    const retried =
      told.findLast(
        ({ fact, seq: before }) =>
          before < seq && fact.kind === "controlPlane.execution.resumed@1" && fact.payload.cause === "retry",
      )?.seq ?? 0
    const failure = told.find(
      ({ fact, seq: before }) =>
        before < seq &&
        before > retried &&
        ((fact.kind === "controlPlane.execution.step.failed@1" &&
          fact.payload.final &&
          fact.payload.role === "do" &&
          fact.payload.index === undefined) ||
          (fact.kind === "controlPlane.execution.step.blocked@1" &&
            fact.payload.role === "do" &&
            fact.payload.index === undefined)),
    )
    return failure === undefined ? null : `started after the failure at ${failure.seq}`
  },
)

const backOff = everyStart("INV-09", "a retry waits for its time", ({ told }, { seq, time, payload }) => {
  const before = ofKind(told, "controlPlane.execution.step.failed@1").findLast(
    ({ payload: failed, seq: at }) =>
      at < seq && failed.stepId === payload.stepId && failed.generation === payload.generation,
  )
  const retryAt = before?.payload.retryAt
  return retryAt !== undefined && time < retryAt ? `started at ${time}, due at ${retryAt}` : null
})

const fanOut: Check = {
  name: "a fan-out runs once for each element",
  shows: "INV-09",
  run: ({ executions }) =>
    together(
      executions.map(({ told, row }) =>
        each(
          ofKind(told, "controlPlane.execution.step.completed@1").filter(
            ({ payload }) => payload.source === "fanOut",
          ),
          ({ payload }) => {
            const length = Array.isArray(payload.output) ? payload.output.length : -1
            const indexes = new Set(
              ofKind(told, "controlPlane.execution.step.completed@1").flatMap((one) =>
                one.payload.key === payload.key && one.payload.index !== undefined ? [one.payload.index] : [],
              ),
            )
            // The outside always answers three items.
            return length === 3 && indexes.size <= 3
              ? null
              : `${row.executionId} ${payload.key}: ${length} of 3 elements`
          },
        ),
      ),
    ),
}

const undo: Check = {
  name: "undo follows its step, once, and leaves out nothing",
  shows: "INV-09",
  run: ({ executions, facts }) => {
    const once = new Map<string, Set<string>>()
    for (const { contract, input, key } of facts.outside.calls) {
      if (contract !== "sim.unpay@1" || typeof input !== "object" || input === null || !("of" in input))
        continue
      const { of } = input
      if (typeof of !== "string") continue
      if (facts.outside.effectsOf(key).length > 0) once.set(of, (once.get(of) ?? new Set()).add(key))
    }
    return together([
      each([...once], ([of, keys]) =>
        keys.size === 1 || facts.book.wrong.size > 0 ? null : `${of}: given back ${keys.size} times`,
      ),
      ...executions.map((one) =>
        each(ofKind(one.told, "controlPlane.execution.step.completed@1"), ({ payload, seq }) =>
          undoFault(one, payload, seq),
        ),
      ),
    ])
  },
}

function undoFault(
  one: InspectedExecution,
  payload: {
    readonly key: string
    readonly role: string
    readonly index?: number | undefined
    readonly source: string
  },
  seq: number,
): string | null {
  const { told, row, execution } = one
  if (payload.role === "undo") {
    const forward = ofKind(told, "controlPlane.execution.step.completed@1").some(
      (other) =>
        other.payload.role === "do" &&
        other.payload.key === payload.key &&
        other.payload.index === payload.index &&
        other.seq < seq,
    )
    const resolved = ofKind(told, "controlPlane.execution.step.resolved@1").some(
      (other) => other.payload.key === payload.key && other.seq < seq,
    )
    return forward || resolved ? null : `${row.executionId} ${payload.key}: undone before it was done`
  }
  const wanted =
    (row.status === "cancelled" && execution?.cancel?.undo === "completed") ||
    (row.status === "failed" && execution?.plan?.onFailure === "undo" && execution.startedAt !== null)
  const step = execution?.steps.find(
    (each) => each.role === "do" && each.key === payload.key && each.index === (payload.index ?? null),
  )
  if (!wanted || step === undefined || step.planStep.undo === null || payload.source === "fanOut") return null
  const back = execution?.steps.find(
    (each) => each.role === "undo" && each.key === payload.key && each.index === (payload.index ?? null),
  )
  if (back === undefined) return `${row.executionId} ${payload.key}: it is completed, and should be undone`
  const undone = step.state.status === "undone"
  return undone || back.state.status === "failed" || back.state.status === "blocked"
    ? null
    : `${row.executionId} ${payload.key}: ${back.state.status}, and not undone`
}

const ends: Check = {
  name: "everything ends once nothing goes wrong any more",
  shows: "INV-14",
  run: ({ facts, executions }) => {
    const open = each(executions, ({ row }) =>
      row.endedAt !== null
        ? null
        : `${row.executionId} is ${row.status} after ${closesWithinMs} ms without a change`,
    )
    const wishes =
      facts.closed || open.faults.length > 0 || executions.length > 0 ? [] : ["no wish became an execution"]
    return { seen: executions.length, faults: [...open.faults, ...wishes] }
  },
}

const completed: Check = {
  name: "what is completed has every step completed or skipped",
  shows: "INV-09",
  run: ({ executions }) =>
    each(
      executions.filter(({ row }) => row.status === "completed"),
      ({ execution, row }) => {
        const whole = execution?.steps.filter(({ role, index }) => role === "do" && index === null) ?? []
        const left = whole.find(({ state }) => state.status !== "completed" && state.status !== "skipped")
        return left === undefined ? null : `${row.executionId} ${left.key}: ${left.state.status}`
      },
    ),
}

/** The checks of order and end. */
export const flowChecks: readonly Check[] = [
  cancelled,
  paused,
  dag,
  finished,
  stopping,
  backOff,
  fanOut,
  undo,
  ends,
  completed,
]
