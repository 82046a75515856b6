// One run of the PostgreSQL server: started, found ready, stopped by its process id.
// Owns: command line, readiness, stopping, a predecessor left by a killed parent. Does not own: roles, accounts.
// The server writes its log to a file and leads its own process group: neither this process's death nor a Ctrl-C reaches it.
// So this process has to stop it, and after a SIGKILL of this process the next start does (nothing committed is lost).

import { spawn, type ChildProcess } from "node:child_process"
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import type { PostgresHome } from "./account.ts"
import { postgresEnvironment } from "./cluster.ts"
import { EmbeddedError } from "./embedded-error.ts"
import { nativeProgram } from "./native-folder.ts"
import { isIdTaken, processCommand, processIdentity } from "./process-identity.ts"

// Crash recovery replays at most max_wal_size; a slow disk does that in well under a minute.
const readyWithinMs = 60_000
// A fast shutdown ends sessions at once and writes one checkpoint.
const stopWithinMs = 30_000
// A container whose first process collects no children keeps zombies for ever.
const collectedWithinMs = 2_000
const lookEveryMs = 5

// Durability first; the rest keeps an idle installation small. Statements and row details carry values that
// people typed, so none of them reaches the log (INV-13).
const settings: Readonly<Record<string, string>> = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  // A process of the product takes up to twenty, and tests run several of them on one server.
  max_connections: "160",
  shared_buffers: "64MB",
  io_method: "sync",
  max_wal_size: "512MB",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_statement: "none",
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
  log_checkpoints: "off",
  cluster_name: "counterfoil",
}

/** A server that answered as ready. `exited` settles when the process has ended, for any reason. */
export interface Postmaster {
  readonly pid: number
  readonly exited: Promise<void>
}

/**
 * Starts the server on a loopback port and waits until it accepts connections.
 * Errors: `startFailed` with the last lines of `logFile`.
 */
export async function startPostmaster(
  home: PostgresHome,
  port: number,
  logFile: string,
): Promise<Postmaster> {
  const logFrom = existsSync(logFile) ? statSync(logFile).size : 0
  const log = openSync(logFile, "a", 0o600)
  const options = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ])
  const child = spawn(nativeProgram(home.native, "postgres"), ["-D", home.cluster, ...options], {
    cwd: home.workingFolder,
    env: postgresEnvironment(),
    stdio: ["ignore", log, log],
    detached: true,
    windowsHide: true,
    ...home.account,
  })
  closeSync(log)
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve())
    child.once("error", () => resolve())
  })
  await untilReady(child, home.cluster, () => readFileSync(logFile, "utf8").slice(logFrom))
  return { pid: child.pid ?? 0, exited }
}

/**
 * Ends the server with this process id: sessions are cut, committed work stays.
 * One that does not stop in time gets an immediate shutdown, which costs only a recovery at the next start.
 */
export async function stopPostmaster(pid: number): Promise<void> {
  const identity = processIdentity(pid)
  if (identity === null) return
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    signalProcess(pid, signal)
    if (await holds(() => processIdentity(pid) !== identity, stopWithinMs)) return
  }
  throw new EmbeddedError("startFailed", `PostgreSQL (process ${pid}) does not stop.`)
}

/**
 * Prepares this cluster for a new server. The caller holds the data folder's lock, so a server that still
 * runs here was left by a parent that died. A file that names a dead process is left to PostgreSQL, which also
 * checks that none of that server's children still uses its memory; one that names an unrelated process is removed.
 */
export async function endPredecessor(cluster: string, log: (line: string) => void): Promise<void> {
  const file = join(cluster, "postmaster.pid")
  if (!existsSync(file)) return
  const pid = Number.parseInt(readFileSync(file, "utf8"), 10)
  if (!Number.isSafeInteger(pid) || pid <= 1) return rmSync(file)
  // A process that is just ending has no command line any more: the code below waits for it like for one that has ended.
  const command = processIdentity(pid) === null ? "" : (processCommand(pid) ?? "unknown")
  if (command !== "" && !command.includes(cluster)) {
    log(`postmaster.pid names process ${pid}, which is not PostgreSQL on this folder; removing the file`)
    return rmSync(file)
  }
  if (command !== "") {
    log(`PostgreSQL (process ${pid}) was left running by a Counterfoil that was killed; stopping it`)
    await stopPostmaster(pid)
  }
  // PostgreSQL takes a process that has ended, but that its parent has not collected yet, for a living server.
  if (!(await holds(() => !isIdTaken(pid), collectedWithinMs))) rmSync(file, { force: true })
}

async function untilReady(child: ChildProcess, cluster: string, readLog: () => string): Promise<void> {
  const giveUpAt = performance.now() + readyWithinMs
  let spawnError: Error | null = null
  child.once("error", (error) => (spawnError = error))
  while (performance.now() < giveUpAt) {
    if (spawnError !== null || child.exitCode !== null || child.signalCode !== null) break
    if (statusOf(cluster, child.pid) === "ready") return
    await delay(lookEveryMs)
  }
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) child.kill("SIGQUIT")
  const because = spawnError === null ? readLog().trim().split("\n").slice(-4).join(" ") : String(spawnError)
  throw new EmbeddedError("startFailed", `PostgreSQL did not start: ${because}`)
}

// Line 1 of postmaster.pid is the process id, line 8 the status. Source: PostgreSQL, src/include/utils/pidfile.h.
function statusOf(cluster: string, pid: number | undefined): string | null {
  try {
    const lines = readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n")
    return Number(lines[0]) === pid ? (lines[7]?.trim() ?? null) : null
  } catch {
    // Not written yet.
    return null
  }
}

async function holds(condition: () => boolean, withinMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > giveUpAt) return false
    await delay(lookEveryMs)
  }
  return true
}

function signalProcess(pid: number, signal: "SIGINT" | "SIGQUIT"): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It ended between two checks.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error
  }
}
