// A verdict: decision, tier, mode, obligations, the rules that determined it, and digests of all that it stood on.
// Owns: its shape. Does not own: how it is reached (policy).

import { z } from "zod"
import {
  Assurance,
  BlockReason,
  BreakGlassId,
  Decision,
  Digest,
  Duration,
  Fallback,
  GrantId,
  Mode,
  PrincipalId,
  RoleName,
  RuleId,
  Tier,
  type Immutable,
} from "../primitives.ts"

/** What a verdict still asks of people before the step may run. */
export const Obligations = z.strictObject({
  quorum: z.array(z.strictObject({ role: RoleName, count: z.int().min(1).max(5) })).min(1),
  assurance: Assurance,
  /** One time-out a level; the last one is the length of the last level. */
  timeouts: z.array(Duration).min(1),
  onTimeout: Fallback,
  /** The role of each escalation level, first level first. */
  escalateTo: z.array(RoleName).max(3),
  grace: Duration,
  bulk: z.boolean(),
  exclude: z.array(z.enum(["agentOwner", "sameTeam"])),
})
export type Obligations = Immutable<z.infer<typeof Obligations>>

/** What was decided; its digest changes exactly when something that matters changed. */
export const VerdictCore = z.strictObject({
  decision: Decision,
  tier: Tier,
  mode: Mode,
  blockReason: BlockReason.nullable(),
  determining: z.array(RuleId),
  forbids: z.array(RuleId),
  floor: z.strictObject({ tier: Tier, because: z.array(z.string()) }),
  obligations: Obligations.nullable(),
  contractDigest: Digest,
  inputDigest: Digest,
  sliceDigest: Digest,
  chain: z.array(PrincipalId),
  breakGlassId: BreakGlassId.nullable(),
})
export type VerdictCore = Immutable<z.infer<typeof VerdictCore>>

/** What surrounded the decision without being part of it. */
export const VerdictCircumstances = z.strictObject({
  requestDigest: Digest,
  policySetDigest: Digest,
  schemaDigest: Digest,
  modeMapDigest: Digest,
  adapter: z.literal(1),
  engine: z.strictObject({ name: z.literal("cedar-wasm"), version: z.string(), digest: Digest }),
  errors: z.array(z.strictObject({ ruleId: z.string(), message: z.string() })),
  grants: z.array(GrantId),
})

/** What was decided, and what surrounded it. */
export const Verdict = z.strictObject({ core: VerdictCore, circumstances: VerdictCircumstances })
export type Verdict = Immutable<z.infer<typeof Verdict>>

/** Why a decision is asked for. */
export const DecisionPhase = z.enum(["preview", "binding", "consumption", "undo"])
export type DecisionPhase = z.infer<typeof DecisionPhase>
