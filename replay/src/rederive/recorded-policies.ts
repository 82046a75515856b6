// The policy sets that a trace was decided with, loaded again from the texts in its bundle.
// Owns: finding the set that a verdict names. Does not own: deciding (policy).

import {
  PolicySource,
  parseWith,
  policySourceMediaType,
  type Digest,
  type Registry,
  type Time,
} from "@counterfoil/contracts"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { loadPolicySet, policySetDigestOf, type CedarEngine, type PolicySet } from "@counterfoil/policy"
import { objectIn } from "../verify/text-in.ts"

/**
 * Most characters of the sets that are loaded for one bundle: checking a set takes seconds, and the author of a bundle chooses how many
 * sets decided in it. A real one has a few sets of some ten thousand characters.
 */
const loadedCharactersMax = 1024 * 1024

/** The sets of a bundle, by their digests. */
export interface RecordedPolicies {
  /** The set with this digest; null when no text in the bundle makes it, or when too much was loaded before. `at` is when it decided: exceptions are bounded from there. */
  (digest: Digest, at: Time): PolicySet | null
  /** Characters of the texts of the set with this digest, whether or not it loads; 0 when there are none. */
  charactersOf(digest: Digest): number
}

/**
 * The policy sets of a bundle. A source is checked only when a verdict names its digest, and once: texts that decided nothing
 * cost no more than being read, and a set that does not load when it first decided does not load later.
 */
export function recordedPolicies(
  blobs: readonly BlobRow[],
  registry: Registry,
  engine: CedarEngine,
): RecordedPolicies {
  let sources: ReadonlyMap<Digest, PolicySource> | null = null
  const known = new Map<Digest, PolicySet | null>()
  let left = loadedCharactersMax
  const find = (digest: Digest, at: Time): PolicySet | null => {
    const found = known.get(digest)
    if (found !== undefined) return found
    const source = sourceWith(digest)
    left -= charactersOf(digest)
    const set = source === undefined || left < 0 ? null : load(source, at)
    known.set(digest, set)
    return set
  }
  return Object.assign(find, { charactersOf })
  function sourceWith(digest: Digest): PolicySource | undefined {
    sources ??= sourcesByDigest(blobs)
    return sources.get(digest)
  }
  function charactersOf(digest: Digest): number {
    return sourceWith(digest)?.texts.reduce((sum, { text }) => sum + text.length, 0) ?? 0
  }
  function load(source: PolicySource, at: Time): PolicySet | null {
    const set = loadPolicySet({ source, registry, engine, now: at })
    return set.ok ? set.value : null
  }
}

const sourcesByDigest = (blobs: readonly BlobRow[]): ReadonlyMap<Digest, PolicySource> =>
  new Map(blobs.flatMap(sourceOf).map((source) => [policySetDigestOf(source), source]))

function sourceOf(blob: BlobRow): readonly PolicySource[] {
  if (blob.mediaType !== policySourceMediaType) return []
  const value = objectIn(blob)
  const source = value === null ? null : parseWith(PolicySource, value)
  return source?.ok === true ? [source.value] : []
}
