// The policy sets that a trace was decided with, loaded again from the texts in its bundle.
// Owns: finding the set that a verdict names. Does not own: deciding (policy).

import {
  PolicySource,
  parseJson,
  parseWith,
  policySourceMediaType,
  type Digest,
  type Registry,
  type Time,
} from "@counterfoil/contracts"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { loadPolicySet, type CedarEngine, type PolicySet } from "@counterfoil/policy"
import { entryLimits } from "../verify/verify-trace.ts"

/** The set with this digest; null when no text in the bundle makes it. `at` is when it decided: exceptions are bounded from there. */
export type RecordedPolicies = (digest: Digest, at: Time) => PolicySet | null

/** The policy sets of a bundle. Each source is loaded once, when it is first asked for. */
export function recordedPolicies(
  blobs: readonly BlobRow[],
  registry: Registry,
  engine: CedarEngine,
): RecordedPolicies {
  let unread = blobs.flatMap(sourceOf)
  const loaded = new Map<Digest, PolicySet>()
  return (digest, at) => {
    // A source that could not be loaded is tried again later: its exceptions may be bounded from a later activation.
    if (!loaded.has(digest)) unread = unread.filter((source) => !load(source, at))
    return loaded.get(digest) ?? null
  }
  function load(source: PolicySource, at: Time): boolean {
    const set = loadPolicySet({ source, registry, engine, now: at })
    if (set.ok) loaded.set(set.value.digest, set.value)
    return set.ok
  }
}

function sourceOf({ mediaType, bytes }: BlobRow): readonly PolicySource[] {
  if (mediaType !== policySourceMediaType) return []
  const json = parseJson(bytes, entryLimits)
  const source = json.ok ? parseWith(PolicySource, json.value) : null
  return source?.ok === true ? [source.value] : []
}
