// Checks that a backup is the one that was written, with a receipt or a key that was kept elsewhere; without them, lists what a person
// has to confirm.
// Owns: that comparison, and the digest of the list. Does not own: the proofs (store), the findings in the rows
// (examine-restored.ts), nor asking (cli).

import type { KeyObject } from "node:crypto"
import { readFileSync } from "node:fs"
import { canonicalBytes, type Digest, documentOf } from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import { isAmong, isSignedBy, readReceipts, type BackupReceipt, type BackupSummary } from "@counterfoil/store"
import { trustedKey } from "./backup-key.ts"
import { isInForce, type JudgedRight } from "./judge-rights.ts"
import type { Examination } from "./examine-restored.ts"

/** What was kept elsewhere; null for what the person did not give. */
export interface Kept {
  readonly receipts: readonly BackupReceipt[] | null
  readonly key: KeyObject | null
}

/** Reads it before the restore begins. Throws `BackupError` for a file with other contents. */
export const readKept = (files: {
  readonly receipts: string | undefined
  readonly key: string | undefined
}): Kept => ({
  receipts: files.receipts === undefined ? null : readReceipts(readFileSync(files.receipts, "utf8")),
  key: files.key === undefined ? null : trustedKey(files.key),
})

/** `nothing`: neither was given, so nothing shows that this is the backup that was written. */
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
        because: "no receipt matches this backup: its contents were changed, or its receipt was not kept",
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
 * The rights that a person has to review: those in force when the backup was taken or now, and all that a trace
 * contradicts. The file itself states when it was taken, so a time in the future must not hide a right that is in force now.
 */
export const rightsToConfirm = (
  { rights }: Examination,
  { takenAt }: BackupSummary,
  now: number,
): readonly JudgedRight[] => {
  const since = Math.min(Date.parse(takenAt), now)
  return rights.filter((judged) => judged.standing.made === "contradicted" || isInForce(judged, since))
}

/** How far the clocks of two machines may differ, in milliseconds, before the difference is reported. */
const clockDifferenceMax = 60_000

/** A sentence about a backup whose time is in the future; null for a time that this machine's clock has passed. */
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
