// Rules of a test beside those that an installation starts with, put in force without the gate.
// Does not own: activating policy as people do it.

import {
  canonicalBytes,
  parseWith,
  PolicySource,
  policySourceMediaType,
  type TenantId,
} from "@counterfoil/contracts"
import { defaultPolicySource } from "@counterfoil/policy"
import type { TestPlane } from "./test-plane.ts"

/** Puts one more text into the tenant layer of a tenant. */
export async function addRules(
  { started: { plane } }: { readonly started: Pick<TestPlane["started"], "plane"> },
  tenant: TenantId,
  text: string,
): Promise<void> {
  const base = defaultPolicySource()
  const source = parseWith(PolicySource, {
    ...base,
    texts: [...base.texts, { layer: "tenant", name: "test.cedar", text }],
  })
  if (!source.ok) throw new Error(JSON.stringify(source.error))
  const checked = plane.policies.check(source.value)
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  const { digest } = checked.value
  const blob = { digest, mediaType: policySourceMediaType, bytes: canonicalBytes(source.value) }
  await plane.store.putBlobs([blob])
  const from = (await plane.store.policySource(tenant))?.digest ?? null
  await plane.store.activatePolicy(tenant, { from, digest, source: source.value })
  plane.policies.moved(tenant)
}
