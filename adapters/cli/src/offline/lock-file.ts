// The lock file of a tree.
// Owns: reading it, and replacing it as a whole: an interrupted write leaves the old one. Does not own: its form (contracts/drift), nor
// making one (drift/lock-of-registry.ts).

import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { lockText, readLock, type ContractLock } from "@counterfoil/contracts/drift"
import { isSystemError, systemReason } from "@counterfoil/contracts/system-error"
import { CliError } from "../cli-error.ts"

/** The lock in a file; null when the file does not exist. Errors: the file is not a lock. */
export function lockInFile(path: string): ContractLock | null {
  const bytes = bytesOf(path)
  if (bytes === null) return null
  const lock = readLock(bytes)
  if (lock.ok) return lock.value
  throw new CliError(`${path} is not a lock of contracts: ${lock.error}`, {
    ends: "failed",
    code: "LOCK_UNREADABLE",
    fix: `git checkout -- ${path}`,
  })
}

/** Writes a lock. Errors: a file that cannot be written; the error names the help of `command`. */
export function writeLock(file: string, lock: ContractLock, command: string): void {
  const beside = `${file}.${process.pid}`
  // Write to the target of a link or a device: replacing it with a file would be a different change.
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
