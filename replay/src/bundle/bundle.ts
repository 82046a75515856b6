// A bundle in memory: what its file says, each line parsed once.
// Owns: the noun, and the entries of a trace as a bundle carries them. Does not own: the file (write-bundle.ts, read-bundle.ts).

import {
  emptyHead,
  type BundleEngine,
  type BundleEntry,
  type BundleEnvelope,
  type BundleHeader,
  type BundleKey,
  type Digest,
  type TraceEntry,
} from "@counterfoil/contracts"
import { entryDigestOf } from "@counterfoil/contracts/digest"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { spelled } from "./known-here.ts"

/** One execution's trace with everything that verifying and replaying it needs. Blobs sorted by digest, keys by id. */
export interface Bundle {
  readonly header: BundleHeader
  readonly entries: readonly BundleEntry[]
  readonly blobs: readonly BlobRow[]
  readonly envelopes: readonly BundleEnvelope[]
  readonly keys: readonly BundleKey[]
  readonly engine: BundleEngine | null
  /** SHA-256 under the bundle's tag over every byte before the last line. */
  readonly digest: Digest
}

/** The entries as the store had them: bytes made again from values, links from the hashes that the file states. */
export function entriesOf({ header, entries }: Pick<Bundle, "header" | "entries">): readonly TraceEntry[] {
  let prevHash = emptyHead(header.environment, header.tenant, header.executionId).hash
  return entries.map((entry) => {
    const headBytes = spelled(entry.head)
    const present = entry.payloadState === "present"
    const made: TraceEntry = {
      head: entry.head,
      headBytes,
      payload: present ? entry.payload : null,
      payloadBytes: present ? spelled(entry.payload) : null,
      digest: entryDigestOf(headBytes),
      prevHash,
      hash: entry.hash,
    }
    prevHash = entry.hash
    return made
  })
}
