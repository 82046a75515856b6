// Whether a backup is the one that was written, by a receipt or a key that was kept elsewhere; and what a person confirms if
// there is neither.
// Owns: that comparison, and the digest of the list. Does not own: the proofs (store), what was found in the rows
// (examine-restored.ts), nor asking (cli).

import type { KeyObject } from "node:crypto"
import { readFileSync } from "node:fs"
import { canonicalBytes, type Digest, documentOf } from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import { isAmong, isSignedBy, readReceipts, type BackupReceipt, type BackupSummary } from "@counterfoil/store"
import { trustedKey } from "./backup-key.ts"
import { isInForce, type JudgedRight } from "./judge-rights.ts"
import type { Examination } from "./examine-restored.ts"

/** What was kept elsewhere; null for what was not given. */
export interface Kept {
  readonly receipts: readonly BackupReceipt[] | null
  readonly key: KeyObject | null
}

/** Reads it, before the work that it is needed for begins. Throws `BackupError` for a file that has no such contents. */
export const readKept = (files: {
  readonly receipts: string | undefined
  readonly key: string | undefined
}): Kept => ({
  receipts: files.receipts === undefined ? null : readReceipts(readFileSync(files.receipts, "utf8")),
  key: files.key === undefined ? null : trustedKey(files.key),
})

/** `nothing`: neither was given, so nothing says that this is the backup that was written. */
export type Proof =
  | { readonly proof: "verified"; readonly against: readonly ("receipt" | "signature")[] }
  | { readonly proof: "nothing" }
  | { readonly proof: "refused"; readonly because: string }

/** Compares a backup with everything that was given; all of it must agree. */
export function proofOf(summary: BackupSummary, { receipts, key }: Kept): Proof {
  if (receipts === null && key === null) return { proof: "nothing" }
  const against: ("receipt" | "signature")[] = []
  if (receipts !== null) {
    if (!isAmong(receipts, summary))
      return {
        proof: "refused",
        because:
          "none of the receipts is that of this backup: its contents were changed, or its receipt was not kept",
      }
    against.push("receipt")
  }
  if (key !== null) {
    if (!isSignedBy(key, summary))
      return {
        proof: "refused",
        because:
          summary.signature === null
            ? "the backup is not signed"
            : "the backup is not signed with this key, or was changed",
      }
    against.push("signature")
  }
  return { proof: "verified", against }
}

/**
 * The rights that a person looks through: those that counted when the backup was taken or count now, and all that a trace
 * contradicts. When it was taken is the file's own word: a time that is still to come hides nothing that counts now.
 */
export const rightsToConfirm = (
  { rights }: Examination,
  { takenAt }: BackupSummary,
  now: number,
): readonly JudgedRight[] => {
  const since = Math.min(Date.parse(takenAt), now)
  return rights.filter((judged) => judged.standing.made === "contradicted" || isInForce(judged, since))
}

/** How far the clocks of two machines may differ, in milliseconds, before the difference is named. */
const clockDifferenceMax = 60_000

/** What is odd about when a backup says that it was taken; null for a time that this machine's clock has passed. */
export const oddTime = ({ takenAt }: BackupSummary, now: number): string | null =>
  Date.parse(takenAt) <= now + clockDifferenceMax
    ? null
    : `the backup says that it was taken at ${takenAt}, and this machine's clock is at ${new Date(now).toISOString()}: one of the two is wrong`

/** What a person confirms, as a digest: these contents, these findings, these rights. */
export const listDigestOf = (
  summary: BackupSummary,
  examination: Examination,
  rights: readonly JudgedRight[],
): Digest =>
  digestOf(
    "counterfoil.restore-list.v1",
    canonicalBytes(documentOf({ contents: summary.sha256, ...examination, rights })),
  )
