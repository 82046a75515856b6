// Activating policy: one layer's texts and the mode map replaced, checked whole, and the pointer moved.
// Keeps INV-02 as far as the pointer goes: what is answered as activated was laid over the set that decided until then, so that
// of two activations neither is lost.

import { policyActivate, type Immutable, type PolicySource } from "@counterfoil/contracts"
import type { Handler, HandlerCall } from "@counterfoil/contracts/ports"
import type { z } from "zod"
import { rejected, succeeded } from "../../handlers/implement.ts"
import { policyBlob } from "../../policy-cache.ts"
import { governs, type GovernanceWorld } from "./governance-world.ts"

type Activation = Immutable<z.output<(typeof policyActivate)["input"]>>

/** One handler for each command on policy. */
export const policyHandlers = (world: GovernanceWorld): readonly Handler[] => [
  governs(
    world,
    policyActivate,
    async (input, call) => {
      const live = await call.policySource()
      if (live === null) return rejected("NOT_FOUND", "There is no policy to change.")
      const source = replaced(live.source, input)
      const checked = world.check(source)
      if (!checked.ok)
        return rejected(
          "POLICY_INVALID",
          checked.error
            .slice(0, 5)
            .map(({ code }) => code)
            .join(", "),
        )
      const { digest } = checked.value
      await world.store.putBlobs([policyBlob(digest, source)])
      return (await call.activatePolicy({ from: live.digest, digest, source }))
        ? succeeded({ policySetDigest: digest, activatedAt: call.startedAt })
        : rejected("POLICY_CHANGED", "Another policy was activated meanwhile.")
    },
    async (input, call) => {
      world.activated(call.tenant)
      if (input.layer === "freeze") await stopWhileFrozen(world, input, call)
    },
  ),
]

/** A source with one layer's texts replaced, and the mode map where another one is given. */
const replaced = (live: PolicySource, { layer, policyTexts, modeMap }: Activation): PolicySource => ({
  texts: [
    ...live.texts.filter((text) => text.layer !== layer),
    ...policyTexts.map((text) => ({ ...text, layer })),
  ],
  modeMap: modeMap ?? live.modeMap,
})

/** Pauses what runs, unless the freeze is over already when a repeated call comes here. */
async function stopWhileFrozen(
  world: GovernanceWorld,
  { reason }: Activation,
  { tenant, executionId }: HandlerCall,
): Promise<void> {
  const live = await world.store.policySource(tenant)
  if (live?.source.texts.some(({ layer }) => layer === "freeze") !== true) return
  await world.stopRunning({ tenant, except: executionId, reason })
}
