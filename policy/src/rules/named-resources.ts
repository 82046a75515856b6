// Which resources some rules name: wherever a policy spells the id of one, in its scope or in a condition.
// Owns: finding them. Does not own: what a rule does with one; only the engine knows that.
// Cedar compares entities by their whole ids and makes no text of them, so a resource that no rule names is to these
// rules like every other one of its kind that they do not name.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs"
import { entityType } from "../schema/names.ts"
import type { Rule } from "./rule.ts"

/** Their ids, such as `execution:exe_…`, sorted, each once. */
export function resourcesNamedBy(rules: readonly Rule[]): readonly string[] {
  return [...new Set(rules.flatMap(({ json }) => namedIn(json)))].sort()
}

/** The ids in one policy, looked for once: it is in the slices of many actions. */
function namedIn(json: PolicyJson): readonly string[] {
  const known = named.get(json) ?? resourceIds(json)
  named.set(json, known)
  return known
}

const named = new WeakMap<PolicyJson, readonly string[]>()

/** Every id of a resource anywhere in a policy's JSON: one too many costs a decision, one too few would be a hole. */
function resourceIds(json: unknown): readonly string[] {
  if (typeof json !== "object" || json === null) return []
  const { type, id } = Object.fromEntries(Object.entries(json))
  const inside = Object.values(json).flatMap(resourceIds)
  return type === entityType.resource && typeof id === "string" ? [id, ...inside] : inside
}
