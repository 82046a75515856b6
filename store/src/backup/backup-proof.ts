// Proof that a backup still has its original contents: a signature, or a receipt that is kept elsewhere.
// Owns: both, and comparing them. Does not own: keeping them apart from the backup, which the operator must do.
// A key or a receipt that lies beside the backup proves nothing: anyone who can change the one can change the other.

import { createPublicKey, sign, verify, type KeyObject } from "node:crypto"
import { taggedPreimage, hex, sha256 } from "@counterfoil/contracts/digest"
import { z } from "zod"
import { BackupError, type BackupSignature, type BackupSummary } from "./backup-format.ts"

/** One backup by the digest of its contents: a line of a file that is kept elsewhere. */
export const BackupReceipt = z.strictObject({
  format: z.literal("counterfoil.backup-receipt/1"),
  takenAt: z.string(),
  environment: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type BackupReceipt = z.infer<typeof BackupReceipt>

/** The receipt of a backup. */
export const receiptOf = ({ takenAt, environment, sha256: digest }: BackupSummary): BackupReceipt => ({
  format: "counterfoil.backup-receipt/1",
  takenAt,
  environment,
  sha256: digest,
})

/** Receipts, one a line. Throws `BackupError` for a line that is not a receipt, and for a file without lines. */
export function readReceipts(text: string): readonly BackupReceipt[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "")
  const receipts = lines.map((line) => {
    const parsed = BackupReceipt.safeParse(jsonOf(line))
    if (!parsed.success)
      throw new BackupError("The file of receipts has a line that is not a receipt of a backup.")
    return parsed.data
  })
  if (receipts.length === 0) throw new BackupError("The file of receipts is empty.")
  return receipts
}

/** True when one of the receipts is that of this backup, in every field. */
export const isAmong = (receipts: readonly BackupReceipt[], summary: BackupSummary): boolean =>
  receipts.some(
    ({ takenAt, environment, sha256: digest }) =>
      digest === summary.sha256 && takenAt === summary.takenAt && environment === summary.environment,
  )

/** Signs contents by their SHA-256 in hex. `secret` is an ed25519 private key. */
export function signContents(secret: KeyObject, contents: string): BackupSignature {
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" })
  return {
    keyId: hex(sha256(spki)),
    signature: sign(null, statementOf(contents), secret).toString("base64"),
  }
}

/** True when this key signed these contents. */
export const isSignedBy = (key: KeyObject, { sha256: contents, signature }: BackupSummary): boolean =>
  signature !== null && verify(null, statementOf(contents), key, Buffer.from(signature.signature, "base64"))

const statementOf = (contents: string): Uint8Array =>
  taggedPreimage("counterfoil.backup.v1", Buffer.from(contents, "hex"))

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
