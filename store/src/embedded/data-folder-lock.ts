// One process a data folder: a lock file that names its holder and survives the holder's SIGKILL.
// Owns: taking, taking over from the dead, giving back. Does not own: PostgreSQL's own postmaster.pid.
// A stale lock is taken over by claiming exactly that lock (by its nonce), so of two that see it stale one wins.

import { randomUUID } from "node:crypto"
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { EmbeddedError } from "./embedded-error.ts"
import { processIdentity } from "./process-identity.ts"

interface Holder {
  readonly pid: number
  readonly identity: string
  readonly nonce: string
}

/**
 * Takes the lock at `path` for this process; the returned function releases it.
 * Errors: `dataFolderInUse` with the holder's process id while that process lives.
 */
export function lockDataFolder(path: string): () => void {
  const self: Holder = {
    pid: process.pid,
    identity: processIdentity(process.pid) ?? "self",
    nonce: randomUUID(),
  }
  const draft = `${path}.${self.nonce}.draft`
  writeFileSync(draft, JSON.stringify(self), { mode: 0o600 })
  try {
    takeOver(path, draft)
  } finally {
    rmSync(draft, { force: true })
  }
  return () => {
    if (readHolder(path)?.nonce === self.nonce) rmSync(path, { force: true })
  }
}

function takeOver(path: string, draft: string): void {
  for (;;) {
    if (linkIfFree(draft, path)) return
    const holder = readHolder(path)
    if (holder === null) continue
    if (processIdentity(holder.pid) === holder.identity) {
      throw new EmbeddedError(
        "dataFolderInUse",
        `The data folder is in use by process ${holder.pid}.`,
        holder.pid,
      )
    }
    // Only one process can hold the claim on this very lock; a claim left by a crash is itself taken over.
    const claim = `${path}.${holder.nonce}`
    takeOver(claim, draft)
    try {
      // A late claimer finds that the lock has meanwhile changed its holder, and tries again.
      if (readHolder(path)?.nonce !== holder.nonce) continue
      linkSync(draft, `${draft}.new`)
      renameSync(`${draft}.new`, path)
      return
    } finally {
      rmSync(claim, { force: true })
    }
  }
}

function linkIfFree(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false
    throw error
  }
}

function readHolder(path: string): Holder | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"))
    return isHolder(value) ? value : foreign
  } catch (error) {
    if (error instanceof SyntaxError) return foreign
    // Released between two reads.
    return null
  }
}

// A lock that no process of the product wrote (emptied by a full disk, edited by hand) names no live process, so it is stale.
const foreign: Holder = { pid: 0, identity: "none", nonce: "unreadable" }

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    Number.isSafeInteger(value.pid) &&
    "identity" in value &&
    typeof value.identity === "string" &&
    "nonce" in value &&
    typeof value.nonce === "string" &&
    /^[0-9a-f-]{36}$/.test(value.nonce)
  )
}
