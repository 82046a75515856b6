// Generated documents on disk: writing them, and finding what is not as it would be written now.
// Owns: the comparison, byte for byte and both ways. Does not own: which documents there are (generated-documents.ts).

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { GeneratedDocument } from "./generated-documents.ts"

/** A file that is not as it should be: other bytes, not there, or made from no contract that there is. */
export interface StaleDocument {
  readonly path: string
  readonly is: "stale" | "missing" | "unknown"
}

/** What differs between a folder and the documents that belong into it, sorted by path; empty when nothing does. */
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

/** Writes documents into a folder, whatever was there under their names. */
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
