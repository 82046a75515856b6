// The lock file of a tree.
// Owns: reading it. Does not own: its form (contracts/drift), nor making one (drift/lock-of-registry.ts).

import { readFileSync } from "node:fs"
import { readLock, type ContractLock } from "@counterfoil/contracts/drift"
import { CliError } from "../cli-error.ts"

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
