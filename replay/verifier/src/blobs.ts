// Check 2, the texts of a bundle: each is the one that its digest names, each is needed, and none that is needed is missing.
// Does not own: what they say, which the payloads' schemas and deciding again show (payloads.ts, check 11).

import { Fault, unchecked, type Unchecked } from "./fault.ts"
import { contractDigestsOf, digestOf, refOf, sha256 } from "./formulas.ts"
import { isList, isObject, memberOf, objectAt, parseCanonical, textAt, type JsonObject } from "./json.ts"
import { contractType, policySource, policyType } from "./line-forms.ts"
import { bytesOfBase64, type Entry, type Lines } from "./read-lines.ts"

/** What the texts are: contract documents by the digest of their meaning. */
export interface Texts {
  readonly documents: ReadonlyMap<string, JsonObject>
  readonly result: string | Unchecked
}

/** A contract's document, with the digest by which traces of earlier releases name it. */
interface Documented {
  readonly document: JsonObject
  readonly former: string
}

/** The documents by the digests that the entries name them by: those of their release, and of a later one that went on with them. */
function underTheirDigests(
  meant: ReadonlyMap<string, Documented>,
  entries: readonly Entry[],
): ReadonlyMap<string, JsonObject> {
  const kinds = new Set(entries.map(({ head }) => textAt(head, "kindDigest")))
  const [first] = kinds
  const isFormer = [...meant.values()].some(({ former }) => former === first)
  return new Map(
    [...meant].flatMap(([digest, { former, document }]) => {
      const [main, other] = isFormer ? [former, digest] : [digest, former]
      return [main, ...(kinds.has(other) ? [other] : [])].map((one): [string, JsonObject] => [one, document])
    }),
  )
}

/** Reads all texts. Throws a `Fault` for one that is not what it says, that nothing names, or that is missing. */
export function readTexts({ blobs, entries }: Lines): Texts {
  const meant = new Map<string, Documented>()
  const policies = new Map<string, string>()
  let before = ""
  for (const blob of blobs) {
    const digest = textAt(blob, "digest")
    if (digest <= before) throw new Fault("texts are not sorted, or one is there twice", { recorded: digest })
    before = digest
    const value = parseCanonical(bytesOf(blob))
    if (value === null || !isObject(value))
      throw new Fault("a text is not an object in canonical JSON", { recorded: digest })
    if (blob["mediaType"] === contractType) addDocument(meant, value, digest)
    else if (blob["mediaType"] === policyType) policies.set(digest, modeMapOf(value, digest))
    else throw new Fault("a text has a type that no entry names", { recorded: digest })
  }
  const documents = underTheirDigests(meant, entries)
  if (entries.some(({ state }) => state === "omitted"))
    return { documents, result: unchecked("payloads and texts were left out") }
  const { pinned, odd } = checkNamed(entries, documents)
  const registered = inForceAtFirst(entries, documents, pinned)
  checkNeeded(entries, documents, [...registered.map(([digest]) => digest), ...pinned])
  checkPolicies(entries, policies)
  const whole = isWholeRegistry(entries, registered)
  // A digest covers the major version alone, so that the whole version is known only where the registry's own documents are here.
  if (whole && odd !== null) throw odd
  return {
    documents,
    result: whole
      ? `${blobs.length} texts, each named, none missing`
      : unchecked("the contracts are not exactly those that were registered when the execution began"),
  }
}

function bytesOf(blob: JsonObject): Uint8Array {
  const [text, base64] = [memberOf(blob, "text"), memberOf(blob, "base64")]
  if ((text === null) === (base64 === null)) throw new Fault("a blob is not exactly one of text and base64")
  const bytes = typeof text === "string" ? Buffer.from(text) : bytesOfBase64(textAt(blob, "base64"))
  if (bytes === null) throw new Fault("a blob is not base64 in its one spelling")
  if (typeof text !== "string" && isUtf8(bytes)) throw new Fault("a text is written as base64")
  const computed = sha256(bytes)
  if (blob["digest"] !== computed)
    throw new Fault("a blob is not the one that its digest names", {
      recorded: textAt(blob, "digest"),
      computed,
    })
  return bytes
}

const isUtf8 = (bytes: Buffer): boolean => Buffer.from(bytes.toString()).equals(bytes)

function addDocument(documents: Map<string, Documented>, document: JsonObject, blob: string): void {
  textAt(document, "name")
  textAt(document, "version")
  const { digest, former } = contractDigestsOf(document)
  if (documents.has(digest)) throw new Fault("a contract is there twice", { recorded: blob })
  documents.set(digest, { document, former })
}

function modeMapOf(source: JsonObject, blob: string): string {
  const misfit = policySource(source, "")
  if (misfit !== null) throw new Fault("a policy text does not have its form", { at: misfit, recorded: blob })
  return digestOf("counterfoil.mode-map.v1", objectAt(source, "modeMap"))
}

/** Every contract that an entry names is there, and pinned under its own name. Answers which are pinned, and a pin of another version. */
function checkNamed(
  entries: readonly Entry[],
  documents: ReadonlyMap<string, JsonObject>,
): { readonly pinned: ReadonlySet<string>; readonly odd: Fault | null } {
  const pinned = new Set<string>()
  let odd: Fault | null = null
  for (const { seq, head, payload } of entries) {
    const pins = pinsOf(payload)
    const named = [textAt(head, "kindDigest"), ...pins.map((pin) => textAt(pin, "digest"))]
    const missing = named.find((digest) => !documents.has(digest))
    if (missing !== undefined)
      throw new Fault("a contract that the entry names is not in the bundle", { seq, recorded: missing })
    for (const pin of pins) {
      const digest = textAt(pin, "digest")
      const document = documents.get(digest) ?? {}
      if (refOf(document) !== pin["ref"])
        throw new Fault("a contract is pinned under another name than its own", { seq, recorded: digest })
      if (document["version"] !== pin["version"])
        odd = new Fault("a contract is pinned in another version than the registry has", {
          seq,
          recorded: digest,
        })
      pinned.add(digest)
    }
  }
  return { pinned, odd }
}

/** A registry has one contract of a name, and only an upgrade that wrote an entry brings another: no second one is there otherwise. */
function checkNeeded(
  entries: readonly Entry[],
  documents: ReadonlyMap<string, JsonObject>,
  digests: readonly string[],
): void {
  const kinds = entries.map(({ head }) => textAt(head, "kindDigest"))
  const needed = new Set([...digests, ...kinds].map((digest) => documents.get(digest)))
  for (const [digest, document] of documents)
    if (!needed.has(document))
      throw new Fault("a second contract is there for a name, and no entry names it", { recorded: digest })
}

function pinsOf(payload: JsonObject | null): readonly JsonObject[] {
  if (payload === null) return []
  const contracts = memberOf(payload, "contracts")
  const pins = [memberOf(payload, "contract"), ...(isList(contracts) ? contracts : [])]
  return pins.flatMap((pin) => (isObject(pin) && typeof memberOf(pin, "digest") === "string" ? [pin] : []))
}

/** The source of each policy set that decided, with the mode map that its verdicts name; `policies` has the mode map of each source. */
function checkPolicies(entries: readonly Entry[], policies: ReadonlyMap<string, string>): void {
  const sets = new Set<string>()
  for (const { seq, kind, payload } of entries) {
    if (kind !== "controlPlane.policy.decided@1" || payload === null) continue
    const circumstances = objectAt(objectAt(payload, "verdict"), "circumstances")
    const set = textAt(circumstances, "policySetDigest")
    if (policies.get(set) !== circumstances["modeMapDigest"])
      throw new Fault("the texts of a policy set that decided are not in the bundle", { seq, recorded: set })
    sets.add(set)
  }
  const erased = entries.some(({ state }) => state === "erased")
  if (!erased && policies.size > sets.size)
    throw new Fault("there is a policy text that decided nothing", {
      recorded: policies.size,
      computed: sets.size,
    })
}

/** Whether the documents are those of the registry that the first entry names, all of them and no other. */
function isWholeRegistry(entries: readonly Entry[], registered: Registered): boolean {
  const payload = entries[0]?.payload ?? null
  if (payload === null) return false
  const pins = registered
    .map(([digest, document]) => ({ ref: refOf(document), version: textAt(document, "version"), digest }))
    .sort((a, b) => (a.ref < b.ref ? -1 : 1))
  return memberOf(payload, "registryDigest") === digestOf("counterfoil.registry.v1", pins)
}

/** The documents of a registry by their digests. */
type Registered = readonly (readonly [string, JsonObject])[]

/**
 * The documents without those that came with an upgrade while the execution was open: of two for one name, the registry had the
 * one that is pinned, or that no entry is under, or else the one that the first such entry is under.
 */
function inForceAtFirst(
  entries: readonly Entry[],
  documents: ReadonlyMap<string, JsonObject>,
  pinned: ReadonlySet<string>,
): Registered {
  const firstUse = new Map<string, number>()
  for (const { seq, head } of entries.toReversed()) firstUse.set(textAt(head, "kindDigest"), seq)
  const since = (digest: string): number => (pinned.has(digest) ? -1 : (firstUse.get(digest) ?? 0))
  const byRef = new Map<string, readonly [string, JsonObject]>()
  for (const [digest, document] of documents) {
    const ref = refOf(document)
    const [other] = byRef.get(ref) ?? []
    if (other === undefined || since(digest) < since(other)) byRef.set(ref, [digest, document])
  }
  return [...byRef.values()]
}
