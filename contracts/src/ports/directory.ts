// Who exists in a tenant, what they hold and how they prove who they are.
// Owns: the interface. Does not own: tokens' bytes (only their SHA-256 is ever given here) nor who may change anything.
// Keeps INV-04 (an unknown principal is null, never a default) and INV-13 (no secret passes through).

import type {
  Assurance,
  CapabilityName,
  Digest,
  GrantId,
  HumanId,
  PrincipalId,
  PrincipalKind,
  RoleName,
  SessionId,
  TenantId,
  Time,
} from "../primitives.ts"
import type { TokenOrigin } from "../approval/approval.ts"
import type { ChainMember, Grant } from "../policy/request.ts"

/** A principal as the directory keeps it. */
export interface PrincipalRow {
  readonly id: PrincipalId
  readonly tenant: TenantId
  readonly kind: PrincipalKind
  readonly name: string
  readonly enabled: boolean
  readonly owner: HumanId | null
  readonly roles: readonly RoleName[]
  readonly addedAt: Time
  /** Who registered it; null for what a first start or the program itself made. */
  readonly addedBy: HumanId | null
}

/** A role that a principal holds until `expiresAt`. */
export interface RoleGrant {
  readonly grantId: GrantId
  readonly principal: PrincipalId
  readonly role: RoleName
  readonly expiresAt: Time
}

/** A token as it is stored: the SHA-256 of its bytes and what it proves. */
export interface TokenRow {
  readonly hash: Digest
  readonly session: SessionId
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly label: string
  readonly assurance: Assurance
  readonly createdAt: Time
  readonly expiresAt: Time
  readonly revokedAt: Time | null
  /** Who made it; null for what a first start made, and for tokens from before this was kept. */
  readonly mintedBy: HumanId | null
  /** Where it came from; null for tokens from before this was kept. A token that a person made for themselves has that of the one they made it with. */
  readonly origin: TokenOrigin | null
  /** `signIn`: proves nothing but the right to be exchanged once for a token of the person. */
  readonly use: "session" | "signIn"
  /** When a sign-in was last presented after its end; null while that did not happen. */
  readonly refusedAt: Time | null
  /** Set by `resetToken`: it no longer says that its holder has signed in. */
  readonly reset?: true
}

/** A reviewer's ed25519 public key (SPKI, base64), whose id is its own digest (`reviewKeyIdOf`), with the time from which, and until which, it counts. */
export interface ReviewKeyRow {
  readonly keyId: string
  readonly tenant: TenantId
  readonly human: HumanId
  readonly spki: string
  readonly enrolledAt: Time
  readonly revokedAt: Time | null
}

/** The directory of all tenants; every call names one. */
export interface Directory {
  principal(tenant: TenantId, id: PrincipalId): Promise<PrincipalRow | null>
  principalByName(tenant: TenantId, name: string): Promise<PrincipalRow | null>
  principals(tenant: TenantId): Promise<readonly PrincipalRow[]>
  /**
   * A principal with its roles, its custodians and its grants of one capability, expired ones included; null when unknown. The
   * custodians of a person are known only by the token that asks, so that here a person has none.
   */
  member(tenant: TenantId, id: PrincipalId, capability: CapabilityName): Promise<ChainMember | null>
  /** Every capability that a principal holds an unexpired grant for. */
  capabilitiesOf(tenant: TenantId, id: PrincipalId): Promise<readonly CapabilityName[]>
  grants(tenant: TenantId, id: PrincipalId | null): Promise<readonly Grant[]>
  /** Roles given and not revoked, expired ones included. */
  roleGrants(tenant: TenantId): Promise<readonly RoleGrant[]>
  /** True while `human` lets `agent` act for it. */
  delegated(tenant: TenantId, agent: PrincipalId, human: HumanId): Promise<boolean>
  token(hash: Digest): Promise<{ readonly token: TokenRow; readonly principal: PrincipalRow } | null>
  tokens(tenant: TenantId): Promise<readonly TokenRow[]>
  /** A row whose id is not that of its public part is not a key: it is neither returned here nor enrolled. */
  reviewKey(tenant: TenantId, keyId: string): Promise<ReviewKeyRow | null>
  reviewKeys(tenant: TenantId): Promise<readonly ReviewKeyRow[]>

  /** Each write is repeatable: the same row again changes nothing, another row under the same id is refused (false). */
  addPrincipal(row: PrincipalRow): Promise<boolean>
  disablePrincipal(tenant: TenantId, id: PrincipalId, at: Time): Promise<boolean>
  /** A disabled principal counts again; an enabled one stays so. */
  enablePrincipal(tenant: TenantId, id: PrincipalId): Promise<boolean>
  giveGrant(tenant: TenantId, grant: Grant, givenBy: PrincipalId, reason: string): Promise<boolean>
  giveRole(
    tenant: TenantId,
    grantId: GrantId,
    id: PrincipalId,
    role: RoleName,
    expiresAt: Time,
  ): Promise<boolean>
  /** Revokes a grant, or a role given under that id. */
  revokeGrant(tenant: TenantId, grantId: GrantId, at: Time): Promise<boolean>
  addToken(row: TokenRow): Promise<boolean>
  revokeToken(tenant: TenantId, session: SessionId, at: Time): Promise<boolean>
  /** Revokes a token, and forgets that its holder signed in with it: what another person could hold was ended, and the holder starts anew. */
  resetToken(tenant: TenantId, session: SessionId, at: Time): Promise<boolean>
  /** Remembers that a sign-in was presented after its end. */
  refuseSignIn(tenant: TenantId, session: SessionId, at: Time): Promise<boolean>
  enrolReviewKey(row: ReviewKeyRow): Promise<boolean>
  revokeReviewKey(tenant: TenantId, keyId: string, at: Time): Promise<boolean>
}
