// One question to the engine, and the only reading of its answer that can allow.
// Owns: which answers count as allow, and that every other answer, and every throw, is a denial.
// Keeps INV-04: a forbid that the engine skipped because it failed shows in the diagnostics, and denies.

import type { ChainMember, PolicyRequest } from "@counterfoil/contracts"
import type { Authorized } from "./authorized.ts"
import { cedarCallOf, type CedarContext } from "./cedar-call.ts"
import { stepsOfDecision } from "./decision-steps.ts"
import { factsKey } from "./facts-read.ts"
import type { Slice } from "./slice.ts"
import type { SliceCache } from "./slice-cache.ts"

/** Asks for one member of the chain. Never throws; after anything that is not an answer the instance is replaced. */
export function authorize(cache: SliceCache, slice: Slice, asked: MemberQuestion): Authorized {
  const key = factsKey(slice.reads, asked.request, asked.index, asked.context)
  const known = cache.recall(key)
  if (known !== undefined) return known
  cache.count(stepsOfDecision(slice.size, { ...asked.request, chain: [asked.member] }))
  const answer = ask(cache, slice, asked)
  if (answer.kind === "engineError") cache.discard()
  if (answer.kind === "allow" || answer.kind === "forbidden" || answer.kind === "noMatch")
    cache.remember(key, answer)
  return answer
}

/** One member's question: its place in the chain, and the facts of the call. */
interface MemberQuestion {
  readonly request: PolicyRequest
  readonly index: number
  readonly member: ChainMember
  readonly context: CedarContext
}

function ask(cache: SliceCache, slice: Slice, { request, member, context }: MemberQuestion): Authorized {
  try {
    const { instance, name } = cache.ready(slice)
    const answer: unknown = instance.statefulIsAuthorized({
      ...cedarCallOf(request, slice.action, member, context),
      preparsedPolicySetId: name,
      preparsedSchemaName: name,
      validateRequest: true,
    })
    return readAnswer(answer, slice)
  } catch {
    // The engine broke, or could not be opened: a denial that shows itself as an error.
    return { kind: "engineError" }
  }
}

function readAnswer(answer: unknown, slice: Slice): Authorized {
  if (!isRecord(answer)) return { kind: "engineError" }
  if (answer["type"] === "failure") return { kind: "invalidRequest" }
  const response = answer["response"]
  if (answer["type"] !== "success" || !isRecord(response)) return { kind: "engineError" }
  const diagnostics = response["diagnostics"]
  if (!isRecord(diagnostics)) return { kind: "engineError" }
  const { reason, errors } = diagnostics
  if (!Array.isArray(reason) || !Array.isArray(errors)) return { kind: "engineError" }
  if (errors.length > 0)
    return {
      kind: "policyError",
      errors: errors.map(readError).sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1)),
    }
  const effect = response["decision"] === "allow" ? "permit" : "forbid"
  const reasons = slice.rules
    .filter((rule) => rule.effect === effect && reason.includes(rule.id))
    .map(({ id }) => id)
  // A reason that is not a rule of the slice, or a missing reason where one is due, is not an answer to this question.
  if (reasons.length !== new Set(reason).size) return { kind: "engineError" }
  if (response["decision"] === "allow")
    return reasons.length > 0 ? { kind: "allow", reasons } : { kind: "engineError" }
  if (response["decision"] !== "deny") return { kind: "engineError" }
  return reasons.length > 0 ? { kind: "forbidden", reasons } : { kind: "noMatch" }
}

function readError(error: unknown): { readonly ruleId: string; readonly message: string } {
  const detail = isRecord(error) ? error["error"] : null
  return {
    ruleId: isRecord(error) && typeof error["policyId"] === "string" ? error["policyId"] : "unknown",
    message: isRecord(detail) && typeof detail["message"] === "string" ? detail["message"] : "no message",
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null
