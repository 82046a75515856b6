// Why a verdict is what it is: the rules that made it, and the clause by which other permits missed.
// Owns: near misses, clause by clause with the engine's stable calls. Does not own: sealing values (the caller does).
// A deny of Cedar names forbids alone; what was missing for an allow is found by an evaluation of its own.

import type { Clause, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs"
import type { ChainMember, Obligations, PolicyRequest, RuleId, Tier, Verdict } from "@counterfoil/contracts"
import { cedarCallOf, contextsOf, type CedarCall } from "../decide/cedar-call.ts"
import { grantFor } from "../decide/grants.ts"
import type { Slice } from "../decide/slice.ts"
import type { CedarInstance } from "../engine/cedar-engine.ts"
import type { PolicySet } from "../policy-set.ts"
import { clausesOf, pathsIn, spelledPath, type AttributePath } from "../rules/expression.ts"
import type { Rule } from "../rules/rule.ts"
import type { EntityName } from "../schema/names.ts"

/** A rule that took part in a verdict, with the line to look at. */
export interface ExplainedRule {
  readonly ruleId: RuleId
  readonly effect: "permit" | "forbid"
  readonly tier: Tier | null
  readonly reason: string
  readonly source: { readonly file: string; readonly line: number }
}

/** A permit of the slice that did not match, and the first of its clauses that did not hold, in Cedar. */
export interface NearMiss {
  readonly ruleId: RuleId
  readonly clause: string
  /** What the clause read: the attribute path as a rule spells it, and its value as JSON; absent attributes as `absent`. */
  readonly values: readonly { readonly path: string; readonly value: string }[]
  /** Clauses before it that held. */
  readonly held: number
  /** Whose question it was. */
  readonly member: ChainMember["id"]
}

/** All that a person needs to see why. */
export interface Explanation {
  readonly rules: readonly ExplainedRule[]
  readonly nearMisses: readonly NearMiss[]
  readonly floor: Verdict["core"]["floor"]
  /** Which rule brought which obligation; `floor` and `default` are not rules. */
  readonly obligations: readonly { readonly from: RuleId | "default"; readonly says: string }[]
}

/** Near misses in one explanation: the closest ones. */
export const nearMissesMax = 10

/** Explains a verdict that `set` gave for `request`. Total: where the engine fails there are no near misses. */
export function explainVerdict(set: PolicySet, request: PolicyRequest, verdict: Verdict): Explanation {
  const { core } = verdict
  const slice = set.slices.get(request.contract.ref)
  const took = [...core.determining, ...core.forbids].flatMap(
    (id) => set.rules.find((rule) => rule.id === id) ?? [],
  )
  return {
    rules: took.map(explained),
    nearMisses: slice === undefined ? [] : nearMissesOf(set, slice, request),
    floor: core.floor,
    obligations: core.obligations === null ? [] : obligationsBy(took, core.obligations),
  }
}

const explained = (rule: Rule): ExplainedRule => ({
  ruleId: rule.id,
  effect: rule.effect,
  tier: rule.effect === "permit" ? rule.tier : null,
  reason: rule.reason,
  source: { file: rule.file, line: rule.line },
})

function obligationsBy(rules: readonly Rule[], obligations: Obligations): Explanation["obligations"] {
  const named = ["approve", "assurance", "timeout", "on_timeout", "escalate_to", "grace", "bulk", "exclude"]
  const asked = rules.flatMap((rule) =>
    named.flatMap((name) => {
      const value = rule.json.annotations?.[name]
      return value === undefined ? [] : [{ from: rule.id, says: `@${name}("${value}")` }]
    }),
  )
  const people = obligations.quorum.map(({ role, count }) => `${count} of ${role}`).join(", ")
  return [
    ...asked,
    ...(rules.some(({ ask }) => ask.quorum !== null) ? [] : [{ from: "default" as const, says: people }]),
  ]
}

function nearMissesOf(set: PolicySet, slice: Slice, request: PolicyRequest): readonly NearMiss[] {
  const grants = request.chain.flatMap((member) => grantFor(member, request) ?? [])
  const contexts = grants.length < request.chain.length ? null : contextsOf(request, slice.action, grants)
  if (contexts === null) return []
  try {
    const probe = probeOf(set.engine.open(), slice)
    const misses = request.chain.flatMap((member, index) => {
      const context = contexts[index]
      if (context === undefined) return []
      const call = cedarCallOf(request, slice.action, member, context)
      return slice.rules
        .filter(({ effect }) => effect === "permit")
        .flatMap((rule) => missOf(probe, rule, call, member) ?? [])
    })
    return misses.sort((a, b) => b.held - a.held || (a.ruleId < b.ruleId ? -1 : 1)).slice(0, nearMissesMax)
  } catch {
    // The engine broke while explaining; the verdict still holds, and its own rules are named above.
    return []
  }
}

interface Probe {
  holds(call: CedarCall, parts: Pick<PolicyJson, "principal" | "resource" | "conditions">): boolean
  /** A clause in Cedar, on one line. */
  clause(clause: Clause): string
  /** A rule in Cedar up to its conditions, on one line. */
  scope(json: PolicyJson): string
}

function probeOf(instance: CedarInstance, slice: Slice): Probe {
  instance.preparseSchema("probe", slice.schema)
  const permit = (parts: Pick<PolicyJson, "principal" | "resource" | "conditions">): PolicyJson => ({
    effect: "permit",
    action: { op: "All" },
    ...parts,
  })
  return {
    holds: (call, parts) => {
      instance.preparsePolicySet("probe", { staticPolicies: { probe: permit(parts) } })
      const answer = instance.statefulIsAuthorized({
        ...call,
        preparsedPolicySetId: "probe",
        preparsedSchemaName: "probe",
        validateRequest: true,
      })
      return (
        answer.type === "success" &&
        answer.response.decision === "allow" &&
        answer.response.diagnostics.errors.length === 0
      )
    },
    clause: (clause) => {
      const text = textOf(instance, permit({ ...anyone, conditions: [clause] }))
      return text?.slice(text.indexOf(clause.kind)) ?? clause.kind
    },
    scope: (json) =>
      textOf(instance, { ...json, annotations: {}, conditions: [] })?.replace("(", " (") ?? json.effect,
  }
}

/** A policy in Cedar on one line without its semicolon; null when the engine does not write it. Quoted text stays as it is. */
function textOf(instance: CedarInstance, policy: PolicyJson): string | null {
  const answer = instance.policyToText(policy)
  if (answer.type !== "success") return null
  return answer.text
    .replace(/;?\s*$/, "")
    .replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) => (part.startsWith('"') ? part : " "))
}

const anyone = { principal: { op: "All" }, resource: { op: "All" } } as const

function missOf(probe: Probe, rule: Rule, call: CedarCall, member: ChainMember): NearMiss | null {
  const miss = (clause: string, paths: readonly AttributePath[], held: number): NearMiss => ({
    ruleId: rule.id,
    clause,
    values: paths.map((path) => ({ path: spelledPath(path), value: valueAt(call, member, path) })),
    held,
    member: member.id,
  })
  const { principal, resource } = rule.json
  if (!probe.holds(call, { principal, resource, conditions: [] }))
    return miss(probe.scope(rule.json), [["principal"], ["resource"]], 0)
  for (const [held, clause] of clausesOf(rule.json).entries()) {
    if (!probe.holds(call, { ...anyone, conditions: [clause] }))
      return miss(probe.clause(clause), pathsIn(clause.body), held + 1)
  }
  return null
}

/** The value that a path has in a question, as JSON; a principal's membership is shown as its teams. */
function valueAt(call: CedarCall, member: ChainMember, [root, ...names]: AttributePath): string {
  if (root === "principal" && names.length === 0)
    return `${member.kind} ${member.id}${member.roles.length > 0 ? ` in ${member.roles.join(", ")}` : ""}`
  const named = namedBy(call, root)
  if (named !== null && names.length === 0) return named.id
  const entity =
    named === null
      ? undefined
      : call.entities.find(({ uid }) => "id" in uid && uid.id === named.id && uid.type === named.type)
  const found = names.reduce<unknown>(
    (value, name) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, name)
        ? Reflect.get(value, name)
        : undefined,
    named === null ? call.context : entity?.attrs,
  )
  return found === undefined ? "absent" : JSON.stringify(found)
}

/** The entity that a variable names; null for the context, which is a record. */
function namedBy(call: CedarCall, variable: string): EntityName | null {
  switch (variable) {
    case "principal":
      return call.principal
    case "resource":
      return call.resource
    case "action":
      return call.action
    default:
      return null
  }
}
