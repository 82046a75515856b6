// Activating policy: one layer's texts and the mode map replaced, checked whole, and the pointer moved.

import { policyActivate, type PolicySource } from "@counterfoil/contracts"
import type { Handler } from "@counterfoil/contracts/ports"
import { implement, rejected, succeeded } from "../../handlers/implement.ts"
import { policyBlob } from "../../policy-cache.ts"
import type { GovernanceWorld } from "./governance-world.ts"

/** One handler for each command on policy. */
export function policyHandlers(world: GovernanceWorld): readonly Handler[] {
  return [
    implement(policyActivate, async (input, call) => {
      const live = await world.store.policySource(call.tenant)
      if (live === null) return rejected("NOT_FOUND", "There is no policy to change.")
      const texts = [
        ...live.source.texts.filter(({ layer }) => layer !== input.layer),
        ...input.policyTexts.map((text) => ({ ...text, layer: input.layer })),
      ]
      const source: PolicySource = { texts, modeMap: input.modeMap ?? live.source.modeMap }
      const checked = world.check(source)
      if (!checked.ok)
        return rejected(
          "POLICY_INVALID",
          checked.error
            .slice(0, 5)
            .map(({ code }) => code)
            .join(", "),
        )
      await world.store.putBlobs([policyBlob(checked.value.digest, source)])
      await world.store.activatePolicy(call.tenant, checked.value.digest, source)
      world.activated(call.tenant)
      if (input.layer === "freeze" && input.policyTexts.length > 0)
        await world.stopRunning({ tenant: call.tenant, except: call.executionId, reason: input.reason })
      return succeeded({ policySetDigest: checked.value.digest, activatedAt: call.startedAt })
    }),
  ]
}
