// Which files changed under some folders, each time a person saves.
// Owns: watching, and taking what is written at once as one change. Does not own: what is done then.

import { watch } from "node:fs"
import { posix, sep } from "node:path"

/** Editors write a file in several steps, and a checkout writes many: what comes within this belongs together. */
const quietMs = 200

/**
 * Calls `onChange` with the paths that were written below `folders` of `root`, relative to it and ascending, until `signal` ends it.
 * While one call is under way, what changes meanwhile is kept for the next.
 */
export function watchFiles(
  {
    root,
    folders,
    signal,
  }: { readonly root: string; readonly folders: readonly string[]; readonly signal: AbortSignal },
  onChange: (paths: readonly string[]) => Promise<void>,
): void {
  const written = new Set<string>()
  let isBusy = false
  let timer: NodeJS.Timeout | undefined
  const later = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), quietMs)
  }
  const flush = async (): Promise<void> => {
    if (isBusy || signal.aborted) return
    isBusy = true
    const paths = [...written].toSorted()
    written.clear()
    await onChange(paths)
    isBusy = false
    if (written.size > 0) later()
  }
  for (const folder of folders) {
    watch(`${root}/${folder}`, { recursive: true, signal }, (_event, name) => {
      if (name === null) return
      written.add(posix.join(folder, name.split(sep).join(posix.sep)))
      later()
    })
  }
  signal.addEventListener("abort", () => clearTimeout(timer))
}
