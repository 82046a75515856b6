// The lock file of this tree, and the lock that this tree's contracts have.
// Owns: reading it, and making the other. Does not own: its form (contracts/drift).

import { readFileSync } from "node:fs"
import { SemVer, type Registry } from "@counterfoil/contracts"
import { lockOf, readLock, type Acknowledgement, type ContractLock } from "@counterfoil/contracts/drift"
import { z } from "zod"
import { CliError } from "../cli-error.ts"

const Manifest = z.object({ version: SemVer })

/** The lock in a file; null when there is no such file. Errors: one that is there and is no lock. */
export function lockInFile(path: string): ContractLock | null {
  const bytes = bytesOf(path)
  if (bytes === null) return null
  const lock = readLock(bytes)
  if (lock.ok) return lock.value
  throw new CliError(`${path} is no lock of contracts: ${lock.error}`, {
    ends: "failed",
    code: "LOCK_UNREADABLE",
    fix: `git checkout -- ${path}`,
  })
}

/** The lock of the contracts that this program has, made now. */
export function lockOfRegistry(registry: Registry, acknowledged: readonly Acknowledgement[]): ContractLock {
  const manifest = readFileSync(new URL("../../../package.json", import.meta.url), "utf8")
  const { version } = Manifest.parse(JSON.parse(manifest))
  return lockOf(registry, version, acknowledged)
}

function bytesOf(path: string): Uint8Array | null {
  try {
    return readFileSync(path)
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable"
    if (code === "ENOENT") return null
    throw new CliError(`${path} cannot be read: ${code}.`, {
      ends: "failed",
      code: "FILE_UNREADABLE",
      fix: "counterfoil contract lock --help",
    })
  }
}
