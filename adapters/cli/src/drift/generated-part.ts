// The documents that a tree keeps of what is made from its contracts: which folder, what the lock records, what is not fresh.
// Owns: that a tree which keeps none has nothing to compare, and that a folder which is recorded and gone is not checked.
// Does not own: which documents there are (describe), nor the lock itself.

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { err, ok, type Digest, type Result } from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import type { ContractLock, GeneratedFile } from "@counterfoil/contracts/drift"
import { staleDocuments } from "../describe/document-files.ts"
import type { GeneratedDocument } from "../describe/generated-documents.ts"

/** Where documents are kept unless a lock records another place. */
export const defaultDocumentsFolder = "docs/generated"

/** Documents as they are made now, and the folder below the tree that they are kept in. */
export interface KeptDocuments {
  readonly folder: string
  readonly documents: readonly GeneratedDocument[]
}

/** The documents that a tree keeps: where its lock records them, or in the default folder; null when it keeps none. */
export function keptDocuments(
  tree: string,
  lock: ContractLock | null,
  documents: readonly GeneratedDocument[],
): KeptDocuments | null {
  const recorded = recordedFolder(lock)
  if (recorded !== null) return { folder: recorded, documents }
  // A folder of that name may be anybody's: it is ours when there is a page or a schema of a contract in it.
  const ours = documents.some(
    ({ path }) => path.includes("/") && existsSync(join(tree, defaultDocumentsFolder, path)),
  )
  return ours ? { folder: defaultDocumentsFolder, documents } : null
}

/** What a lock records of documents: their digests by path. */
export const recordOf = ({ folder, documents }: KeptDocuments): { readonly [path: string]: Digest } =>
  Object.fromEntries(documents.map(({ path, text }) => [`${folder}/${path}`, blobDigest(utf8(text))]))

/** Every document that is not as it is made now; why they cannot be compared otherwise. Throws what the disk throws. */
export function staleFiles(
  tree: string,
  { folder, documents }: KeptDocuments,
): Result<readonly GeneratedFile[], string> {
  const place = join(tree, folder)
  if (!existsSync(place)) return err(`${folder}, which the lock records, is not there.`)
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

// Some documents stand in the folder itself, so the shortest path of a folder is it.
function recordedFolder(lock: ContractLock | null): string | null {
  const folders = Object.keys(lock?.generated ?? {}).map((path) => path.split("/").slice(0, -1).join("/"))
  return folders.toSorted((a, b) => a.length - b.length)[0] ?? null
}
