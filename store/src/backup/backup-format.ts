// The file of a backup, gzip over lines: a header, then each table as PostgreSQL copies it out, then a trailer.
// Owns: the shapes of the lines that this product writes. Does not own: writing or reading them, nor what proves them (backup-proof.ts).
// The trailer has the SHA-256 of every byte before it. That shows a file that was cut off or damaged, and nothing more: anyone
// who changes the contents can compute it again.

import { Time } from "@counterfoil/contracts"
import { z } from "zod"

/** The last line of a table in COPY's text format; no row can be equal to it. */
export const endOfTable = "\\."

/** The first line: who wrote it, of which schema. */
export const BackupHeader = z.strictObject({
  format: z.literal("counterfoil.backup/1"),
  takenAt: Time,
  environment: z.string(),
  migrations: z.array(z.string()),
})
export type BackupHeader = z.infer<typeof BackupHeader>

/** The line before the rows of a table. Names come from this schema's catalog. */
export const BackupTable = z.strictObject({
  table: z.string().regex(/^[a-z_]+$/),
  columns: z.array(z.string().regex(/^[a-z_]+$/)),
})
export type BackupTable = z.infer<typeof BackupTable>

/** A signature over the contents: ed25519, in base64; `keyId` is the SHA-256 of the public half (SPKI) in hex. */
export const BackupSignature = z.strictObject({
  keyId: z.string().regex(/^[0-9a-f]{64}$/),
  signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
})
export type BackupSignature = z.infer<typeof BackupSignature>

/** The last line. */
export const BackupTrailer = z.strictObject({
  rows: z.record(z.string(), z.int()),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  signature: BackupSignature.optional(),
})
export type BackupTrailer = z.infer<typeof BackupTrailer>

/** What a backup holds. */
export interface BackupSummary {
  /** As the file states it: a forger may choose it. */
  readonly takenAt: Time
  readonly environment: string
  readonly migrations: readonly string[]
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>
  /** SHA-256 of the contents, in hex: of everything but the trailer, before compression. */
  readonly sha256: string
  /** Null for a backup that was not signed. It counts only against a key that is kept elsewhere. */
  readonly signature: BackupSignature | null
}

/** A backup that cannot be used, or a database that cannot take one; the message says what to do. */
export class BackupError extends Error {
  override readonly name = "BackupError"
}
