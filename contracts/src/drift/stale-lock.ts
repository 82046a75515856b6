// Whether the lock in a tree is the one that the tree's contracts make.
// Owns: C080. Does not own: reading the file, or making the lock.

import { change } from "./change.ts"
import { findingOf, type Finding } from "./finding.ts"
import { lockFile, type ContractLock } from "./lock.ts"

/** One finding when the committed lock is missing (null) or another one than was made now; none otherwise. */
export function staleLock(committed: ContractLock | null, made: ContractLock): readonly Finding[] {
  if (committed?.digest === made.digest) return []
  const place = { before: committed?.digest ?? null, after: made.digest }
  const subject = {
    contract: lockFile,
    from: committed?.digest ?? null,
    to: made.digest,
    experimental: false,
  }
  return [findingOf(change("C080", committed === null ? "missing" : "stale", place), subject)]
}
