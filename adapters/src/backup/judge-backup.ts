// Whether a backup is the one that was written, by a receipt or a key that was kept elsewhere; and what a person confirms if
// there is neither.
// Owns: that comparison, and the digest of the list. Does not own: the proofs (store), what was found in the rows
// (examine-restored.ts), nor asking (cli).

import { readFileSync } from "node:fs"
import { canonicalBytes, type Digest } from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import { isAmong, isSignedBy, readReceipts, type BackupSummary } from "@counterfoil/store"
import { documentOf } from "../cli/json-values.ts"
import { trustedKey } from "./backup-key.ts"
import { isInForce, type JudgedRight } from "./judge-rights.ts"
import type { Examination } from "./examine-restored.ts"

/** Files that are kept elsewhere; undefined for what was not given. */
export interface Kept {
  readonly receipts: string | undefined
  readonly key: string | undefined
}

/** `nothing`: neither was given, so nothing says that this is the backup that was written. */
export type Proof =
  | { readonly proof: "verified"; readonly against: readonly ("receipt" | "signature")[] }
  | { readonly proof: "nothing" }
  | { readonly proof: "refused"; readonly because: string }

/** Compares a backup with everything that was given; all of it must agree. Throws `BackupError` for files that are none. */
export function proofOf(summary: BackupSummary, { receipts, key }: Kept): Proof {
  if (receipts === undefined && key === undefined) return { proof: "nothing" }
  const against: ("receipt" | "signature")[] = []
  if (receipts !== undefined) {
    if (!isAmong(readReceipts(readFileSync(receipts, "utf8")), summary))
      return {
        proof: "refused",
        because:
          "none of the receipts is that of this backup: its contents were changed, or its receipt was not kept",
      }
    against.push("receipt")
  }
  if (key !== undefined) {
    if (!isSignedBy(trustedKey(key), summary))
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
export const listDigestOf = (summary: BackupSummary, examination: Examination, now: number): Digest =>
  digestOf(
    "counterfoil.restore-list.v1",
    canonicalBytes(
      documentOf({
        contents: summary.sha256,
        ...examination,
        rights: rightsToConfirm(examination, summary, now),
      }),
    ),
  )
