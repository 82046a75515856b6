// A contract as a tool of an agent framework: a name, a description, a JSON Schema, and the call.
// Owns: that form, and the tool by which a model asks again. Does not own: any framework, nor the sentences (tool-text.ts).
// Keeps INV-12: the key comes from the program, never from the model; no schema has a field for it.

import { ExecutionId, isFinalAnswer, type Answer, type Json, type JsonSchema } from "@counterfoil/contracts"
import type { AgentContract } from "./agent-contracts.ts"
import type { SubmitOptions } from "./submission.ts"
import { toolText } from "./tool-text.ts"

/** What a model is given back. `isError` is true for an end that is not done: a model reads it as something to tell. */
export interface ToolResult {
  readonly text: string
  readonly isError: boolean
  readonly answer: Answer
}

/** A tool as most frameworks take one. */
export interface AgentTool {
  /** Within `[a-zA-Z0-9_-]{1,64}`: several clients refuse dots. */
  readonly name: string
  readonly description: string
  readonly inputSchema: JsonSchema
  /** `input` is the model's, *untrusted*; `options` are the program's. */
  execute(input: Json, options: SubmitOptions): Promise<ToolResult>
}

const nameMax = 64
const waitSecondsMax = 25

/** The tool of a contract. Throws `TypeError` for a contract whose name is too long for one. */
export function asTool(
  contract: AgentContract,
  submit: (input: Json, options: SubmitOptions) => Promise<Answer>,
): AgentTool {
  const name = contract.ref.replaceAll(".", "_").replace("@", "_v")
  if (name.length > nameMax) throw new TypeError(`${name} is longer than ${nameMax} characters`)
  const { goal, context } = contract.meta
  return {
    name,
    description: `${goal} ${context} May be held for a person's approval. If so, nothing has happened yet; use get_intent.`,
    inputSchema: contract.inputSchema,
    execute: async (input, options) => resultOf(await submit(input, options), name),
  }
}

/** The tool that tells what became of an earlier call. */
export function getIntentTool(wait: (executionId: string, timeoutMs: number) => Promise<Answer>): AgentTool {
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
      const { executionId, waitSeconds } = asked(input)
      return resultOf(await wait(executionId, waitSeconds * 1_000), name)
    },
  }
}

const resultOf = (answer: Answer, tool: string): ToolResult => ({
  text: toolText(answer, tool),
  isError: isFinalAnswer(answer.kind) && answer.kind !== "completed",
  answer,
})

function asked(input: Json): { readonly executionId: ExecutionId; readonly waitSeconds: number } {
  const { executionId, waitSeconds = 0 } = (typeof input === "object" ? input : null) as {
    readonly [field: string]: Json
  }
  const id = ExecutionId.safeParse(executionId)
  const fits = typeof waitSeconds === "number" && waitSeconds >= 0 && waitSeconds <= waitSecondsMax
  if (!id.success || !fits)
    throw new TypeError("get_intent takes an executionId and waitSeconds from 0 to 25")
  return { executionId: id.data, waitSeconds }
}
