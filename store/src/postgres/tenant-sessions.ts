// Database access in the name of one tenant, or of the system itself.
// Owns: setting the session's tenant before the first query. Does not own: queries.
// Keeps INV-10: row level security shows a session only the rows of its tenant, and none before the tenant is set.

import { sql, type Kysely } from "kysely"
import type { TenantId } from "@counterfoil/contracts"
import { StoreUnavailable } from "@counterfoil/contracts/ports"
import { openKysely } from "../database/connect.ts"
import type { Schema } from "../database/schema.ts"
import { askedIn, isLockNotAvailable, tellHolders, type LockHeld } from "../database/lock-holders.ts"
import { reachable } from "./reachable.ts"

// Reads and control commands; the journal has its own two connections.
const tenantConnectionsMax = 8
// Claims, renewals, sequencing, tokens.
const systemConnectionsMax = 4

/** Two pools: one whose sessions get a tenant at each use, one whose sessions see all tenants. */
export class TenantSessions {
  readonly #tenants: Kysely<Schema>
  readonly #system: Kysely<Schema>
  readonly #lockHeld: LockHeld

  /** `lockHeld` is called when a statement timed out on a lock that another session holds. */
  constructor(url: string, lockHeld: LockHeld = () => undefined) {
    this.#lockHeld = lockHeld
    const service = { url, role: "counterfoil_service" } as const
    this.#tenants = openKysely({ ...service, tenant: "", connectionsMax: tenantConnectionsMax })
    this.#system = openKysely({ ...service, tenant: "*", connectionsMax: systemConnectionsMax })
  }

  /** Runs queries that may see this tenant's rows only. Throws `StoreUnavailable` when there is no connection. */
  inTenant<T>(tenant: TenantId, run: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.#reached(() =>
      this.#tenants.connection().execute(async (db) => {
        await sql`select set_config('counterfoil.tenant', ${tenant}, false)`.execute(db)
        return run(db)
      }),
    )
  }

  /** Runs queries of the system's own, which see all tenants. Throws `StoreUnavailable` when there is no connection. */
  acrossTenants<T>(run: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.#reached(() => run(this.#system))
  }

  async #reached<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await reachable(run)
    } catch (error) {
      if (error instanceof StoreUnavailable && isLockNotAvailable(error.cause))
        await tellHolders(askedIn(this.#system), this.#lockHeld)
      throw error
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#tenants.destroy(), this.#system.destroy()])
  }
}
