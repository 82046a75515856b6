// Finds the lock that a tree is compared with: in a commit, in a file, or on a running server.
// Owns: distinguishing and reading these. Does not own: the form of a lock (contracts/drift).
// A lock that cannot be read gives an error sentence; nothing is used in its place.

import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { err, ok, type Result } from "@counterfoil/contracts"
import { httpPrefix } from "@counterfoil/contracts/http"
import { lockFile, readLock, type ContractLock } from "@counterfoil/contracts/drift"
import { git } from "./git.ts"

/** A baseline with a name for people. `lock` is null where a commit has none and that is accepted. */
export interface Baseline {
  readonly name: string
  /** True for the lock of a running server, which has its own configuration and no acknowledgements. */
  readonly served?: true
  readonly lock: ContractLock | null
}

/** What the search for a baseline needs. `against` is undefined without the flag; `first` accepts a commit without a lock. */
export interface BaselineSearch {
  readonly folder: string
  readonly against: string | undefined
  readonly first: boolean
  /** Fetches the bytes at a url; throws when it cannot. */
  readonly fetchBytes: (url: URL) => Promise<Uint8Array>
}

/** The baseline, or why there is none. */
export async function findBaseline(asked: BaselineSearch): Promise<Result<Baseline, string>> {
  const { against } = asked
  if (against === undefined) return await mergeBase(asked)
  if (/^https?:\/\//i.test(against)) return await ofServer(against, asked)
  const path = join(asked.folder, against)
  const file = against.startsWith("/") ? against : path
  if (/\.json$/i.test(against) || (existsSync(file) && statSync(file).isFile())) return ofFile(against, file)
  return await ofCommit(against, asked)
}

function ofFile(name: string, file: string): Result<Baseline, string> {
  try {
    return lockOf(name, readFileSync(file))
  } catch (cause) {
    return err(`${name} cannot be read: ${codeOf(cause)}.`)
  }
}

async function ofServer(against: string, { fetchBytes }: BaselineSearch): Promise<Result<Baseline, string>> {
  if (!URL.canParse(against)) return err(`${against} is not a URL.`)
  const url = new URL(against)
  // For the address of a server, fetch the server's own lock; a URL that names a file is used unchanged.
  if (!/\.json$/i.test(url.pathname))
    url.pathname = `${url.pathname.replace(/\/+$/, "")}${httpPrefix}/${lockFile}`
  try {
    const lock = lockOf(against, await fetchBytes(url))
    return lock.ok ? ok({ ...lock.value, served: true }) : lock
  } catch (cause) {
    return err(`${against} cannot be read: ${codeOf(cause)}.`)
  }
}

async function ofCommit(ref: string, { folder, first }: BaselineSearch): Promise<Result<Baseline, string>> {
  const commit = await commitOf(folder, ref)
  if (!commit.ok) return err(`${ref} is not a file, a URL or a known commit: ${commit.error}.`)
  const name = `${ref} (${commit.value.slice(0, 12)})`
  // Check separately whether the lock exists: an existing lock that cannot be read must not count as missing.
  const listed = await git(folder, ["ls-tree", commit.value, "--", lockFile])
  if (!listed.ok) return err(`${name} cannot be read: ${listed.error}.`)
  if (listed.value.length === 0) {
    return first
      ? ok({ name: `${name}, which has no lock`, lock: null })
      : err(`${name} has no ${lockFile} here. Use --first once in a repository without one.`)
  }
  const shown = await git(folder, ["cat-file", "blob", `${commit.value}:./${lockFile}`])
  return shown.ok ? lockOf(name, shown.value) : err(`${lockFile} of ${name} cannot be read: ${shown.error}.`)
}

/** The usual names of the default branch, the preferred ones first. */
const defaultBranches = ["origin/HEAD", "origin/main", "origin/master", "main", "master"]

async function mergeBase(asked: BaselineSearch): Promise<Result<Baseline, string>> {
  for (const branch of defaultBranches) {
    const known = await commitOf(asked.folder, branch)
    if (!known.ok) continue
    const base = await git(asked.folder, ["merge-base", "HEAD", known.value])
    if (!base.ok) return err(`HEAD and ${branch} have no common commit here: fetch more of the history.`)
    return await ofCommit(textOf(base.value), asked)
  }
  return err(`No --against was given, and none of ${defaultBranches.join(", ")} is known here.`)
}

async function commitOf(folder: string, ref: string): Promise<Result<string, string>> {
  const commit = await git(folder, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${ref}^{commit}`,
  ])
  return commit.ok ? ok(textOf(commit.value)) : err("git does not know it")
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim()

function lockOf(name: string, bytes: Uint8Array): Result<Baseline, string> {
  const lock = readLock(bytes)
  return lock.ok ? ok({ name, lock: lock.value }) : err(`${name} is not a lock of contracts. ${lock.error}`)
}

function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown"
  const inner = cause.cause instanceof Error ? cause.cause : cause
  return "code" in inner && typeof inner.code === "string" ? inner.code : inner.message
}
