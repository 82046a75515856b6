// A slice: the rules whose scope can match one action, and the digest that says what a verdict read.
// Owns: which rules belong to it, and the digest. Does not own: parsing it in the engine (slice-cache.ts).
// Editing a rule for another action leaves the digest as it is; a new forbid on a group of the action changes it.

import { canonicalBytes, type Digest, type JsonObject } from "@counterfoil/contracts"
import { blobDigest, digestOf } from "@counterfoil/contracts/digest"
import type { SchemaJson } from "@cedar-policy/cedar-wasm/nodejs"
import type { DigestedSchema } from "../engine/engine-memory.ts"
import { resourcesNamedBy } from "../rules/named-resources.ts"
import { mayMatch, type Rule } from "../rules/rule.ts"
import type { Action } from "../schema/action.ts"
import { sliceSchema } from "../schema/cedar-schema.ts"
import { asJson } from "./as-json.ts"
import { sizeOfRules, type RulesSize } from "./decision-steps.ts"
import { factsReadBy, type FactsRead } from "./facts-read.ts"
import { obligationDefaults } from "./obligations.ts"

/** The generation of this adapter: raised when the same rules and facts would be read differently. */
export const adapterGeneration = 1

/** The rules and settings that decide one action. Rules are sorted by id. */
export interface Slice {
  readonly action: Action
  readonly rules: readonly Rule[]
  readonly schema: SchemaJson<string>
  readonly reads: FactsRead
  /** The resources that its rules name, as `kind:id`, sorted. */
  readonly resources: readonly string[]
  /** What its rules cost for every question. */
  readonly size: RulesSize
  readonly digest: Digest
}

/** The slice of an action under a set of rules, sorted by id, and a mode map. */
export function sliceOf(action: Action, all: readonly Rule[], modeMap: Digest): Slice {
  const rules = all.filter((rule) => mayMatch(rule.json, action))
  const schema = schemaOf(action)
  const content: JsonObject = {
    policies: rules.map(({ id, textDigest }) => ({ id, textDigest })),
    schema: schema.digest,
    modeMap,
    defaults: defaultsDigest,
    adapter: adapterGeneration,
  }
  return {
    action,
    rules,
    schema: schema.json,
    reads: factsReadBy(rules),
    resources: resourcesNamedBy(rules),
    size: sizeOfRules(rules),
    digest: digestOf("counterfoil.policy-slice.v1", canonicalBytes(content)),
  }
}

/** The schema of an action, made once: sets of the same installation share its actions. */
function schemaOf(action: Action): DigestedSchema {
  const known = schemas.get(action)
  if (known !== undefined) return known
  const json = sliceSchema(action)
  const made = { json, digest: blobDigest(canonicalBytes(asJson(json))) }
  schemas.set(action, made)
  return made
}

const schemas = new WeakMap<Action, DigestedSchema>()

const defaultsDigest = blobDigest(canonicalBytes(asJson(obligationDefaults)))
