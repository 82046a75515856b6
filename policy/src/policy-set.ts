// One activated policy set: read, checked whole, and ready to decide.
// Owns: loading, and that a source with any finding gives no set. Does not own: the checks (check/), the decision (decide/).
// Keeps INV-04: a candidate is read in an instance of its own, so that it cannot harm the set that decides.

import {
  canonicalBytes,
  err,
  ok,
  type Digest,
  type ModeMap,
  type PolicyRequest,
  type PolicySource,
  type Registry,
  type Result,
  type RuleId,
  type Time,
  type Verdict,
  type VerdictCore,
} from "@counterfoil/contracts"
import { blobDigest, digestOf } from "@counterfoil/contracts/digest"
import type { Policies } from "@counterfoil/contracts/ports"
import { asJson } from "./decide/as-json.ts"
import { decide, type Deciding } from "./decide/decide.ts"
import { adapterGeneration, sliceOf, type Slice } from "./decide/slice.ts"
import { openSliceCache } from "./decide/slice-cache.ts"
import { checkSource, type CheckedSource } from "./check/check-source.ts"
import type { CedarEngine } from "./engine/cedar-engine.ts"
import { holdReasonsOf } from "./rules/hold-reasons.ts"
import type { PolicyIssue } from "./rules/issue.ts"
import type { Rule } from "./rules/rule.ts"

/** A set that decides. `rules` and `slices` are what explaining and testing read. */
export interface PolicySet extends Policies {
  readonly engine: CedarEngine
  readonly schemaDigest: Digest
  readonly rules: readonly Rule[]
  readonly slices: ReadonlyMap<string, Slice>
  readonly modeMap: ModeMap
  /** Steps of the questions that the engine was asked for this set so far, as decide/decision-steps.ts counts them. */
  readonly stepsAsked: () => number
}

/** The parts of a set. `now` is when it is activated: exceptions are bounded from then. */
export interface PolicySetParts {
  readonly source: PolicySource
  readonly registry: Registry
  readonly engine: CedarEngine
  readonly now: Time
}

/** Reads and checks a source. With any finding there is no set, and all findings are answered. */
export function loadPolicySet(parts: PolicySetParts): Result<PolicySet, readonly PolicyIssue[]> {
  const checked = checkSource(parts)
  return checked.ok ? ok(policySetOf(parts, checked.value)) : err(checked.error)
}

/**
 * The digest of the set that a source makes: that of its canonical bytes, under which it is kept. It covers every character of the
 * texts, so that a verifier without an engine can tell whether it was given the texts that decided.
 */
export const policySetDigestOf = (source: PolicySource): Digest => blobDigest(canonicalBytes(asJson(source)))

const modeMapDigestOf = (modeMap: ModeMap): Digest =>
  digestOf("counterfoil.mode-map.v1", canonicalBytes(asJson(modeMap)))

function policySetOf(
  { source, engine }: PolicySetParts,
  { rules, actions, schemaDigest }: CheckedSource,
): PolicySet {
  const { modeMap } = source
  const modeMapDigest = modeMapDigestOf(modeMap)
  const digest = policySetDigestOf(source)
  const slices = new Map(actions.map((action) => [action.id, sliceOf(action, rules, modeMapDigest)]))
  const byId = new Map<string, Rule>(rules.map((rule) => [rule.id, rule]))
  const deciding: Deciding = {
    slices,
    modeMap,
    cache: openSliceCache(engine),
    set: {
      policySetDigest: digest,
      schemaDigest,
      modeMapDigest,
      adapter: adapterGeneration,
      engine: { digest: engine.digest, name: engine.name, version: engine.version },
    },
  }
  return {
    digest,
    engineDigest: engine.digest,
    engine,
    schemaDigest,
    rules,
    slices,
    modeMap,
    stepsAsked: () => deciding.cache.counted(),
    decide: (request: PolicyRequest): Verdict => decide(deciding, request),
    resourcesNamed: (contract) => slices.get(contract)?.resources ?? [],
    holdReasonsOf: (core: VerdictCore) =>
      holdReasonsOf(
        core,
        core.determining.flatMap((ruleId) => byId.get(ruleId) ?? []),
      ),
    reasonsOf: (ruleIds: readonly RuleId[]) =>
      ruleIds.flatMap((ruleId) => {
        const rule = byId.get(ruleId)
        return rule === undefined ? [] : [{ ruleId, text: rule.reason }]
      }),
  }
}
