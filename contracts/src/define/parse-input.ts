// An input as its contract means it: the one way from a caller's value to what policy, people, handlers and the trace see.
// Owns: the order: shape, spelling of targets, checks. Does not own: any of them.
// Keeps INV-02 and INV-08: the gate, the executor, handlers and replay parse with this function, so verdict, approval and
// effect are about one value. Parsing what was parsed changes nothing.

import { inCanonicalOrder } from "../json/canonical.ts"
import type { Json } from "../json/json.ts"
import { err, ok, type Result } from "../result.ts"
import { normalTargets } from "../target/normal-targets.ts"
import type { Callable, Check } from "./contract.ts"
import { issuesMax, parseWith, type Issue } from "../schema/parse.ts"

/** What parsing an input needs of a contract. */
type InputContract = Pick<Callable, "input" | "inputSchema"> & {
  readonly checks: readonly Check<unknown>[]
}

/** The input, its targets in their one spelling and its fields in canonical order; or what is wrong with it. */
export function parseInput(contract: InputContract, input: Json): Result<Json, readonly Issue[]> {
  const parsed = parseJson(contract, input)
  if (!parsed.ok) return parsed
  const { value, issues } = normalTargets(contract.inputSchema, parsed.value)
  if (issues.length > 0) return err(issues.slice(0, issuesMax))
  // The new spelling may be longer, or of a form that the schema refuses.
  const respelled = value === parsed.value ? parsed : parseJson(contract, value)
  if (!respelled.ok) return respelled
  const failed = contract.checks.flatMap((check) =>
    failingPlaces(check, respelled.value).map((at) => ({ at, code: "value" as const, message: check.says })),
  )
  return failed.length === 0 ? ok(inCanonicalOrder(respelled.value)) : err(failed)
}

// A contract's schema lets nothing through that is not JSON: definitions refuse such schemas.
const parseJson = ({ input: schema }: InputContract, input: Json): Result<Json, readonly Issue[]> => {
  const parsed = parseWith(schema, input)
  return parsed.ok ? ok(parsed.value as Json) : parsed
}

// A check is the contract author's code: one that throws counts as failed.
function failingPlaces(check: Check<unknown>, input: Json): readonly string[] {
  try {
    return check.test(input)
  } catch {
    return [""]
  }
}
