// The file of a backup, gzip over lines: a header, then each table as PostgreSQL copies it out, then a trailer.
// Owns: the shapes of the lines that are ours. Does not own: writing or reading them.
// The trailer has the SHA-256 of every byte before it, so a file that was cut off or changed is never restored.

import { z } from "zod"

/** The last line of a table in COPY's text format; no row can look like it. */
export const endOfTable = "\\."

/** The first line: who wrote it, of which schema. */
export const BackupHeader = z.strictObject({
  format: z.literal("counterfoil.backup/1"),
  takenAt: z.string(),
  environment: z.string(),
  migrations: z.array(z.string()),
})
export type BackupHeader = z.infer<typeof BackupHeader>

/** The line before the rows of a table. Names are ours, from the catalog. */
export const BackupTable = z.strictObject({
  table: z.string().regex(/^[a-z_]+$/),
  columns: z.array(z.string().regex(/^[a-z_]+$/)),
})
export type BackupTable = z.infer<typeof BackupTable>

/** The last line. */
export const BackupTrailer = z.strictObject({
  rows: z.record(z.string(), z.int()),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type BackupTrailer = z.infer<typeof BackupTrailer>

/** What a backup holds. */
export interface BackupSummary {
  readonly takenAt: string
  readonly environment: string
  readonly migrations: readonly string[]
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>
}

/** A backup that cannot be used, or a database that cannot take one; the message says what to do. */
export class BackupError extends Error {
  override readonly name = "BackupError"
}
