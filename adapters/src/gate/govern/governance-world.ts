// What the handlers of governing commands share: the world they act on, and ids derived from the idempotency key.
// Keeps INV-03: every id is derived from the idempotency key, so that a repeated call finds its own row.

import type { PolicySource, Result, TenantId } from "@counterfoil/contracts"
import { id26 } from "@counterfoil/contracts/digest"
import type { Clock, HandlerCall, TraceStore } from "@counterfoil/contracts/ports"
import type { PolicyIssue, PolicySet } from "@counterfoil/policy"
import type { KillSwitch } from "../kill-switch.ts"

/** What governing needs. `check` answers the set that a source would make, or what is wrong with it. */
export interface GovernanceWorld {
  readonly store: TraceStore
  readonly clock: Clock
  check(source: PolicySource): Result<PolicySet, readonly PolicyIssue[]>
  /** Tells this process that a tenant's policy is another one now. */
  activated(tenant: TenantId): void
  /** Pauses what runs in a tenant that was frozen. */
  stopRunning(pulled: KillSwitch): Promise<unknown>
}

/** The last 26 characters of an id that the call makes: the same at every repetition of it. */
export const derivedId = ({ idempotencyKey }: HandlerCall): string => id26(Buffer.from(idempotencyKey, "hex"))
