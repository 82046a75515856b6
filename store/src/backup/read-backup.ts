// Reads a backup: every line once, its rows passed on as they come, and at the end whether it is whole.
// Owns: the format's checks. Does not own: where rows go.
// Keeps only one chunk in memory; the rows that were passed on count only when this returns.

import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { createGunzip } from "node:zlib"
import { z } from "zod"
import {
  BackupError,
  BackupHeader,
  BackupTable,
  BackupTrailer,
  endOfTable,
  type BackupSummary,
} from "./backup-format.ts"

/** Where the parts of a backup go, in the order of the file. */
interface BackupReader {
  begin(header: BackupHeader): Promise<void>
  table(table: BackupTable): Promise<void>
  /** Whole rows, each ended by a newline. */
  rows(chunk: Buffer): Promise<void>
  end(table: BackupTable): Promise<void>
}

const newline = 10

/** Reads a file to its end. Throws `BackupError` when it is not a whole backup of this product; then nothing of it may be used. */
export async function readBackup(file: string, reader: BackupReader): Promise<BackupSummary> {
  const hash = createHash("sha256")
  const counted: Record<string, number> = {}
  let header: BackupHeader | null = null
  let table: BackupTable | null = null
  let trailer: BackupTrailer | null = null
  try {
    for await (const lines of wholeLines(file)) {
      for (const part of partsOf(lines)) {
        if (trailer !== null) throw new BackupError("The backup has more data after its end.")
        const text = part.length < lineMax ? part.toString("utf8").trimEnd() : ""
        if (table !== null && text !== endOfTable) {
          counted[table.table] = (counted[table.table] ?? 0) + 1
          await reader.rows(part)
          hash.update(part)
          continue
        }
        if (table !== null) {
          await reader.end(table)
          table = null
        } else if (header === null) await reader.begin((header = parsed(BackupHeader, text)))
        else {
          const next = parsed(z.union([BackupTable, BackupTrailer]), text)
          if ("sha256" in next) {
            trailer = next
            continue
          }
          table = next
          counted[table.table] = 0
          await reader.table(table)
        }
        hash.update(part)
      }
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
      throw new BackupError("The backup is cut off or not a backup: it cannot be unpacked.")
    throw error
  }
  if (header === null || trailer === null) throw new BackupError("The backup is cut off: it has no end.")
  if (trailer.sha256 !== hash.digest("hex"))
    throw new BackupError("The backup was changed: its digest differs.")
  if (JSON.stringify(trailer.rows) !== JSON.stringify(counted))
    throw new BackupError("The backup was changed: its rows differ from its own counts.")
  const { takenAt, environment, migrations } = header
  const { rows, sha256, signature = null } = trailer
  return { takenAt, environment, migrations, rows, sha256, signature }
}

// Longer than any header or trailer line.
const lineMax = 64 * 1024

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw new BackupError("Not a backup of Counterfoil, or one of an unknown version.")
  }
}

/** The file in pieces that end with a line. */
async function* wholeLines(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file)
  const unpacked = createGunzip()
  source.on("error", (error) => unpacked.destroy(error))
  let rest: Buffer = Buffer.alloc(0)
  const chunks: AsyncIterable<Buffer> = source.pipe(unpacked)
  for await (const read of chunks) {
    const chunk: Buffer = rest.length === 0 ? read : Buffer.concat([rest, read])
    const end = chunk.lastIndexOf(newline) + 1
    if (end > 0) yield chunk.subarray(0, end)
    rest = chunk.subarray(end)
  }
  if (rest.length > 0) throw new BackupError("The backup is cut off in the middle of a line.")
}

function* partsOf(lines: Buffer): Generator<Buffer> {
  let from = 0
  for (let at = lines.indexOf(newline); at >= 0; at = lines.indexOf(newline, from)) {
    yield lines.subarray(from, at + 1)
    from = at + 1
  }
}
