// Whether the lock and the generated documents of a tree are those that its contracts generate now.
// Owns: C080. Does not own: reading files, or making the lock and the documents.

import type { Digest } from "../primitives.ts"
import { change } from "./change.ts"
import { findingOf, type Finding } from "./finding.ts"
import { lockFile, type ContractLock } from "./lock.ts"

/** A file as it is and as it is generated now. Null is a file that does not exist, or that is not generated. */
export interface GeneratedFile {
  readonly path: string
  readonly is: Digest | null
  readonly made: Digest | null
}

/** A finding for each file that is stale, missing or unknown. */
export const generatedFindings = (files: readonly GeneratedFile[]): readonly Finding[] =>
  files
    .filter(({ is, made }) => is !== made)
    .map(({ path, is, made }) => {
      const form = is === null ? "missing" : made === null ? "unknown" : "stale"
      const place = { before: is, after: made }
      return findingOf(
        { ...change("C080", form, place), detail: form },
        { contract: path, from: is, to: made, experimental: false },
      )
    })

/** The committed lock as such a file; null when there is none. Its acknowledgements are left out, because they are not generated. */
export const lockAsFile = (committed: ContractLock | null, made: ContractLock): GeneratedFile => ({
  path: lockFile,
  is: committed?.digest ?? null,
  made: made.digest,
})
