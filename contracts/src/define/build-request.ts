// From a step and its exact input to the facts of one decision: the same for gate, executor and replay (INV-08).
// Owns: the projection of `policy` fields, the effective floor with its causes, the resource. Does not own: the decision.

import { isObject } from "../json/json.ts"
import type { Callable } from "./contract.ts"
import { marksOf, type JsonSchema } from "../schema/schema.ts"
import type { Json, JsonObject } from "../json/json.ts"
import { readPointer } from "../json/json-pointer.ts"
import {
  higherTier,
  raiseTier,
  type Digest,
  type EffectClass,
  type Environment,
  type TenantId,
  type Tier,
} from "../primitives.ts"
import type { ChainMember, PolicyRequest } from "../policy/request.ts"

/** The floor that an effect class gives by itself: people look at what cannot be repeated, at tier high where it cannot be taken back either. */
export function classFloor(effect: EffectClass, irreversible: boolean): Tier {
  switch (effect) {
    case "pure":
    case "read":
    case "natural":
    case "keyed":
      return "low"
    case "probeable":
      return "medium"
    case "unsafe":
      return irreversible ? "high" : "medium"
  }
}

/** The effective floor of a contract, and what raised it; one tainted target raises it one tier, more raise it no further. */
export function effectiveFloor(
  contract: Pick<Callable, "effect" | "irreversible" | "floor">,
  taint: readonly string[],
): PolicyRequest["floor"] {
  const byClass = classFloor(contract.effect, contract.irreversible)
  const own = contract.floor === null ? byClass : higherTier(byClass, contract.floor)
  return {
    because: [
      `class ${contract.effect}${contract.irreversible ? " irreversible" : ""}`,
      ...(contract.floor === null ? [] : [`own ${contract.floor}`]),
      ...taint.map((at) => `taint ${at === "" ? "/" : at}`),
    ],
    tier: taint.length === 0 ? own : raiseTier(own),
  }
}

/** The subject of a decision, before it becomes a request. */
export interface DecisionSubject {
  readonly environment: Environment
  readonly tenant: TenantId
  readonly contract: Callable
  readonly input: Json
  readonly inputDigest: Digest
  readonly taint: readonly string[]
  readonly chain: readonly ChainMember[]
  readonly object: PolicyRequest["object"]
  readonly call: PolicyRequest["call"]
  readonly minimumMode: PolicyRequest["minimumMode"]
  readonly breakGlass: PolicyRequest["breakGlass"]
}

/** The facts of one decision, complete and sorted: what is in order is spelled without a copy (canonical.ts). */
export function buildPolicyRequest(subject: DecisionSubject): PolicyRequest {
  const { contract } = subject
  return {
    breakGlass: subject.breakGlass,
    call: subject.call,
    capability: contract.capability,
    chain: subject.chain,
    contract: contract.pin,
    effect: contract.effect,
    environment: subject.environment,
    floor: effectiveFloor(contract, subject.taint),
    format: "counterfoil.policy-request/1",
    input: projectPolicyFields(contract.inputSchema, subject.input),
    inputDigest: subject.inputDigest,
    irreversible: contract.irreversible,
    minimumMode: subject.minimumMode,
    object: subject.object,
    resource: resourceOf(contract, subject.input),
    taint: subject.taint,
    tenant: subject.tenant,
  }
}

/** What rules read of an input, as a record of the same shape; objects without anything of it are left out. */
export function projectPolicyFields(schema: JsonSchema, input: Json): JsonObject {
  const properties = schema["properties"]
  if (!isObject(properties) || !isObject(input)) return {}
  const seen: [string, Json][] = []
  for (const [name, child] of Object.entries(properties)) {
    // A field may have the name of a member that every object inherits, so only own members are read.
    const value = Object.hasOwn(input, name) ? input[name] : undefined
    if (value === undefined || !isObject(child)) continue
    const marks = marksOf(child)
    if (marks.includes("counted")) seen.push([name, Array.isArray(value) ? value.length : value])
    else if (marks.includes("policy") || marks.includes("dated")) seen.push([name, value])
    else if (isObject(value)) {
      const inner = projectPolicyFields(child, value)
      if (Object.keys(inner).length > 0) seen.push([name, inner])
    }
  }
  return Object.fromEntries(seen)
}

function resourceOf(contract: Callable, input: Json): PolicyRequest["resource"] {
  if (contract.resource === null) return null
  const id = readPointer(input, contract.resource.at)
  return id.ok && (typeof id.value === "string" || typeof id.value === "number")
    ? { kind: contract.resource.kind, id: String(id.value) }
    : null
}
