// The policy set that a fresh tenant decides with: the shipped one.
// Owns: activating it once. Does not own: what it says (policy), nor any later activation (the gate).

import { DefinitionError, type TenantId } from "@counterfoil/contracts"
import { defaultPolicySource } from "@counterfoil/policy"
import type { TraceStore } from "@counterfoil/contracts/ports"
import { policyBlob, type PolicyCache } from "./policy-cache.ts"

/** Activates the shipped set in a tenant without one; the text of every activated set is kept for replays. */
export async function activateFirstPolicy(
  store: Pick<TraceStore, "policySource" | "putBlobs" | "activatePolicy">,
  policies: Pick<PolicyCache, "check">,
  tenant: TenantId,
): Promise<void> {
  if ((await store.policySource(tenant)) !== null) return
  const source = defaultPolicySource()
  const checked = policies.check(source)
  if (!checked.ok)
    throw new DefinitionError(
      "the shipped policy",
      checked.error.map(({ code }) => code),
    )
  await store.putBlobs([policyBlob(source)])
  // False when another process was first with its own set: that set decides.
  await store.activatePolicy(tenant, { from: null, digest: checked.value.digest, source })
}
