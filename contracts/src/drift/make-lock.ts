// Making the lock of a registry: the same contracts give the same bytes on every machine.
// Owns: what goes in, its order, its digest. Does not own: where the file is (adapters).

import { exampleDrafts } from "../define/draw-plan.ts"
import { Documented } from "../define/from-document.ts"
import type { Contract } from "../define/contract.ts"
import type { Registry } from "../define/registry.ts"
import { digestOf } from "../digest/index.ts"
import { errorCodes, errors } from "../errors/errors.ts"
import { canonical, canonicalBytes } from "../json/canonical.ts"
import { plainJson, plainObject } from "../json/json.ts"
import { eventName, natsPrefix } from "../nats.ts"
import { isEntryKind } from "../trace/facts.ts"
import type { CapabilityName, Digest, SemVer } from "../primitives.ts"
import type { Acknowledgement, ContractLock, LockedCapability, LockedContract } from "./lock.ts"

/** The lock of a registry. `generator` is the version of the program; acknowledgements are carried over as they are. */
export function lockOf(
  registry: Registry,
  generator: SemVer,
  acknowledged: readonly Acknowledgement[],
): ContractLock {
  const content = {
    format: "counterfoil.contracts-lock/1",
    generator,
    contracts: Object.fromEntries(registry.contracts.map((contract) => [contract.ref, lockedOf(contract)])),
    capabilities: Object.fromEntries(
      registry.capabilities.map(({ name, requires }) => [name, capabilityOf(registry, name, requires)]),
    ),
    errors: Object.fromEntries(
      errorCodes.map((code) => {
        const { status, acts, template } = errors[code]
        return [code, { status, acts, template }]
      }),
    ),
  } as const
  return { ...content, digest: lockDigest(content), acknowledged }
}

/** The file: keys sorted, two spaces, LF, a newline at the end. */
export const lockText = (lock: ContractLock): string =>
  `${JSON.stringify(JSON.parse(canonical(plainJson(lock))), null, 2)}\n`

/** The digest that a lock has to state; of everything but the digest itself and the acknowledgements. */
export function lockDigest(lock: Omit<ContractLock, "digest" | "acknowledged">): Digest {
  const { format, generator, contracts, capabilities, errors: codes, generated } = lock
  const content = { format, generator, contracts, capabilities, errors: codes }
  return digestOf(
    "counterfoil.contracts-lock.v1",
    canonicalBytes(plainObject(generated === undefined ? content : { ...content, generated })),
  )
}

/** A lock that also records documents: their digests by path. Null records none. */
export function withGenerated(
  lock: ContractLock,
  generated: { readonly [path: string]: Digest } | null,
): ContractLock {
  const { generated: _before, ...content } = lock
  const made = generated === null ? content : { ...content, generated }
  return { ...made, digest: lockDigest(made) }
}

/** The digest of a capability: its name, and what it provides and requires. */
export const capabilityDigest = (
  name: string,
  { provides, requires }: Omit<LockedCapability, "digest">,
): Digest =>
  digestOf(
    "counterfoil.capability.v1",
    canonicalBytes({ name, provides: [...provides], requires: [...requires] }),
  )

function lockedOf(contract: Contract): LockedContract {
  const { kind, version, digest, documentDigest, ref } = contract
  // Straight after a parse: JSON holds no undefined, so what is optional is there or absent.
  const document = Documented.parse(contract.document) as LockedContract["document"]
  const locked = { kind, version, digest, documentDigest, document }
  if (kind !== "event") return { ...locked, ...placeOf(contract), ...draftsOf(contract) }
  return { ...locked, subject: `${natsPrefix}.*.event.*.${eventName(ref)}`, entryKind: isEntryKind(ref) }
}

// A contract that is there as a document alone has no plan function, and draws nothing.
function draftsOf(contract: Contract): { readonly drafts?: { readonly [input: string]: Digest } } {
  const drafts = contract.kind === "intent" ? exampleDrafts(contract) : {}
  return Object.keys(drafts).length === 0 ? {} : { drafts }
}

function placeOf(contract: Contract): { readonly http?: string } {
  if ((contract.kind !== "command" && contract.kind !== "query") || contract.http === null) return {}
  return { http: `${contract.http.method} ${contract.http.path}` }
}

function capabilityOf(
  registry: Registry,
  name: CapabilityName,
  requires: readonly CapabilityName[],
): LockedCapability {
  const provided = registry.contracts.filter((contract) => contract.capability === name)
  const content = { provides: provided.map(({ ref }) => ref), requires: requires.toSorted() }
  return { ...content, digest: capabilityDigest(name, content) }
}
