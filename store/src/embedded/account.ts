// The account PostgreSQL runs under, and the folders that account can reach.
// Owns: the choice of account as root, reachability, copies outside a closed home folder.
// Does not own: starting anything. PostgreSQL refuses to run as root, and a home of mode 0700 hides both the
// programs and the data from every other account.

import { createHash } from "node:crypto"
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs"
import { dirname, join, resolve } from "node:path"
import { EmbeddedError } from "./embedded-error.ts"
import { nativeProgram, type NativeFolder } from "./native-folder.ts"

/** A user and group id to run under. */
interface Account {
  readonly uid: number
  readonly gid: number
}

/** Where this installation's PostgreSQL is, and which account runs it; `account` is null when it is this process's own. */
export interface PostgresHome {
  readonly account: Account | null
  /** Folder of the programs. */
  readonly native: string
  /** Folder of the cluster; it may not exist yet. */
  readonly cluster: string
  /** Folder the children are started in, which their account can always enter. */
  readonly workingFolder: string
}

// Root may create folders here, and every account may pass through it.
const sharedBase = "/var/lib/counterfoil"

/**
 * Decides account and places. As an ordinary user everything stays where it is.
 * As root, files that the other account cannot reach go to `/var/lib/counterfoil/<digest of the data folder>`, which `log` notes.
 */
export function preparePostgresHome(
  dataDir: string,
  native: NativeFolder,
  log: (line: string) => void,
): PostgresHome {
  if (process.getuid?.() !== 0) {
    return { account: null, native: native.path, cluster: join(dataDir, "postgres"), workingFolder: dataDir }
  }
  const fallback = unprivilegedAccount()
  const base = reachable(dataDir, fallback) ? dataDir : join(sharedBase, digestOf(dataDir))
  if (base !== dataDir) {
    if (existsSync(join(dataDir, "postgres")))
      throw new EmbeddedError(
        "dataFolderUnusable",
        `uid ${fallback.uid}, which runs PostgreSQL for root, cannot reach the database in ${dataDir}: let it pass through that folder and those above it (chmod o+x).`,
      )
    mkdirSync(base, { recursive: true, mode: 0o711 })
    log(
      `PostgreSQL cannot run as root and uid ${fallback.uid} cannot reach ${dataDir}: the database is kept in ${base}`,
    )
  }
  const cluster = join(base, "postgres")
  const account = ownerOf(cluster) ?? fallback
  return { account, native: reachableNative(native, base, account, log), cluster, workingFolder: base }
}

/** Makes a file or folder belong to the account; does nothing when this process's own account runs everything. */
export function giveTo(path: string, account: Account | null): void {
  if (account !== null) chownSync(path, account.uid, account.gid)
}

function reachableNative(
  native: NativeFolder,
  base: string,
  account: Account,
  log: (line: string) => void,
): string {
  if (reachable(nativeProgram(native.path, "postgres"), account)) return native.path
  const copy = join(base, `postgresql-${native.version}`)
  if (!existsSync(copy)) {
    log(`uid ${account.uid} cannot reach ${native.path}: PostgreSQL's programs are copied to ${copy}`)
    const draft = `${copy}.draft`
    rmSync(draft, { recursive: true, force: true })
    cpSync(native.path, draft, { recursive: true, verbatimSymlinks: true })
    openForReading(draft)
    renameSync(draft, copy)
  }
  return copy
}

// A checkout made under umask 077 hides each file, not only the folders above.
function openForReading(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openForReading(path)
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}

// Every folder on the way must let the account pass; access control lists are not looked at, so they can only help.
function reachable(path: string, account: Account): boolean {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder)
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

// A cluster that an ordinary user made stays that user's when root starts it.
function ownerOf(cluster: string): Account | null {
  if (!existsSync(cluster)) return null
  const { uid, gid } = statSync(cluster)
  return uid === 0 ? null : { uid, gid }
}

function unprivilegedAccount(): Account {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("nobody:"))
  const [uid, gid] = line?.split(":").slice(2, 4).map(Number) ?? []
  // 65534 is the kernel's overflow id (/proc/sys/kernel/overflowuid), the account `nobody` on every Linux we know.
  return { uid: uid ?? 65534, gid: gid ?? 65534 }
}

function digestOf(dataDir: string): string {
  return createHash("sha256").update(resolve(dataDir)).digest("hex").slice(0, 16)
}
