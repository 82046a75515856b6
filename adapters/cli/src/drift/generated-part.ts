// The generated documents of a tree: their folder, what the lock records of them, and which are stale.
// A tree without documents has nothing to compare; when a recorded folder is missing, the part is "not checked".
// Does not own: the list of documents (describe), nor the lock itself.

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { err, ok, type Digest, type Result } from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import type { ContractLock, GeneratedFile } from "@counterfoil/contracts/drift"
import { staleDocuments } from "../describe/document-files.ts"
import type { GeneratedDocument } from "../describe/generated-documents.ts"

/** The folder of documents unless a lock records another one. */
export const defaultDocumentsFolder = "docs/generated"

/** Documents as they would be written now, and their folder below the tree. */
export interface KeptDocuments {
  readonly folder: string
  readonly documents: readonly GeneratedDocument[]
}

/** The documents of a tree, in the folder that its lock records or in the default one; null when it has none. */
export function keptDocuments(
  tree: string,
  lock: ContractLock | null,
  documents: readonly GeneratedDocument[],
): KeptDocuments | null {
  const recorded = recordedFolder(lock)
  if (recorded !== null) return { folder: recorded, documents }
  // A folder of that name may have another use: it counts when it has a page or a schema of a contract.
  const ours = documents.some(
    ({ path }) => path.includes("/") && existsSync(join(tree, defaultDocumentsFolder, path)),
  )
  return ours ? { folder: defaultDocumentsFolder, documents } : null
}

/** What a lock records of documents: their digests by path. */
export const recordOf = ({ folder, documents }: KeptDocuments): { readonly [path: string]: Digest } =>
  Object.fromEntries(documents.map(({ path, text }) => [`${folder}/${path}`, blobDigest(utf8(text))]))

/** Every stale document, or why they cannot be compared. Throws what the disk throws. */
export function staleFiles(
  tree: string,
  { folder, documents }: KeptDocuments,
): Result<readonly GeneratedFile[], string> {
  const place = join(tree, folder)
  if (!existsSync(place)) return err(`${folder}, which the lock records, does not exist.`)
  const made = new Map(documents.map(({ path, text }) => [path, text]))
  return ok(
    staleDocuments(place, documents).map(({ path, is }): GeneratedFile => {
      const text = made.get(path)
      return {
        path: `${folder}/${path}`,
        is: is === "missing" ? null : blobDigest(readFileSync(join(place, path))),
        made: text === undefined ? null : blobDigest(utf8(text)),
      }
    }),
  )
}

// Some documents are directly in the folder, so the shortest folder among the paths is it.
function recordedFolder(lock: ContractLock | null): string | null {
  const folders = Object.keys(lock?.generated ?? {}).map((path) => path.split("/").slice(0, -1).join("/"))
  return folders.toSorted((a, b) => a.length - b.length)[0] ?? null
}
