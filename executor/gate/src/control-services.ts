// Control commands: one transaction on one execution, under its row's lock, remembered by the caller's key.
// Owns: the lock, the key, the version check, the answer. Does not own: what a command means for a trace (executor core).
// Keeps INV-07 (written under the fence that was read) and INV-09 (what cannot follow is refused before it is written).

import {
  canonicalBytes,
  err,
  invariant,
  ok,
  refuse,
  type ExecutionId,
  type Fact,
  type Json,
  type Key,
  type Refusal,
  type Result,
  type StepId,
  type Time,
} from "@counterfoil/contracts"
import { clientKeyDigestOf, requestDigestOf } from "@counterfoil/contracts/digest"
import type { LockedExecution } from "@counterfoil/contracts/ports"
import { lockedRound } from "@counterfoil/round"
import {
  control,
  executionStatus,
  foldTrace,
  inFlightOf,
  toUndoOf,
  type ControlCommand,
  type Execution,
} from "@counterfoil/core"
import type { Caller } from "./caller.ts"
import { asJson, type Granted, type ServiceAnswer, type Services } from "./service.ts"
import { attributionOf } from "./submit-intent.ts"

/** The result of a control command on the locked execution: facts to write, and the answer to give once they are written. */
interface Controlled {
  readonly facts: readonly Fact[]
  readonly answer: (after: Execution, at: Time) => Json
  /** Recorded although the caller is refused: a late review. */
  readonly refusal?: Refusal
}

/** The body of a control command under the lock. */
type Control = (locked: LockedExecution, before: Execution) => Promise<Result<Controlled, Refusal>>

/** Runs a control command: once for a key. A command that does not fit is refused, and leaves no entry. */
export async function runControl(
  services: Services,
  call: Granted<unknown>,
  on: {
    readonly executionId: ExecutionId
    readonly key: Key
    readonly body: Json
    readonly expectedVersion?: number
    /** The answer when there is no such execution, where the call is about something else. */
    readonly absent?: Refusal
  },
  act: Control,
): Promise<Result<Json, Refusal>> {
  const { world } = services
  const { tenant } = call.caller
  const inbox = {
    tenant,
    principal: call.caller.principal,
    contract: call.contract.ref,
    keyDigest: clientKeyDigestOf(on.key),
    requestDigest: requestDigestOf(call.contract.ref, canonicalBytes(on.body)),
  }
  const { executionId } = on
  const done = await lockedRound<Result<Json, Refusal>>(
    world,
    { tenant, executionId },
    {
      begin: async (locked) => {
        const known = await locked.remembered(inbox)
        if (known !== null)
          return err(
            known.requestDigest === inbox.requestDigest
              ? ok(known.answer)
              : err(refuse("IDEMPOTENCY_CONFLICT", {})),
          )
        const { expectedVersion: expected } = on
        const actual = locked.head.seq
        return expected === undefined || expected === actual
          ? ok(foldTrace(await locked.trace()))
          : err(err(refuse("VERSION_CONFLICT", { executionId, actual, expected })))
      },
      act: async (locked, draft) => {
        const acted = await act(locked, draft.execution())
        if (!acted.ok) return { remember: null, answer: acted }
        const { facts, answer, refusal } = acted.value
        draft.add(attributionOf(call, null), ...facts)
        if (refusal !== undefined) return { remember: null, answer: err(refusal) }
        const body = answer(draft.execution(), draft.time)
        return { remember: { key: inbox, answer: body }, answer: ok(body) }
      },
    },
  )
  world.doorbell.ring(executionId)
  return done ?? err(on.absent ?? refuse("NOT_FOUND", { type: "Execution" }))
}

interface Steering {
  readonly key: Key
  readonly executionId: ExecutionId
  readonly expectedVersion?: number
}

/** The service of a command that steers an execution: start, cancel, pause, resume, retry, resolve. */
export function steering<I extends Steering>(
  commandOf: (input: I, caller: Caller) => ControlCommand,
  answerOf: (input: I, after: Execution, at: Time) => object,
) {
  return async (services: Services, call: Granted<I>): Promise<ServiceAnswer> => {
    const { key, ...body } = call.input
    const { executionId, expectedVersion } = call.input
    const on = {
      executionId,
      key,
      body: asJson(body),
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    }
    const done = await runControl(services, call, on, async (_locked, before) => {
      const facts = control(before, commandOf(call.input, call.caller), services.world.contracts)
      return facts.ok
        ? ok({
            facts: facts.value,
            answer: (after, at) =>
              asJson({
                executionId,
                status: executionStatus(after),
                version: after.head.seq,
                ...answerOf(call.input, after, at),
              }),
          })
        : facts
    })
    return done.ok ? ok({ body: done.value, final: true }) : done
  }
}

/** Steps whose attempt is under way, as an answer lists them. */
export const inFlight = (after: Execution): readonly StepId[] => inFlightOf(after)
/** Steps that will be undone, in that order; empty when no undo was requested. */
export const toUndo = (after: Execution): readonly StepId[] =>
  after.cancel?.undo === "completed" ? toUndoOf(after) : []

/** The step that a command named, in its state after the command. */
export function stepOf(execution: Execution, stepId: StepId) {
  const step = execution.steps.find((one) => one.stepId === stepId)
  invariant(step !== undefined, "INV-09", { stepId })
  return step
}
