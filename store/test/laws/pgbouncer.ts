// PgBouncer in front of a database, with its package's defaults except the mode.
// Owns: its configuration, its process. Does not own: the database.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { vi } from "vitest"
import type { PoolMode, SessionPooler } from "./session-pooler.ts"

/** Debian's path of it. */
export const pgBouncerPath = "/usr/sbin/pgbouncer"
const startMs = 10_000

/** Starts one that lets every client in, and logs in to the server as the address says. */
export async function openPgBouncer(url: string, mode: PoolMode): Promise<SessionPooler> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-pgbouncer-"))
  // Started as root it changes to another account, which has to read this.
  chmodSync(folder, 0o755)
  const listen = await freePort()
  const config = join(folder, "pgbouncer.ini")
  writeFileSync(
    config,
    `[databases]
* = host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listen}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
`,
  )
  const asOther = process.getuid?.() === 0 ? ["-u", "nobody"] : []
  const child = spawn(pgBouncerPath, ["-q", ...asOther, config], { stdio: "ignore" })
  const gone = once(child, "exit")
  const close = async (): Promise<void> => {
    child.kill("SIGKILL")
    await gone
    rmSync(folder, { recursive: true })
  }
  try {
    await vi.waitUntil(() => answers(listen), { timeout: startMs, interval: 20 })
  } catch (error) {
    await close()
    throw error
  }
  return { url: `postgres://${username}@127.0.0.1:${listen}${pathname}`, close }
}

function answers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, "127.0.0.1")
  const say = (yes: boolean): void => {
    socket.destroy()
    resolve(yes)
  }
  socket.on("connect", () => say(true)).on("error", () => say(false))
  return promise
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (typeof address !== "object" || address === null) throw new Error("no port was given")
  return address.port
}
