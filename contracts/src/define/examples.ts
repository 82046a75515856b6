// The examples of a contract, and whether they are what they say.
// Owns: reading them from a contract, and trying one. Does not own: who tries them (lint, the laws of handlers, tests).

import { isObject, type Json } from "../json/json.ts"
import { isList } from "../plan/reference.ts"
import type { Contract } from "./contract.ts"
import { parseInput } from "./parse-input.ts"
import { parseWith } from "../schema/parse.ts"

/** One example: an input or an event's payload. `fails` is the JSON Pointer at which it is refused; null for an accepted one. */
export interface Example {
  readonly title: string
  readonly value: Json
  /** A possible answer to the input; absent when the example shows none. */
  readonly output?: Json
  readonly fails: string | null
}

/** The examples of a contract, in its order. */
export function examplesOf({ document }: Pick<Contract, "document">): readonly Example[] {
  const { examples } = document
  if (!isList(examples)) return []
  return examples.flatMap((example) => {
    if (!isObject(example)) return []
    const { title, input, payload, output, fails } = example
    const value = input ?? payload
    if (typeof title !== "string" || value === undefined) return []
    const answered = output === undefined ? {} : { output }
    return [{ title, value, ...answered, fails: typeof fails === "string" ? fails : null }]
  })
}

/** Where a contract refuses a value, as JSON Pointers in the order of the schema; empty when it accepts it. */
export function refusalsOf(contract: Contract, value: Json): readonly string[] {
  if (contract.kind === "event") return placesOf(parseWith(contract.payload, value))
  const parsed = parseInput(contract, value)
  return parsed.ok ? [] : parsed.error.map(({ at }) => at)
}

const placesOf = (parsed: ReturnType<typeof parseWith>): readonly string[] =>
  parsed.ok ? [] : parsed.error.map(({ at }) => at)

/** Why an example is not what it says it is; null when it is. */
export function exampleProblem(contract: Contract, example: Example): string | null {
  return inputProblem(contract, example) ?? outputProblem(contract, example)
}

function outputProblem(contract: Contract, { title, output, fails }: Example): string | null {
  if (output === undefined || contract.kind === "event") return null
  if (fails !== null) return `"${title}" is refused, and shows an output`
  const wrong = placesOf(parseWith(contract.output, output))
  return wrong.length === 0
    ? null
    : `the output of "${title}" does not fit its contract at ${wrong.join(", ")}`
}

function inputProblem(contract: Contract, { title, value, fails }: Example): string | null {
  const refused = refusalsOf(contract, value)
  if (fails === null) return refused.length === 0 ? null : `"${title}" is refused at ${refused.join(", ")}`
  if (refused.length === 0) return `"${title}" is accepted, not refused at ${fails}`
  return refused.includes(fails) ? null : `"${title}" is refused at ${refused.join(", ")}, not at ${fails}`
}
