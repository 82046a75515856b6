// Everything that one verdict depends on: recorded whole, so that a replay decides again from the same facts (INV-08).
// Owns: the shape of the facts. Does not own: who gathers them (executor, adapters) or judges them (policy).

import { z } from "zod"
import {
  AnyJson,
  Assurance,
  BreakGlassId,
  CapabilityName,
  Channel,
  ContractPin,
  Digest,
  EffectClass,
  Environment,
  GrantId,
  HumanId,
  JsonPointer,
  Label,
  Origin,
  PrincipalId,
  PrincipalKind,
  RoleName,
  TenantId,
  Tier,
  Time,
  ContractRef,
  type Immutable,
} from "../primitives.ts"
import { stepsPerPlanMax } from "../plan/draft.ts"

/** Whose objects a grant reaches. */
export const ScopeLevel = z.enum(["own", "team", "tenant"])
export type ScopeLevel = z.infer<typeof ScopeLevel>

/** How far a grant reaches: whose objects, which contracts, which resources (exact ids, or `kind:*` for one kind). */
export const GrantScope = z.strictObject({
  level: ScopeLevel,
  contracts: z.array(ContractRef).max(50).optional(),
  resources: z.array(z.string().min(1).max(200)).max(50).optional(),
})
export type GrantScope = Immutable<z.infer<typeof GrantScope>>

/** Where a grant came from. */
export const GrantSource = z.enum(["owner", "oidcGroup", "delegation", "skill", "breakGlass"])

/** A capability that a principal holds until `expiresAt`. */
export const Grant = z.strictObject({
  grantId: GrantId,
  principal: PrincipalId,
  capability: CapabilityName,
  scope: GrantScope,
  source: GrantSource,
  expiresAt: Time,
})
export type Grant = Immutable<z.infer<typeof Grant>>

/** One principal in the requester chain, as the directory knew it when the decision was made. */
export const ChainMember = z.strictObject({
  id: PrincipalId,
  kind: PrincipalKind,
  tenant: TenantId,
  enabled: z.boolean(),
  owner: HumanId.nullable(),
  /** Who else could act as it: who registered a service or agent, who made a token of it that is in use, or one that the token in use was made with. Absent when no one. */
  custodians: z.array(HumanId).min(1).optional(),
  roles: z.array(RoleName),
  /** The grants of this member for the capability asked for; expired ones included, so that the answer can say so. */
  grants: z.array(Grant),
})
export type ChainMember = Immutable<z.infer<typeof ChainMember>>

/**
 * The people behind a principal: its owner and its custodians, sorted. Where obligations exclude `agentOwner`, none of them
 * reviews what the principal asks (INV-06).
 */
export const peopleBehind = ({
  owner,
  custodians = [],
}: Pick<ChainMember, "owner" | "custodians">): readonly HumanId[] =>
  [...new Set(owner === null ? custodians : [owner, ...custodians])].toSorted()

/** True for a kind of resource with which `kind:id` names one resource and no other. */
export const isResourceKind = (kind: string): boolean => kind !== "" && kind !== "none" && !kind.includes(":")

/** The facts of one decision. `chain` runs from the caller to the human it acts for; every member must be allowed. */
export const PolicyRequest = z.strictObject({
  format: z.literal("counterfoil.policy-request/1"),
  environment: Environment,
  tenant: TenantId,
  contract: ContractPin,
  capability: CapabilityName,
  effect: EffectClass,
  irreversible: z.boolean(),
  /** The effective floor, and what raised it: `class`, `own`, `taint /pointer`. */
  floor: z.strictObject({ tier: Tier, because: z.array(z.string()) }),
  taint: z.array(JsonPointer),
  chain: z.array(ChainMember).min(1).max(3),
  resource: z.strictObject({ kind: z.string(), id: z.string() }).nullable(),
  /**
   * Commands of the plan that act on what this query reads; absent for everything else. A grant that is narrowed to one of
   * them reaches the query as well. From contracts and the compiled plan, never from a draft alone.
   */
  readsFor: z.array(ContractRef).min(1).max(stepsPerPlanMax).optional(),
  /** Whose object is acted on (control and read contracts); null for commands that act on the outside. */
  object: z.strictObject({ owners: z.array(PrincipalId), roles: z.array(RoleName) }).nullable(),
  /** The `policy`-marked fields of the input alone. */
  input: z.record(z.string(), AnyJson),
  inputDigest: Digest,
  call: z.strictObject({
    channel: Channel,
    assurance: Assurance,
    origin: Origin,
    labels: z.array(Label),
    planSteps: z.int().min(0),
    now: Time,
  }),
  minimumMode: z.enum(["autonomous", "assist"]),
  breakGlass: z.strictObject({ breakGlassId: BreakGlassId, holder: HumanId, expiresAt: Time }).nullable(),
})
export type PolicyRequest = Immutable<z.infer<typeof PolicyRequest>>
