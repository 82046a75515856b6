// A gate by which the program asks for something that no rule of a tenant may allow: decided by rules of the program's own.
// Owns: those rules being kept with the trace, so that it replays, and a worker that takes what is asked here and nothing else.
// Does not own: what is asked, nor that its handler refuses everyone else.

import { invariant, type ContractRef, type PolicySource } from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { startWorker } from "@counterfoil/worker"
import { defaultPolicySource } from "@counterfoil/policy"
import { keepLock, type Gate, policyBlob } from "@counterfoil/gate"
import type { Core } from "./open-core.ts"
import { openGate } from "./open-gate.ts"
import type { Settings } from "./settings.ts"

/**
 * The rules by which a service of the program asks for one contract: the base layer as it ships, and a permit for services. Its
 * handler lets the one service do it. `name` ends the id of the rule and names its file; `reason` is what the trace says.
 */
export function rulesFor(contract: ContractRef, name: string, reason: string): PolicySource {
  const { modeMap, texts } = defaultPolicySource()
  const text = `@id("organisation.${name}") @tier("low") @reason("${reason}")
permit (
  principal is Counterfoil::Service,
  action in [
    Counterfoil::Action::"controlPlane.intent.submit@1",
    Counterfoil::Action::"${contract}"
  ],
  resource
);
`
  return {
    modeMap,
    texts: [
      ...texts.filter(({ layer }) => layer === "base"),
      { layer: "organisation", name: `${name}.cedar`, text },
    ],
  }
}

/** Opens it; `ends` learns how to take it down. */
export async function gateByOwnRules(
  core: Core,
  settings: Settings,
  rules: PolicySource,
  ends: AsyncDisposableStack,
): Promise<Gate> {
  const { store, random, policies, lock } = core
  const set = policies.check(rules)
  invariant(set.ok, "INV-04", { ownRules: false })
  await store.putBlobs([policyBlob(rules)])
  await keepLock(store, lock)
  const world = {
    ...core.world,
    worker: mintId("wrk", Date.parse(store.clock.now()), random.bytes(10)),
    policies: () => Promise.resolve(set.value),
  }
  // Other work is not to be decided by these rules.
  const worker = startWorker(world, { mayTake: () => Promise.resolve(false), passesOn: true })
  ends.defer(() => worker.stop())
  const { gate } = openGate({ ...core, world }, settings, worker, {
    cursorSecret: await store.cursorSecret(),
    publicUrl: () => "",
  })
  return gate
}
