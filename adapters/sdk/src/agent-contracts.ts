// The contracts that an agent knows, by reference: they type what it submits and parse what it gets.
// Owns: those types, and reading an output by its contract. Does not own: the contracts.

import type { Answer, Callable, ExecutionId, Intent, Json, JsonObject } from "@counterfoil/contracts"
import type { z } from "zod"

/** A contract that an intent can name. */
export type AgentContract = Callable | Intent

/** The contracts of an agent by reference, such as `{ "payments.refund@1": refund }`. */
export interface AgentContracts {
  readonly [ref: string]: AgentContract
}

/** An agent that knows none: whatever it names takes and gives JSON. */
export type NoContracts = { readonly [ref in never]: AgentContract }

/** References that may be named: those of the contracts that were given, or any where none were. */
export type RefOf<C> = keyof C extends never ? string : keyof C & string
/** What a contract takes; any JSON object where it is not known here. */
export type InputOf<C, R> = R extends keyof C
  ? C[R] extends { readonly input: infer I extends z.ZodType }
    ? z.output<I>
    : JsonObject
  : JsonObject
/** What a contract gives; any JSON where it is not known here. */
export type OutputOf<C, R> = R extends keyof C
  ? C[R] extends { readonly output: infer O extends z.ZodType }
    ? z.output<O>
    : Json
  : Json

/** The answer with its output in the form that the contract says. Throws `TypeError` when it is of another form. */
export function typedAnswer<Output>(answer: Answer, contract: AgentContract | undefined): Answer<Output> {
  if (answer.kind !== "completed") return answer
  // Without a contract the output is the JSON that `Output` then stands for.
  if (contract === undefined) return { ...answer, output: answer.output as Output }
  const parsed = contract.output.safeParse(answer.output)
  if (!parsed.success) throw new TypeError(outputMismatch(answer.executionId, contract))
  return { ...answer, output: parsed.data as Output }
}

const outputMismatch = (executionId: ExecutionId, { ref }: AgentContract): string =>
  `${executionId} is completed, but its output is not of the form of ${ref} here: another version made it.`
