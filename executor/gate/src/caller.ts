// Who is calling: always from the authenticated connection, never from a body (INV-12).
// Owns: the shape. Does not own: how a token is checked (auth/).

import type {
  Assurance,
  Channel,
  PrincipalKind,
  PrincipalId,
  SessionId,
  TenantId,
  HumanId,
  RoleName,
  Time,
  TokenOrigin,
} from "@counterfoil/contracts"

/** An authenticated principal on one connection. */
export interface Caller {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly kind: PrincipalKind
  readonly name: string
  readonly owner: HumanId | null
  readonly roles: readonly RoleName[]
  readonly session: SessionId
  /** Who made the token of this session; null for the first of an installation. */
  readonly mintedBy: HumanId | null
  /** Where that token came from; null when that was not kept. */
  readonly origin: TokenOrigin | null
  readonly assurance: Assurance
  readonly channel: Channel
  /** W3C trace context of the request, kept in the entries it causes. */
  readonly traceparent: string | null
}

/** The caller and the time at which its token ends. */
export interface Session {
  readonly caller: Caller
  readonly expiresAt: Time
  /** For a one-time sign-in that was used or has ended: when, and when a refusal was last recorded. Never set for a token. */
  readonly spent?: { readonly at: Time; readonly refusedAt: Time | null }
}
