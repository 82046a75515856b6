// A contract as a tool of an agent framework: a name, a description, a JSON Schema, and the call.
// Owns: that form, and the tool with which a model reads an earlier call. Does not own: any framework, nor the sentences (tool-text.ts).
// Keeps INV-12: keys come from the program, never from the model; no schema has a field for one.

import {
  isObject,
  ExecutionId,
  isFinalAnswer,
  Key,
  type Answer,
  type Json,
  type JsonSchema,
} from "@counterfoil/contracts"
import type { AgentContract } from "./agent-contracts.ts"
import { correctionsMax, type Corrections, type ToolCall } from "./corrections.ts"
import type { Advice } from "./refusal-advice.ts"
import { isGiven, type SubmitOptions } from "./submission.ts"
import { malformedText, toldOf, uncorrectedText, unansweredText, unreadText, type Told } from "./tool-text.ts"
import { Unreachable } from "./unreachable.ts"

/** The text for the model, and the result for the program. */
export interface ToolResult {
  readonly text: string
  /** True for an end other than done, and for a call without an answer: a model should report it. */
  readonly isError: boolean
  /** What the text asks the model to do: to go on, to wait, to correct its input, or to leave it to a person. */
  readonly advice: Advice
  /** Null without an answer: see `unreachable`, or the call was not sent. */
  readonly answer: Answer | null
  /** Set when no answer came; submitting the same again under its `key` is safe, and finds the earlier submission. */
  readonly unreachable: Unreachable | null
}

/** The program's options beside a model's input. */
export interface ToolOptions extends SubmitOptions {
  /**
   * The key of the n-th correction, from 1, of a call under `key` whose plan was rejected: that call can have no effect, and
   * it keeps its key. `<key>.correction-<n>` by default.
   */
  readonly correctionKey?: (correction: number) => string
}

/** A tool as most frameworks take one. */
export interface AgentTool {
  /** Within `[a-zA-Z0-9_-]{1,64}`: several clients refuse dots. */
  readonly name: string
  readonly description: string
  readonly inputSchema: JsonSchema
  /** `input` is the model's, *untrusted*: no value of it throws, and a missing one is null. `options` are the program's: `TypeError` for misuse. */
  execute(input: Json | undefined, options: ToolOptions): Promise<ToolResult>
}

const nameMax = 64
const waitSecondsMax = 25

/** What a tool submits with. */
interface ToolWorld {
  readonly submit: (input: Json, options: SubmitOptions) => Promise<Answer>
  readonly corrections: Corrections
}

/** The tool of a contract. Throws `TypeError` for a value that is not a contract, and for a name too long for a tool. */
export function asTool(contract: AgentContract, { submit, corrections }: ToolWorld): AgentTool {
  if (!isGiven(contract))
    throw new TypeError(
      "asTool takes a contract, as defineCommand or defineIntent makes one, and not its reference",
    )
  const name = contract.ref.replaceAll(".", "_").replace("@", "_v")
  if (name.length > nameMax) throw new TypeError(`${name} is longer than ${nameMax} characters`)
  const place = { tool: name, reads: false }
  const { goal, context } = contract.meta
  return {
    name,
    description: `${goal} ${context} May be held for a person's approval. If so, nothing has happened yet; use get_intent.`,
    inputSchema: contract.inputSchema,
    execute: async (input = null, given) => {
      if (!isGiven(given)) throw new TypeError(`${name} is executed with options that name a key`)
      const { correctionKey, ...options } = given
      const { key } = options
      const call: ToolCall = { contract: contract.ref, key, input }
      const correction = corrections.numberOf(call)
      const sent = correction === 0 ? key : (correctionKey?.(correction) ?? `${key}.correction-${correction}`)
      // A long key has no room for the number of a correction: then, too, a person has to act.
      if (correction > correctionsMax || (correction > 0 && !Key.safeParse(sent).success))
        return unanswered(uncorrectedText(place, correctionsMax))
      const answer = await answered(() => submit(input, { ...options, key: sent }))
      if (answer instanceof Unreachable) return unanswered(unansweredText(place), answer)
      if (answer.kind === "planRejected") corrections.rejected(call)
      return resultOf(answer, toldOf(answer, place))
    },
  }
}

/** The tool that reads the state of an earlier call. */
export function getIntentTool(
  wait: (executionId: ExecutionId, timeoutMs: number) => Promise<Answer>,
): AgentTool {
  const name = "get_intent"
  return {
    name,
    description: "What became of an earlier call: done, held for a person, refused, or still at work.",
    inputSchema: {
      type: "object",
      properties: {
        executionId: { type: "string" },
        waitSeconds: { type: "integer", minimum: 0, maximum: waitSecondsMax },
      },
      required: ["executionId"],
      additionalProperties: false,
    },
    execute: async (input) => {
      const asked = askedIn(input)
      if (asked === null) return unanswered(malformedText(name, takes))
      const answer = await answered(() => wait(asked.executionId, asked.waitSeconds * 1_000))
      return answer instanceof Unreachable
        ? unanswered(unreadText(asked.executionId), answer)
        : resultOf(answer, toldOf(answer, { tool: name, reads: true }))
    },
  }
}

const takes = `an executionId, as an earlier call named it, and waitSeconds from 0 to ${waitSecondsMax}`

/** The answer, or the error for a missing one. Any other error is a fault of the program. */
async function answered(ask: () => Promise<Answer>): Promise<Answer | Unreachable> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof Unreachable) return error
    throw error
  }
}

const resultOf = (answer: Answer, told: Told): ToolResult => ({
  ...told,
  isError: isFinalAnswer(answer.kind) && answer.kind !== "completed",
  answer,
  unreachable: null,
})

const unanswered = (told: Told, unreachable: Unreachable | null = null): ToolResult => ({
  ...told,
  isError: true,
  answer: null,
  unreachable,
})

/** The execution that the model asks about; null when the input cannot be read. */
function askedIn(
  input: Json | undefined,
): { readonly executionId: ExecutionId; readonly waitSeconds: number } | null {
  if (!isObject(input)) return null
  const { executionId, waitSeconds = 0 } = input as { readonly [field: string]: Json }
  const id = ExecutionId.safeParse(executionId)
  const fits = typeof waitSeconds === "number" && waitSeconds >= 0 && waitSeconds <= waitSecondsMax
  return id.success && fits ? { executionId: id.data, waitSeconds } : null
}
