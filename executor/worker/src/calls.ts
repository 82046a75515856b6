// The handlers' calls of one execution in hand: started after their commit, with answers that arrive in its queue.
// Owns: calls under way, and releasing permits. Does not own: the deadline of a call (perform.ts), what an answer means.
// Keeps INV-01: only a dispatch that was appended comes here, and its proof is made here.

import type { Fault, IdempotencyKey, Json, StepId, Time } from "@counterfoil/contracts"
import type { AttemptAnswer, Claim, ProbeAnswer } from "@counterfoil/contracts/ports"
import type { Answered, Start, World } from "@counterfoil/round"
import type { Dispatch, Execution, SentAttempt, StepContract } from "@counterfoil/core"
import { journaledBy } from "./journaled.ts"
import { answered, attempt, probe, type AttemptCall, type UnderWay } from "./perform.ts"

/** The calls of one execution. `busy` holds the steps that have one. */
export interface Calls {
  readonly busy: ReadonlySet<string>
  start(execution: Execution, start: Start, begunMs: number): void
  probe(execution: Execution, sent: SentAttempt, begunMs: number): void
  /** Aborts all of them; none will be answered. */
  abandon(): void
}

/** The receivers of answers, and of the error when a call broke an invariant. */
interface CallEnds {
  answer(answered: Answered): void
  broken(error: unknown): void
}

/** No call under way yet. */
export function makeCalls(world: World, claim: Claim, ends: CallEnds): Calls {
  const busy = new Set<string>()
  const ways = new Set<() => void>()
  const follow = <A>(stepId: StepId, way: UnderWay<A>, done: () => void, read: (answer: A) => Answered) => {
    busy.add(stepId)
    const end = (): boolean => {
      done()
      busy.delete(stepId)
      return ways.delete(abandon)
    }
    const abandon = (): void => {
      way.abandon()
      end()
    }
    ways.add(abandon)
    way.answer.then(
      (answer) => {
        if (ways.has(abandon)) {
          end()
          ends.answer(read(answer))
        }
      },
      (error: unknown) => {
        if (ways.has(abandon)) {
          end()
          ends.broken(error)
        }
      },
    )
  }
  return {
    busy,
    start: (execution, { work, permit }, begunMs) => {
      const { stepId, generation } = work.question
      const { ref } = work.contract.pin
      const call = described(world, claim, execution, {
        ...work,
        stepId,
        startedAt: execution.updatedAt,
        begunMs,
      })
      follow(
        stepId,
        call === null
          ? answered<AttemptAnswer>({ kind: "notSent", reason: "no handler" })
          : mayHaveHappened(world, execution, work)
            ? answered<AttemptAnswer>({ kind: "unknown", reason: "restored" })
            : attempt(call),
        permit.give,
        (answer) => {
          world.tell({
            name: "attempt",
            executionId: claim.executionId,
            stepId,
            contract: ref,
            ...faultIn(answer),
            effect: work.contract.effect,
            outcome: answer.kind,
            ms: performance.now() - begunMs,
          })
          return { kind: "answer", stepId, generation, attempt: work.attempt, answer }
        },
      )
    },
    probe: (execution, sent, begunMs) => {
      const call = described(world, claim, execution, { ...sent, begunMs })
      const generation = execution.steps.find((step) => step.stepId === sent.stepId)?.generation ?? 0
      follow(
        sent.stepId,
        call === null ? answered<ProbeAnswer>({ kind: "cannotTell", reason: "no handler" }) : probe(call),
        () => {},
        (answer) => {
          world.tell({
            name: "probed",
            executionId: claim.executionId,
            stepId: sent.stepId,
            contract: sent.contract.pin.ref,
            outcome: answer.kind,
            ...faultIn(answer),
          })
          return { kind: "probed", stepId: sent.stepId, generation, attempt: sent.attempt, answer }
        },
      )
    },
    abandon: () => {
      for (const abandon of ways) abandon()
    },
  }
}

const faultIn = (answer: AttemptAnswer | ProbeAnswer): { readonly fault?: Fault } =>
  "fault" in answer && answer.fault !== undefined ? { fault: answer.fault } : {}

interface Sent {
  readonly stepId: StepId
  readonly contract: StepContract
  readonly attempt: number
  readonly input: Json
  readonly idempotencyKey: IdempotencyKey
  readonly startedAt: Time
  readonly begunMs: number
}

/** The arguments of a handler for a journaled attempt; null when this process has no handler for it. */
function described(world: World, claim: Claim, execution: Execution, sent: Sent): AttemptCall | null {
  const handler = world.handlers.get(sent.contract.pin.ref)
  if (handler === undefined) return null
  return {
    proof: journaledBy(sent),
    secrets: world.secrets,
    handler,
    contract: sent.contract,
    tenant: claim.tenant,
    executionId: claim.executionId,
    stepId: sent.stepId,
    attempt: sent.attempt,
    input: sent.input,
    idempotencyKey: sent.idempotencyKey,
    requester: execution.intent.principal,
    startedAt: sent.startedAt,
    begunMs: sent.begunMs,
  }
}

/**
 * Whether a first attempt may have been made already, by a lost database after the backup that was restored here. Such a start
 * is written and not called: the effect class decides what follows, as after a crash (INV-03).
 */
function mayHaveHappened(
  { restoredAt }: World,
  { createdAt }: Execution,
  { attempt: number, question, contract }: Dispatch,
): boolean {
  const actsTwice = contract.effect === "probeable" || contract.effect === "unsafe"
  const first = number === 1 && question.generation === 0
  return restoredAt !== undefined && createdAt <= restoredAt && first && actsTwice
}
