// At the start of a process, gives owners the capabilities that its contracts have and the contracts in force did not. No one holds
// these yet, and a principal can give only what it holds, so without this step no one could ever use them.
// Owns: which capabilities those are, the rules that decide, and one request for each owner and capability. Does not own: the
// rest of a rollout (report-rollout.ts), which comes after: if the process ends in between, the next start reads who holds what.

import {
  addMs,
  capabilityIntroduce,
  Submitted,
  type CapabilityName,
  type PrincipalId,
  type Time,
} from "@counterfoil/contracts"
import { ownersOf } from "@counterfoil/policy"
import {
  capabilitiesOf,
  newTraceId,
  grantDaysMax,
  peopleOf,
  contractsOfLock,
  keptLock,
  ownService,
} from "@counterfoil/gate"
import type { Core } from "./open-core.ts"
import { gateByOwnRules, rulesFor } from "./own-rules.ts"
import type { Settings } from "./settings.ts"

const dayMs = 86_400_000
const introductionRules = rulesFor(
  capabilityIntroduce.ref,
  "introduction",
  "owners hold every capability that comes with new contracts",
)
/** This process decides and executes it, without any outside system. */
const waitMs = 10_000

interface Introduction {
  readonly principal: PrincipalId
  readonly capability: CapabilityName
  readonly expiresAt: Time
}

/** Requests it where it is needed, and logs the result. Throws what the store throws. */
export async function introduceCapabilities(core: Core, settings: Settings): Promise<void> {
  const { store, random } = core
  const { tenant, logger } = settings
  const wanted = await introductionsOf(core, settings)
  if (wanted.length === 0) return
  await using ends = new AsyncDisposableStack()
  const gate = await gateByOwnRules(core, settings, introductionRules, ends)
  const caller = await ownService(store.directory, random, tenant, store.clock.now())
  for (const [at, { principal, capability, expiresAt }] of wanted.entries()) {
    const answer = await gate.call({
      caller,
      contract: capabilityIntroduce.ref,
      input: {
        key: `introduce-${caller.session}-${at}`,
        principal,
        capability,
        scope: { level: "tenant" },
        expiresAt,
        reason: "it came with the contracts of this start",
      },
      waitMs,
      signal: new AbortController().signal,
      traceId: newTraceId(random),
    })
    const said = answer.kind === "answer" ? Submitted.parse(answer.body) : null
    const code = answer.kind === "problem" ? answer.problem.code : (said?.failure?.providerCode ?? null)
    if (said?.status === "completed") logger.info("capability introduced", { capability, principal })
    // Another process that starts at the same time may have done it.
    else
      logger.warn("capability not introduced", { capability, principal, status: said?.status ?? null, code })
  }
}

async function introductionsOf(
  { store, registry, lock }: Core,
  { tenant }: Settings,
): Promise<readonly Introduction[]> {
  const inForce = await store.contractLocks.inForce(tenant)
  // A first start gives its owner every capability, and a start with the contracts in force adds none.
  if (inForce === null || inForce.digest === lock.digest) return []
  const kept = await keptLock(store, inForce.digest)
  const before: readonly string[] | null =
    kept === null ? null : [...Object.keys(kept.capabilities), ...capabilitiesOf(contractsOfLock(kept))]
  const fresh = capabilitiesOf(registry).filter((name) => before?.includes(name) !== true)
  if (fresh.length === 0) return []
  const now = store.clock.now()
  const grants = (await store.directory.grants(tenant, null)).filter(({ expiresAt }) => expiresAt > now)
  const roles = await store.directory.roleGrants(tenant)
  // When this release cannot read the lock, a capability counts as new if no one holds it.
  const isNew = (name: CapabilityName) =>
    before !== null || grants.every(({ capability }) => capability !== name)
  const people = await peopleOf(store.directory, tenant)
  return ownersOf(people(now, null)).flatMap(({ id }) =>
    fresh
      .filter(isNew)
      .filter((name) => !grants.some(({ principal, capability }) => principal === id && capability === name))
      .map((capability) => ({ principal: id, capability, expiresAt: ownerUntil(id) })),
  )

  /** Until the person is no longer an owner, and at most as long as a grant of a person may last. */
  function ownerUntil(id: PrincipalId): Time {
    const longest = addMs(now, grantDaysMax.human * dayMs)
    const ends = roles.filter(({ principal, role }) => principal === id && role === "owner")
    const last = ends
      .map(({ expiresAt }) => expiresAt)
      .toSorted()
      .at(-1)
    return last === undefined || last > longest ? longest : last
  }
}
