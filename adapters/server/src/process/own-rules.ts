// A gate for requests of the program itself that no rule of a tenant may allow: rules of the program decide them.
// Owns: storing those rules with the trace, so that it replays, and a worker that takes only these requests.
// Does not own: the requests, nor the check of their handlers that refuses every other caller.

import { invariant, type ContractRef, type PolicySource } from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { startWorker } from "@counterfoil/worker"
import { defaultPolicySource } from "@counterfoil/policy"
import { keepLock, type Gate, policyBlob } from "@counterfoil/gate"
import type { Core } from "./open-core.ts"
import { openGate } from "./open-gate.ts"
import type { Settings } from "./settings.ts"

/**
 * The rules for one contract that a service of the program requests: the shipped base layer, and a permit for services. Its
 * handler accepts only that service. `name` ends the id of the rule and names its file; `reason` is recorded in the trace.
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

/** Opens it; its shutdown is added to `ends`. */
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
  // These rules must not decide other work.
  const worker = startWorker(world, { mayTake: () => Promise.resolve(false), passesOn: true })
  ends.defer(() => worker.stop())
  const { gate } = openGate({ ...core, world }, settings, worker, {
    cursorSecret: await store.cursorSecret(),
    publicUrl: () => "",
  })
  return gate
}
