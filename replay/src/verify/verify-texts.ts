// The texts of a bundle: each of them needed, none missing. Their digests were compared when the file was read (read-bundle.ts).
// Owns: which contracts and policy sources a trace names. Does not own: what they say (rederive).

import {
  canonicalBytes,
  contractMediaType,
  digestsOfDocument,
  isList,
  parseWith,
  PolicySource,
  policySourceMediaType,
  type ContractDocument,
  type Digest,
  type Json,
  type JsonObject,
  type Payloads,
  type TraceEntry,
  isObject,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import type { BlobRow } from "@counterfoil/contracts/ports"
import type { RecordedFact } from "@counterfoil/core"
import type { Bundle } from "../bundle/bundle.ts"
import { objectIn } from "./text-in.ts"
import { fault, type TraceFault } from "./verify-trace.ts"

/** A contract as its document names it. */
interface Named {
  readonly kind: Json
  readonly ref: string
  readonly version: string
  readonly digest: Digest
  /** The digest by which traces of earlier releases name it. */
  readonly formerDigest: Digest
}

/**
 * What is wrong with the texts, or null. `isWhole` is false when the contracts are not exactly those of the registry that the
 * execution began with, so that deciding again may not find all that it needs.
 */
export function examineTexts(
  { blobs, entries, header }: Bundle,
  facts: readonly (RecordedFact | null)[],
): { readonly fault: TraceFault | null; readonly isWhole: boolean } {
  const documents = new Map<Digest, Named>()
  const policies = new Map<Digest, Digest>()
  const no = (because: string, recorded: string | null = null) => ({
    fault: fault("BLOB", 0, "", because, recorded, null),
    isWhole: false,
  })
  for (const blob of blobs) {
    const value = objectIn(blob)
    if (value === null) return no("a text is not an object in canonical JSON", blob.digest)
    if (blob.mediaType === contractMediaType) {
      const named = namedBy(value)
      if (named === null) return no("a contract has no name or version", blob.digest)
      if (documents.has(named.digest)) return no("a contract is there twice", blob.digest)
      documents.set(named.digest, named)
    } else if (blob.mediaType === policySourceMediaType) {
      const modeMap = modeMapDigestIn(value)
      if (modeMap === null) return no("a policy text does not have its form", blob.digest)
      policies.set(blob.digest, modeMap)
    } else return no("a text has a type that no entry names", blob.digest)
  }
  const contracts = underTheirDigests([...documents.values()], entries)
  if (header.include.payloads === "none") return { fault: null, isWhole: false }
  const pinned = new Set<string>()
  let odd: string | null = null
  for (const { head, payload } of entries) {
    const pins = pinsIn(payload)
    const named = [head.kindDigest, ...pins.map(({ digest }) => digest)]
    const missing = named.find((digest) => !contracts.has(digest))
    if (missing !== undefined) return no("a contract that an entry names is not in the bundle", missing)
    for (const { digest, ref, version } of pins) {
      const contract = contracts.get(digest)
      if (contract?.ref !== ref) return no("a contract is pinned under another name than its own", digest)
      if (contract.version !== version) odd = digest
      pinned.add(digest)
    }
    const kind = contracts.get(head.kindDigest)
    if (kind === undefined || kind.ref !== head.kind || kind.kind !== "event")
      return no("an entry is of another kind than the contract that its digest names", head.kind)
  }
  const registered = atFirst([...contracts.values()], entries, pinned)
  const needed = [...registered.map(({ digest }) => digest), ...entries.map(({ head }) => head.kindDigest)]
  const stray = strayIn([...documents.values()], new Set([...needed, ...pinned]))
  if (stray !== null) return no("a second contract is there for a name, and no entry names it", stray.digest)
  const because = policiesProblem(facts, policies)
  if (because !== null) return no(because)
  const isWhole = isRegistry(facts[0] ?? null, registered)
  // A digest covers the major version alone, so that the whole version is known only where the registry's own documents are here.
  return isWhole && odd !== null
    ? no("a contract is pinned in another version than the registry has", odd)
    : { fault: null, isWhole }
}

/**
 * A contract that is neither the registry's own of its name nor named by an entry. A registry has one contract of a name, and only
 * an upgrade that wrote an entry brings another.
 */
const strayIn = (documents: readonly Named[], needed: ReadonlySet<string>): Named | null =>
  documents.find(({ digest, formerDigest }) => !needed.has(digest) && !needed.has(formerDigest)) ?? null

/** The contracts by the digests that the entries name them by: those of their release, and of a later one that went on with it. */
function underTheirDigests(
  documents: readonly Named[],
  entries: Bundle["entries"],
): ReadonlyMap<string, Named> {
  const kinds = new Set(entries.map(({ head }) => head.kindDigest))
  const isFormer = documents.some(({ formerDigest }) => formerDigest === entries[0]?.head.kindDigest)
  return new Map(
    documents.flatMap((one) => {
      const [first, other] = isFormer ? [one.formerDigest, one.digest] : [one.digest, one.formerDigest]
      return [first, ...(kinds.has(other) ? [other] : [])].map((digest): [string, Named] => [
        digest,
        { ...one, digest },
      ])
    }),
  )
}

// Many bundles of one installation carry the same texts: which contract one names is found once.
const names = new WeakMap<JsonObject, Named>()

/** The contract that a document names; null when it has no name or version. */
function namedBy(document: JsonObject): Named | null {
  const known = names.get(document)
  if (known !== undefined) return known
  const { name, version, kind = null } = document
  if (typeof name !== "string" || typeof version !== "string") return null
  const { digest, formerDigest } = digestsOfDocument(document)
  const named = { kind, ref: `${name}@${version.split(".")[0] ?? ""}`, version, digest, formerDigest }
  names.set(document, named)
  return named
}

function pinsIn(
  payload: Json,
): readonly { readonly digest: string; readonly ref: Json; readonly version: Json }[] {
  if (!isObject(payload)) return []
  const contracts = payload["contracts"] ?? []
  return [payload["contract"] ?? null, ...(isList(contracts) ? contracts : [])].flatMap((pin) =>
    isObject(pin) && typeof pin["digest"] === "string"
      ? [{ digest: pin["digest"], ref: pin["ref"] ?? null, version: pin["version"] ?? null }]
      : [],
  )
}

/** What an entry names a contract as. */
export type NamedContract = Pick<Named, "kind" | "ref">

/** The contracts of these documents by each digest that an entry can name them by. */
export const contractsByDigest = (
  documents: readonly ContractDocument[],
): ReadonlyMap<string, NamedContract> =>
  new Map(
    documents.flatMap((document) => {
      const named = namedBy(document)
      return named === null
        ? []
        : [named.digest, named.formerDigest].map((digest) => [digest, named] as const)
    }),
  )

/** The first entry that is of another kind than the contract that its digest names, or names a contract that is not there under that name. */
export const writtenWithout = (
  entries: readonly TraceEntry[],
  contracts: ReadonlyMap<string, NamedContract>,
): TraceEntry | null =>
  entries.find(({ head, payload }) => {
    const kind = contracts.get(head.kindDigest)
    const isOwn = kind !== undefined && kind.kind === "event" && kind.ref === head.kind
    return !isOwn || pinsIn(payload).some(({ digest, ref }) => contracts.get(digest)?.ref !== ref)
  }) ?? null

/** The digest of the mode map in the source of a policy set; null for what is not one. */
function modeMapDigestIn(value: JsonObject): Digest | null {
  const source = parseWith(PolicySource, value)
  // What its schema let through is JSON.
  return source.ok ? digestOf("counterfoil.mode-map.v1", canonicalBytes(source.value.modeMap as Json)) : null
}

/** The same of a kept text; null for one that is not the source of a policy set in canonical JSON. */
export function modeMapDigestOf(blob: BlobRow): Digest | null {
  const value = blob.mediaType === policySourceMediaType ? objectIn(blob) : null
  return value === null ? null : modeMapDigestIn(value)
}

/** The first entry whose verdict names a set that `policies` does not have with the mode map that it names; null when there is none. */
export const decidedWithout = (
  facts: readonly (RecordedFact | null)[],
  policies: ReadonlyMap<Digest, Digest>,
): RecordedFact | null =>
  facts.find((recorded) => {
    if (recorded?.fact.kind !== "controlPlane.policy.decided@1") return false
    const { policySetDigest, modeMapDigest } = circumstancesOf(recorded.fact.payload)
    return policies.get(policySetDigest) !== modeMapDigest
  }) ?? null

/** The source of each set that decided, with the mode map that its verdicts name; `policies` has the mode map of each source. */
function policiesProblem(
  facts: readonly (RecordedFact | null)[],
  policies: ReadonlyMap<Digest, Digest>,
): string | null {
  if (decidedWithout(facts, policies) !== null)
    return "the texts of a policy set that decided are not in the bundle"
  const sets = new Set(
    facts.flatMap((recorded) =>
      recorded?.fact.kind === "controlPlane.policy.decided@1"
        ? [circumstancesOf(recorded.fact.payload).policySetDigest]
        : [],
    ),
  )
  const isErased = facts.includes(null)
  return !isErased && policies.size > sets.size ? "there is a policy text that decided nothing" : null
}

const circumstancesOf = ({ verdict }: Payloads["controlPlane.policy.decided@1"]) => verdict.circumstances

// An upgrade while the execution was open brings a second contract for an event. The registry had the one that is pinned, or that
// no entry is under, or else the one that came first.
function atFirst(
  contracts: readonly Named[],
  entries: Bundle["entries"],
  pinned: ReadonlySet<string>,
): readonly Named[] {
  const first = new Map<string, number>()
  for (const { head } of entries) if (!first.has(head.kindDigest)) first.set(head.kindDigest, head.seq)
  const byRef = new Map<string, Named>()
  const since = ({ digest }: Named): number => (pinned.has(digest) ? -1 : (first.get(digest) ?? 0))
  for (const contract of contracts) {
    const other = byRef.get(contract.ref)
    if (other === undefined || since(contract) < since(other)) byRef.set(contract.ref, contract)
  }
  return [...byRef.values()]
}

function isRegistry(first: RecordedFact | null, contracts: readonly Named[]): boolean {
  if (first?.fact.kind !== "controlPlane.intent.received@1") return false
  const pins = contracts
    .map(({ ref, version, digest }) => ({ ref, version, digest }))
    .sort((a, b) => (a.ref < b.ref ? -1 : 1))
  return first.fact.payload.registryDigest === digestOf("counterfoil.registry.v1", canonicalBytes(pins))
}
