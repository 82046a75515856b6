// A literal input parsed by its contract's own code, checks included: what a schema cannot say is found before anything runs.
// Owns: translating issues to rejections. Does not own: inputs with references, which are parsed when they are known.

import {
  parseWith,
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
  const resolved = resolveInput(input, { outputs: new Map() })
  if (!resolved.ok || contract.input === undefined) return []
  const parsed = parseWith(contract.input, resolved.value)
  if (!parsed.ok) return parsed.error.map((issue) => rejection(codeOf(issue), at + issue.at, issue.message))
  return (contract.checks ?? []).flatMap((check) =>
    failingPlaces(() => check.test(parsed.value)).map((place) =>
      rejection("INPUT_INVALID", at + place, check.says),
    ),
  )
}

function codeOf(issue: Issue): RejectionCode {
  if (issue.code === "missing") return "INPUT_MISSING"
  return issue.code === "unknownField" ? "INPUT_UNKNOWN_FIELD" : "INPUT_INVALID"
}

// A check is the contract author's code: one that throws has not agreed, and must not take the compiler down.
function failingPlaces(test: () => readonly string[]): readonly string[] {
  try {
    return test()
  } catch {
    return [""]
  }
}
