// A verdict from its parts: everything sorted, so that two decisions that agree are equal bytes.
// Owns: the two halves and the digest. Does not own: how the parts were found (decide.ts).
// Keeps INV-08: what varies from call to call without mattering is in the circumstances.

import {
  canonicalBytes,
  type BlockReason,
  type Digest,
  type Obligations,
  type PolicyRequest,
  type RuleId,
  type Tier,
  type Mode,
  type Verdict,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"

/** What a decision found, before it becomes a verdict. */
export type VerdictFinding =
  | {
      readonly kind: "deny"
      readonly because: BlockReason
      readonly tier: Tier
      readonly forbids: readonly RuleId[]
      readonly errors: Verdict["circumstances"]["errors"]
    }
  | {
      readonly kind: "allow" | "hold"
      readonly tier: Tier
      readonly mode: Mode
      readonly determining: readonly RuleId[]
      readonly obligations: Obligations | null
      readonly underBreakGlass: boolean
    }

/** What a set contributes to each of its verdicts. */
export type SetFacts = Pick<
  Verdict["circumstances"],
  "policySetDigest" | "schemaDigest" | "modeMapDigest" | "adapter" | "engine"
>

/** The digest of what was decided; equal exactly when nothing that matters changed. */
export const verdictDigestOf = (verdict: Verdict): Digest =>
  digestOf("counterfoil.verdict.v1", canonicalBytes(verdict.core))

/** The digest of the facts of a decision. Throws for what is not JSON. */
export const policyRequestDigestOf = (request: PolicyRequest): Digest =>
  digestOf("counterfoil.policy-request.v1", canonicalBytes(request))

/** A finding as a verdict. */
export function verdictOf(given: {
  readonly request: PolicyRequest
  readonly requestDigest: Digest
  readonly sliceDigest: Digest
  readonly set: SetFacts
  readonly grants: Verdict["circumstances"]["grants"]
  readonly finding: VerdictFinding
}): Verdict {
  const { request, finding } = given
  const denied = finding.kind === "deny"
  const { set } = given
  // Sorted: what is in order is spelled without a copy.
  return {
    circumstances: {
      adapter: set.adapter,
      engine: set.engine,
      errors: denied ? finding.errors : [],
      grants: sorted(given.grants),
      modeMapDigest: set.modeMapDigest,
      policySetDigest: set.policySetDigest,
      requestDigest: given.requestDigest,
      schemaDigest: set.schemaDigest,
    },
    core: {
      blockReason: denied ? finding.because : null,
      breakGlassId: !denied && finding.underBreakGlass ? (request.breakGlass?.breakGlassId ?? null) : null,
      chain: request.chain.map(({ id }) => id),
      contractDigest: request.contract.digest,
      decision: finding.kind,
      determining: denied ? [] : sorted(finding.determining),
      floor: { because: sorted(request.floor.because), tier: request.floor.tier },
      forbids: denied ? sorted(finding.forbids) : [],
      inputDigest: request.inputDigest,
      mode: denied ? "blocked" : finding.mode,
      obligations: denied ? null : finding.obligations,
      sliceDigest: given.sliceDigest,
      tier: finding.tier,
    },
  }
}

const sorted = <T extends string>(values: readonly T[]): readonly T[] => [...new Set(values)].sort()
