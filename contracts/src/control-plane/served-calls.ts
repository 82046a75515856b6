// The calls that channels serve: contracts that a caller invokes directly, outside a plan.
// Owns: the list, the answers, and which calls carry a key. Does not own: routes (http.ts) and subjects (nats.ts).
// Governed commands are not among them: they are reached as the contract of an intent, by the one gate.

import { z } from "zod"
import { submittedCompleted } from "./answer-examples.ts"
import { answerKindOf, isFinalAnswer } from "./answer-of.ts"
import { Submitted } from "./answers.ts"
import type { Json } from "../json/json.ts"
import { ApprovalStatus, ExecutionStatus } from "../primitives.ts"
import type { Callable } from "../define/contract.ts"
import { examplesOf } from "../define/examples.ts"
import type { Registry } from "../define/registry.ts"

/** A callable that every channel serves. */
export interface ServedCall {
  readonly contract: Callable
  /** What it answers: the contract's output, or `Submitted` for a contract that runs as an execution of its own. */
  readonly answer: z.ZodType
  /** True when the input has a `key`, which the header `Idempotency-Key` may carry. */
  readonly keyed: boolean
  /** Answers to the contract's examples, as callers get them. */
  readonly answers: readonly AnswerExample[]
}

/** An answer to an example. `final`: the record that it is changes no more. */
export interface AnswerExample {
  readonly title: string
  readonly answer: Json
  readonly final: boolean
}

/** The part of a record from which one sees whether it can still change. */
const RecordFacts = z.object({
  status: ExecutionStatus,
  held: z.array(z.looseObject({ status: ApprovalStatus.optional() })),
})

/** Every callable that is served, in the registry's order: those that name a place in HTTP. */
export function servedCalls(registry: Registry): readonly ServedCall[] {
  return registry.contracts.flatMap((contract) => {
    if ((contract.kind !== "command" && contract.kind !== "query") || contract.http === null) return []
    const gate = contract.path === "gate"
    const answer = gate ? Submitted : contract.output
    return [
      {
        contract,
        answer,
        keyed: gate || Object.hasOwn(propertiesOf(contract), "key"),
        answers: answersOf(contract, answer),
      },
    ]
  })
}

function answersOf(contract: Callable, answer: z.ZodType): readonly AnswerExample[] {
  return examplesOf(contract).flatMap(({ title, output }) => {
    if (output === undefined) return []
    // What runs as an execution of its own has its output in the record of that execution.
    const whole = answer === contract.output ? output : submittedCompleted(output)
    return [{ title, answer: whole, final: isFinalRecord(whole) }]
  })
}

function isFinalRecord(answer: Json): boolean {
  const record = RecordFacts.safeParse(answer)
  return !record.success || isFinalAnswer(answerKindOf(record.data))
}

function propertiesOf({ inputSchema }: Callable): object {
  const properties = inputSchema["properties"]
  return typeof properties === "object" && properties !== null ? properties : {}
}
