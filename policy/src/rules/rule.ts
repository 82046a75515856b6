// A rule: one permit or forbid of the set, with what its annotations say.
// Owns: the shape. Does not own: reading it from text (read-rules.ts) or judging it (check/).

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs"
import type {
  Assurance,
  Digest,
  Duration,
  Fallback,
  Obligations,
  PolicyLayer,
  RoleName,
  RuleId,
  Tier,
} from "@counterfoil/contracts"

/** What the annotations of a permit ask for; null for what they do not say. */
export interface Ask {
  readonly quorum: Obligations["quorum"] | null
  readonly assurance: Assurance | null
  readonly timeouts: readonly Duration[] | null
  readonly onTimeout: Fallback | null
  readonly escalateTo: readonly RoleName[] | null
  readonly grace: Duration | null
  readonly bulk: boolean | null
  readonly exclude: Obligations["exclude"] | null
}

/** One rule of a policy set, found by its `@id`. */
export interface Rule {
  readonly id: RuleId
  readonly layer: PolicyLayer
  readonly file: string
  /** The line of `file` that the policy starts on, from 1. */
  readonly line: number
  readonly effect: "permit" | "forbid"
  /** The tier that a permit raises to; high where the annotation is missing or unknown (INV-04). */
  readonly tier: Tier
  readonly reason: string
  readonly ask: Ask
  readonly text: string
  readonly textDigest: Digest
  /** Characters that its patterns look for behind a star: what it may cost to decide by it, for each character of an input. */
  readonly searched: number
  readonly json: PolicyJson
}

/** The actions that the scope of a rule names; null when it names none and so means all. */
export function scopedActions(json: PolicyJson): readonly string[] | null {
  const { action } = json
  switch (action.op) {
    case "All":
      return null
    case "==":
      return "entity" in action ? [idOf(action.entity)] : []
    case "in":
      return "entities" in action ? action.entities.map(idOf) : [idOf(action.entity)]
  }
}

/** True when the scope of a rule can match an action that is in `groups`. */
export function mayMatch(
  json: PolicyJson,
  action: { readonly id: string; readonly groups: readonly string[] },
): boolean {
  const named = scopedActions(json)
  return named === null || named.some((id) => id === action.id || action.groups.includes(id))
}

type EntityJson = Extract<PolicyJson["action"], { entity: unknown }>["entity"]
const idOf = (entity: EntityJson): string => ("__entity" in entity ? entity.__entity.id : entity.id)
