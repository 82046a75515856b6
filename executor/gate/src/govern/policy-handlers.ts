// Activating policy: one layer's texts and the mode map replaced, checked whole, and the pointer moved.
// Keeps INV-02 for the pointer: an activation that succeeds was applied to the set that decided until then, so that neither of
// two activations is lost.

import { invariant, parseWith, policyActivate, type Issue } from "@counterfoil/contracts"
import { type Handler, type HandlerCall, rejected, succeeded } from "@counterfoil/contracts/ports"
import { policyBlob } from "../policy-cache.ts"
import { checkActivation, type Activation } from "./check-activation.ts"
import { governs, type GovernanceWorld } from "./governance-world.ts"

/** One handler for each command on policy. */
export const policyHandlers = (world: GovernanceWorld): readonly Handler[] => [
  {
    ...governs(
      world,
      policyActivate,
      async (input, call) => {
        const live = await call.policySource()
        if (live === null) return rejected("NOT_FOUND", "There is no policy to change.")
        const checked = await checkActivation(world, call.directory, { tenant: call.tenant, live, input })
        if (!checked.ok) return rejected("POLICY_INVALID", codesOf(checked.error))
        const { digest, source } = checked.value
        await world.store.putBlobs([policyBlob(source)])
        return (await call.activatePolicy({ from: live.digest, digest, source }))
          ? succeeded({ policySetDigest: digest, activatedAt: call.startedAt })
          : rejected("POLICY_CHANGED", "Another policy was activated meanwhile.")
      },
      async (input, call) => {
        world.activated(call.tenant)
        if (input.layer === "freeze") await stopWhileFrozen(world, input, call)
      },
    ),
    // A freeze holds only forbids. Its end gives back what it forbade, and other layers may permit.
    restricts: (input) => {
      const parsed = parseWith(policyActivate.input, input)
      return parsed.ok && parsed.value.layer === "freeze" && parsed.value.policyTexts.length > 0
    },
    foresee: async ({ tenant, input }) => {
      const parsed = parseWith(policyActivate.input, input)
      invariant(parsed.ok, "INV-02", { contract: policyActivate.ref })
      const live = await world.store.policySource(tenant)
      if (live === null) return []
      const checked = await checkActivation(world, world.store.directory, {
        tenant,
        live,
        input: parsed.value,
      })
      return checked.ok ? [] : checked.error
    },
  },
]

/** What is wrong, without the text of any rule. */
const codesOf = (issues: readonly Issue[]): string =>
  issues
    .slice(0, 5)
    .map(({ message }) => message.split(",")[0])
    .join(", ")

/** Pauses running executions, unless the freeze is already over when a call is repeated. */
async function stopWhileFrozen(
  world: GovernanceWorld,
  { reason }: Activation,
  { tenant, executionId }: HandlerCall,
): Promise<void> {
  const live = await world.store.policySource(tenant)
  if (live?.source.texts.some(({ layer }) => layer === "freeze") !== true) return
  await world.stopRunning({ tenant, except: executionId, reason })
}
