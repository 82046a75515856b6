// Where a program may read what agents write: its folders and their links' targets, against the folders that agents write.
// Owns: finding those overlaps without configuration. Does not own: reading the files there (command-state.ts).

import { readdir, readlink, realpath } from "node:fs/promises"
import { dirname, join, resolve, sep } from "node:path"

/** Most entries of the program's folders that are searched for links. */
const entriesMax = 10_000

/**
 * The places that agents write and that a program in these folders can reach: the inner one of each pair, sorted.
 * With too many entries to search for links, the answer is everything that agents write.
 */
export async function writtenPlaces(
  folders: readonly string[],
  writable: readonly string[],
): Promise<readonly string[]> {
  const real = (path: string) => realpath(path).catch(() => path)
  const [used, written] = [await Promise.all(folders.map(real)), await Promise.all(writable.map(real))]
  if (written.length === 0) return []
  // A folder below one that agents write is read with its links.
  const searched = used.filter((folder) => !written.some((place) => isBelow(folder, place)))
  const led = await linkTargets(searched)
  const found = led === null ? [...overlaps(used, written), ...written] : overlaps([...used, ...led], written)
  return [...new Set(found)].toSorted()
}

const overlaps = (used: readonly string[], written: readonly string[]): readonly string[] =>
  used.flatMap((path) =>
    written.flatMap((place) => (isBelow(place, path) ? [place] : isBelow(path, place) ? [path] : [])),
  )

const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)

/** Where the links in these folders lead, and the links behind those; null where there are too many entries. */
async function linkTargets(folders: readonly string[]): Promise<readonly string[] | null> {
  const targets: string[] = []
  const waiting = [...folders]
  const searched = new Set<string>()
  let entries = 0
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (searched.has(folder)) continue
    searched.add(folder)
    // A file, or a folder that this user cannot list, has no links that the program could follow.
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      entries += 1
      if (entries > entriesMax) return null
      const path = join(folder, entry.name)
      if (entry.isDirectory()) waiting.push(path)
      if (!entry.isSymbolicLink()) continue
      const target = await targetOf(path)
      targets.push(target)
      waiting.push(target)
    }
  }
  return targets
}

/** The target of a link, also when it does not exist yet. */
async function targetOf(link: string): Promise<string> {
  return realpath(link).catch(async () => resolve(dirname(link), await readlink(link).catch(() => "")))
}
