// The lock file of a tree.
// Owns: reading it, and that it is replaced as a whole: a write that is cut short leaves the old one. Does not own: its form (contracts/drift), nor making one (drift/lock-of-registry.ts).

import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { lockText, readLock, type ContractLock } from "@counterfoil/contracts/drift"
import { isSystemError, systemReason } from "@counterfoil/contracts/system-error"
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

/** Writes a lock. `command` is the one that asked, for the help of the error: a file that cannot be written. */
export function writeLock(file: string, lock: ContractLock, command: string): void {
  const beside = `${file}.${process.pid}`
  // A link or a device is written through: putting a file in its place would be something else.
  const replaces = lstatSync(file, { throwIfNoEntry: false })?.isFile() ?? true
  try {
    writeFileSync(replaces ? beside : file, lockText(lock))
    if (replaces) renameSync(beside, file)
  } catch (cause) {
    if (replaces) rmSync(beside, { force: true })
    throw new CliError(`${file} cannot be written: ${systemReason(cause)}.`, {
      ends: "failed",
      code: "FILE_UNWRITABLE",
      fix: `counterfoil ${command} --help`,
    })
  }
}

function bytesOf(path: string): Uint8Array | null {
  try {
    return readFileSync(path)
  } catch (cause) {
    if (isSystemError(cause) && cause.code === "ENOENT") return null
    throw new CliError(`${path} cannot be read: ${systemReason(cause)}.`, {
      ends: "failed",
      code: "FILE_UNREADABLE",
      fix: "counterfoil contract lock --help",
    })
  }
}
