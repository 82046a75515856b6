// A literal input parsed by its contract's own code, checks included: what a schema cannot say is found before anything runs.
// Owns: translating issues to rejections. Does not own: inputs with references, which are parsed when they are known.

import {
  normalTargets,
  parseInput,
  planBytesMax,
  resolveInput,
  type Issue,
  type Json,
  type PlanRejection,
  type RejectionCode,
} from "@counterfoil/contracts"
import type { PlannerCallable } from "./planner-contracts.ts"
import { rejection } from "./rejection.ts"

/** What the contract's parser and checks say against an input without references; empty for a contract without code. */
export function parseProblems(contract: PlannerCallable, input: Json, at: string): readonly PlanRejection[] {
  const resolved = resolveInput(input, { outputs: new Map() }, planBytesMax)
  if (!resolved.ok || contract.input === undefined) return []
  const { inputSchema, checks = [] } = contract
  const parsed = parseInput({ input: contract.input, inputSchema, checks }, resolved.value)
  return parsed.ok ? [] : rejectionsOf(parsed.error, at)
}

/**
 * The input with the targets that are written out in it in their one spelling, as the plan keeps and shows them. Targets
 * that are references are respelled when their values are known.
 */
export function respelledInput(
  contract: PlannerCallable,
  input: Json,
  at: string,
): { readonly input: Json; readonly problems: readonly PlanRejection[] } {
  const { value, issues } = normalTargets(contract.inputSchema, input)
  return { input: value, problems: rejectionsOf(issues, at) }
}

const rejectionsOf = (issues: readonly Issue[], at: string): readonly PlanRejection[] =>
  issues.map((issue) => rejection(codeOf(issue), at + issue.at, issue.message))

function codeOf(issue: Issue): RejectionCode {
  if (issue.code === "missing") return "INPUT_MISSING"
  return issue.code === "unknownField" ? "INPUT_UNKNOWN_FIELD" : "INPUT_INVALID"
}
