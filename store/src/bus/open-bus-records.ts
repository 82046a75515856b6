// The store's records for the bus, on connections of their own.
// Owns: opening and closing them. Does not own: any query.

import type { Quarantine, RelayLog } from "@counterfoil/contracts/ports"
import { TenantSessions } from "../postgres/tenant-sessions.ts"
import { openQuarantine } from "./quarantine.ts"
import { openRelayLog } from "../postgres/relay-log.ts"

/** The relay's log and the quarantine, until closed. */
export interface BusRecords {
  readonly log: RelayLog
  readonly quarantine: Quarantine
  close(): Promise<void>
}

/** Opens them on a migrated database; connects at the first use. Every call throws `StoreUnavailable` when it is away. */
export function openBusRecords(url: string): BusRecords {
  const sessions = new TenantSessions(url)
  return {
    log: openRelayLog(sessions),
    quarantine: openQuarantine(sessions),
    close: () => sessions.close(),
  }
}
