// What must hold of effects: journal against the ledger that the outside kept.
// Owns: these checks. They read the ledger and the trace, and decide nothing with the code that they judge.

import { virtualMs } from "../database.ts"
import { windowMs, settleMs } from "../contracts.ts"
import { environment, tenant } from "../../replay/world.ts"
import { fourBytes, hashOf } from "./check-trace.ts"
import {
  each,
  ofKind,
  together,
  type Check,
  type Inspected,
  type InspectedExecution,
  type Payload,
} from "./inspected.ts"

type Started = Payload<"controlPlane.execution.step.started@1">
const started = "controlPlane.execution.step.started@1"

/** All starts of a run, each with its execution. */
const startsOf = ({ executions }: Inspected) =>
  executions.flatMap((one) => ofKind(one.told, started).map((told) => ({ ...told, one })))
const effectful = ({ effect }: Started): boolean => effect !== "read" && effect !== "pure"
const place = ({
  one,
  payload,
}: {
  readonly one: InspectedExecution
  readonly payload: { readonly key: string; readonly generation: number }
}): string => `${one.row.executionId} ${payload.key} generation ${payload.generation}`

const keys: Check = {
  name: "an idempotency key is what the page says",
  shows: "INV-03",
  run: (inspected) =>
    each(startsOf(inspected), (told) => {
      const { payload, one } = told
      const key = hashOf(
        "counterfoil.idem.v1",
        environment,
        tenant,
        one.row.executionId,
        payload.stepId,
        fourBytes(payload.generation),
        Buffer.from(payload.contract.digest.slice(7), "hex"),
        Buffer.from(payload.inputDigest.slice(7), "hex"),
      )
      return key === payload.idempotencyKey ? null : `${place(told)}: another key`
    }),
}

const journaled: Check = {
  name: "nothing is called before its start is durable",
  shows: "INV-01",
  run: (inspected) => {
    const starts = startsOf(inspected)
    return each(inspected.facts.outside.calls, (call) => {
      const start = starts.find(
        ({ payload }) => payload.idempotencyKey === call.key && payload.attempt === call.attempt,
      )
      if (start === undefined) return `${call.contract} was called without a start: ${call.key}`
      return (start.commit?.at ?? Number.POSITIVE_INFINITY) <= call.at
        ? null
        : `${place(start)}: called before the commit`
    })
  },
}

const oneCall: Check = {
  name: "an attempt leaves us once",
  shows: "INV-03",
  run: ({ facts }) => {
    const seen = new Set<string>()
    return each(facts.outside.calls, ({ key, attempt, contract }) => {
      const name = `${key} ${attempt}`
      const again = seen.has(name)
      seen.add(name)
      return again ? `${contract}: attempt ${attempt} of ${key} left twice` : null
    })
  },
}

const oneEffect: Check = {
  name: "a key has at most one effect",
  shows: "INV-03",
  run: ({ facts }) => {
    const counts = new Map<string, number>()
    for (const { key } of facts.outside.effects) counts.set(key, (counts.get(key) ?? 0) + 1)
    return each([...counts], ([key, count]) => (count === 1 ? null : `${key}: ${count} effects`))
  },
}

const unsafeOnce: Check = {
  name: "an unsafe step leaves us at most once a generation",
  shows: "INV-03",
  run: ({ facts }) => {
    const unsafe = facts.outside.calls.filter(
      ({ contract }) => contract === "sim.send@1" || contract === "sim.wire@1",
    )
    return each(unsafe, ({ key }) =>
      unsafe.filter((call) => call.key === key).length === 1 ? null : `${key} left again`,
    )
  },
}

const afterDoubt: Check = {
  name: "nothing is dispatched after it was in doubt",
  shows: "INV-03",
  run: ({ executions, facts }) =>
    together(
      executions.map(({ told, row }) =>
        each(ofKind(told, "controlPlane.execution.step.inDoubt@1"), (doubt) => {
          const { stepId, generation, key } = doubt.payload
          const same = ofKind(told, started).filter(
            ({ payload }) => payload.stepId === stepId && payload.generation === generation,
          )
          if (same.some(({ seq }) => seq > doubt.seq))
            return `${row.executionId} ${key}: started again after it was in doubt`
          const used = new Set(same.map(({ payload }) => payload.idempotencyKey as string))
          const late = facts.outside.calls.some(
            (call) => used.has(call.key) && call.at > (doubt.commit?.at ?? 0),
          )
          return late ? `${row.executionId} ${key}: called after it was in doubt` : null
        }),
      ),
    ),
}

const doubtTime: Check = {
  name: "nothing is in doubt while an answer may be on its way",
  shows: "INV-03",
  run: ({ executions }) =>
    together(
      executions.map(({ told, row }) =>
        each(ofKind(told, "controlPlane.execution.step.inDoubt@1"), ({ payload, time, commit }) => {
          const { deadline, key } = payload
          const early = Date.parse(deadline) + 7_000 - Date.parse(time)
          // The database's own time, with what a drifting clock may be off.
          const byDatabase = virtualMs(deadline) + 5_000 - (commit?.at ?? 0)
          return early > 0 || byDatabase > 0
            ? `${row.executionId} ${key}: in doubt ${early} ms too early`
            : null
        }),
      ),
    ),
}

const probeTime: Check = {
  name: "nothing is probed before a probe tells the truth",
  shows: "INV-03",
  run: (inspected) =>
    each(inspected.facts.outside.probes, ({ key, at }) => {
      const sent = startsOf(inspected).filter(
        ({ payload, commit }) => payload.idempotencyKey === key && (commit?.at ?? 0) <= at,
      )
      const last = sent.at(-1)
      if (last === undefined) return `${key}: probed without a start`
      // One second for a clock that drifts.
      return at + 1_000 < virtualMs(last.payload.deadline) + settleMs
        ? `${place(last)}: probed too early`
        : null
    }),
}

const window: Check = {
  name: "a keyed step is tried again only while its key is kept",
  shows: "INV-03",
  run: (inspected) =>
    each(
      startsOf(inspected).filter(({ payload }) => payload.effect === "keyed" && payload.attempt > 1),
      (told) => {
        const { one, payload } = told
        const first = ofKind(one.told, started).find(
          (other) => other.payload.idempotencyKey === payload.idempotencyKey,
        )
        const uncertain = inspected.facts.outside.calls.some(
          ({ key, attempt }) => key === payload.idempotencyKey && attempt < payload.attempt,
        )
        const passed = Date.parse(told.time) - Date.parse(first?.time ?? told.time)
        return uncertain && passed > windowMs * 0.9 ? `${place(told)}: tried again after ${passed} ms` : null
      },
    ),
}

const success: Check = {
  name: "success is recorded exactly when there was an effect",
  shows: "INV-03",
  run: (inspected) =>
    each(
      startsOf(inspected).filter(({ payload }) => effectful(payload)),
      (told) => {
        const { one, payload } = told
        const { stepId, generation } = payload
        const about = { stepId, generation }
        if (inspected.facts.book.wrong.has(`${one.row.executionId} ${stepId} ${generation}`)) return null
        const effects = inspected.facts.outside.effectsOf(payload.idempotencyKey)
        const done = outcome(one, "controlPlane.execution.step.completed@1", about)
        const failed = ofKind(one.told, "controlPlane.execution.step.failed@1").some(
          ({ payload: said }) => said.stepId === stepId && said.generation === generation && said.final,
        )
        const doubt = outcome(one, "controlPlane.execution.step.inDoubt@1", about)
        if (done !== null && effects.length === 0) return `${place(told)}: completed, and nothing happened`
        if (done !== null && JSON.stringify(effects[0]?.output) !== JSON.stringify(done.output))
          return `${place(told)}: another output than happened`
        if (failed && effects.length > 0) return `${place(told)}: failed, and it happened`
        if (done === null && doubt === null && effects.length > 0 && inspected.facts.closed)
          return `${place(told)}: it happened, and the trace does not say so`
        return null
      },
    ),
}

function outcome<
  K extends "controlPlane.execution.step.completed@1" | "controlPlane.execution.step.inDoubt@1",
>(
  { told }: InspectedExecution,
  kind: K,
  about: { readonly stepId: string; readonly generation: number },
): Payload<K> | null {
  return (
    ofKind(told, kind).find(
      ({ payload }) => payload.stepId === about.stepId && payload.generation === about.generation,
    )?.payload ?? null
  )
}

const invalid: Check = {
  name: "a result that does not fit its contract is never tried again",
  shows: "INV-03",
  run: ({ facts, executions }) =>
    each(
      executions.flatMap(({ told, row }) =>
        ofKind(told, "controlPlane.execution.step.completed@1").map((one) => ({ one, row })),
      ),
      ({ one, row }) =>
        facts.chosen.has("handler.wrongOutput") && JSON.stringify(one.payload.output).includes("odd")
          ? `${row.executionId}: an odd output was taken`
          : null,
    ),
}

/** The checks of effects. */
export const effectChecks: readonly Check[] = [
  keys,
  journaled,
  oneCall,
  oneEffect,
  unsafeOnce,
  afterDoubt,
  doubtTime,
  probeTime,
  window,
  success,
  invalid,
]
