// The lock of the contracts that this program has.
// Owns: which version of the program made it. Does not own: the form of a lock (contracts/drift).

import { readFileSync } from "node:fs"
import { SemVer, type Registry } from "@counterfoil/contracts"
import { lockOf, type Acknowledgement, type ContractLock } from "@counterfoil/contracts/drift"
import { z } from "zod"

const Manifest = z.object({ version: SemVer })

/** The lock of the contracts that this program has, made now. */
export function lockOfRegistry(registry: Registry, acknowledged: readonly Acknowledgement[]): ContractLock {
  return lockOf(registry, programVersion(), acknowledged)
}

/** The version of this program. */
export function programVersion(): SemVer {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8")
  return Manifest.parse(JSON.parse(manifest)).version
}
