// A data folder of a test's own, which PostgreSQL's account can enter also when root runs the tests.
// Owns: making and removing it. Does not own: what runs in it.

import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A temporary folder; `remove` takes it away with everything in it. */
export interface DataFolder {
  readonly path: string
  remove(): void
}

/** Makes a folder whose name says which suite it belongs to. */
export function newDataFolder(suite: string): DataFolder {
  const path = mkdtempSync(join(tmpdir(), `counterfoil-${suite}-`))
  chmodSync(path, 0o711)
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}
