// Reads the version of this program from its package.
// Does not own: where it is shown.

import { readFileSync } from "node:fs"
import { SemVer } from "@counterfoil/contracts"
import { z } from "zod"

const Manifest = z.object({ version: SemVer })

/** The version of this program. */
export function programVersion(): SemVer {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8")
  return Manifest.parse(JSON.parse(manifest)).version
}
