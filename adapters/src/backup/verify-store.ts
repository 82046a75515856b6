// Verifies every trace of a store against the head that its row claims.
// Owns: going through all of them. Does not own: what verifying means (replay), where heads and entries come from (store).
// Shows INV-07 for a whole database, one execution in memory at a time.

import { Environment } from "@counterfoil/contracts"
import { verifyTrace } from "@counterfoil/replay"
import { readTraces } from "@counterfoil/store"

/** How many verified, and the ids of those that did not. */
export interface StoreVerification {
  readonly verified: number
  readonly broken: readonly string[]
}

/** Verifies the database of an owner's login. */
export async function verifyStore(ownerUrl: string, environmentName: string): Promise<StoreVerification> {
  const environment = Environment.parse(environmentName)
  let verified = 0
  const broken: string[] = []
  for await (const { tenant, executionId, head, entries } of readTraces(ownerUrl)) {
    if (verifyTrace(entries, { environment, tenant, executionId, head }).ok) verified += 1
    else broken.push(executionId)
  }
  return { verified, broken }
}
