// Generated documents on disk: writes them, and finds those that differ from what would be written now.
// Owns: the comparison, byte for byte and in both directions. Does not own: the list of documents (generated-documents.ts).

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { GeneratedDocument } from "./generated-documents.ts"

/** A file that is stale (other bytes), missing, or unknown (made from no existing contract). */
export interface StaleDocument {
  readonly path: string
  readonly is: "stale" | "missing" | "unknown"
}

/** The differences between a folder and its documents, sorted by path; empty when both agree. */
export function staleDocuments(
  folder: string,
  documents: readonly GeneratedDocument[],
): readonly StaleDocument[] {
  const present = new Set(filesBelow(folder))
  const differing = documents.flatMap(({ path, text }): readonly StaleDocument[] => {
    if (!present.has(path)) return [{ path, is: "missing" }]
    return readFileSync(join(folder, path)).equals(Buffer.from(text)) ? [] : [{ path, is: "stale" }]
  })
  const known = new Set(documents.map(({ path }) => path))
  const unknown = [...present].filter((path) => !known.has(path))
  return [...differing, ...unknown.map((path) => ({ path, is: "unknown" as const }))].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  )
}

/** Writes documents into a folder, replacing existing files of the same names. */
export function writeDocuments(folder: string, documents: readonly GeneratedDocument[]): void {
  for (const { path, text } of documents) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** Paths of the files below a folder, with `/`; none when there is no such folder. */
function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .replaceAll("\\", "/"),
      )
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return []
    throw cause
  }
}
