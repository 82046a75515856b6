// Which contracts an installation works with: the lock in force, that another one took its place, and the lock of each
// registry that a trace can name.
// Owns: the interface. Does not own: the texts of locks (blobs by digest), nor the effects of a change (drift).

import type { Digest, TenantId, Time } from "../primitives.ts"

/** The lock that a tenant's installation works with: the digest of its text, how many there were, and since when. */
export interface LockInForce {
  readonly number: number
  readonly digest: Digest
  readonly since: Time
}

/** The locks of an installation, one after the other. */
export interface ContractLocks {
  /** The newest; null where none was recorded yet. */
  inForce(tenant: TenantId): Promise<LockInForce | null>
  /** Records the lock that follows `after` (0 for the first). False when another one was recorded there meanwhile. */
  record(tenant: TenantId, after: number, digest: Digest): Promise<boolean>
  /** Keeps which lock has the contracts of a registry from now on. The one that was kept last, again, changes nothing. */
  keep(registry: Digest, digest: Digest): Promise<void>
  /**
   * The lock with the contracts of a registry, as `intent.received` names it, at a time: the last one kept before it, or else
   * the first. Null when none was kept.
   */
  ofRegistry(registry: Digest, at: Time): Promise<Digest | null>
  /** Every lock that was kept, the newest first, each once. */
  all(): Promise<readonly Digest[]>
}
