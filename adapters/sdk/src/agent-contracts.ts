// The contracts of an agent, by reference: they type its inputs and parse its outputs.
// Owns: those types, and reading an output by its contract. Does not own: the contracts.

import type { Answer, Callable, ExecutionId, Intent, Json, JsonObject } from "@counterfoil/contracts"
import type { z } from "zod"

/** A contract that an intent can name. */
export type AgentContract = Callable | Intent

/** The contracts of an agent by reference, such as `{ "payments.refund@1": refund }`. */
export interface AgentContracts {
  readonly [ref: string]: AgentContract
}

/** An agent without contracts: every reference takes and gives JSON. */
export type NoContracts = { readonly [ref in never]: AgentContract }

/** References that may be named: those of the given contracts, or any when no contracts were given. */
export type RefOf<C> = keyof C extends never ? string : keyof C & string
/** The input of a contract; any JSON object where the contract was not given. */
export type InputOf<C, R> = R extends keyof C
  ? C[R] extends { readonly input: infer I extends z.ZodType }
    ? z.output<I>
    : JsonObject
  : JsonObject
/** The output of a contract; any JSON where the contract was not given. */
export type OutputOf<C, R> = R extends keyof C
  ? C[R] extends { readonly output: infer O extends z.ZodType }
    ? z.output<O>
    : Json
  : Json

/** The answer with its output in the form that the contract says. Throws `TypeError` when it is of another form. */
export function typedAnswer<Output>(answer: Answer, contract: AgentContract | undefined): Answer<Output> {
  if (answer.kind !== "completed") return answer
  // Without a contract `Output` is JSON, and so is the output.
  if (contract === undefined) return { ...answer, output: answer.output as Output }
  const parsed = contract.output.safeParse(answer.output)
  if (!parsed.success) throw new TypeError(outputMismatch(answer.executionId, contract))
  return { ...answer, output: parsed.data as Output }
}

const outputMismatch = (executionId: ExecutionId, { ref }: AgentContract): string =>
  `${executionId} is completed, but its output does not fit ${ref} here: another version made it.`
