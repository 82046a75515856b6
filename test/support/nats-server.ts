// A nats-server with JetStream in a folder of its own, which a test may kill, start again on the same port, and wipe.
// Owns: the process, its port, its folder. Does not own: streams, nor who may do what (a configuration says that).

import { spawn, type ChildProcess } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { rootFolder } from "../architecture/source-tree.ts"
import { until } from "./until.ts"

/** A running one; `url` stays the same through every restart. */
export interface NatsServer {
  readonly url: string
  /** The process that runs now; null while none does. */
  pid(): number | null
  /** Ends it as a power cut does. What it acknowledged may be lost from its memory, but for what reached the disk. */
  kill(): Promise<void>
  /** Starts it again on what its folder holds. */
  start(): Promise<void>
  /** Deletes what JetStream stored; only while it is not running. */
  wipe(): void
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

const readyWithinMs = 10_000

/** Where the gate keeps one that it fetched, unpacked from Debian's package (gate/nats-server.ts). */
const fetchedFolder = join(rootFolder, ".cache", "programs", "nats-server", "usr", "sbin")

/**
 * Where nats-server is: NATS_SERVER, beside the other programs, where Debian puts it, or where the gate keeps a fetched one.
 * Null when there is none.
 */
export function natsServerPath(): string | null {
  const named = process.env["NATS_SERVER"]
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    "/usr/sbin",
    "/usr/local/bin",
    fetchedFolder,
  ]
  const places = folders.map((folder) => join(folder, "nats-server"))
  return (named === undefined ? places : [named]).find((path) => existsSync(path)) ?? null
}

/** Starts one. `config` is the path of a configuration file, which then names the folder of its streams; the port is ours. */
export async function startNatsServer(config: string | null = null): Promise<NatsServer> {
  const program = natsServerPath()
  if (program === null) throw new Error("there is no nats-server on this machine")
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-nats-"))
  const port = await freePort()
  let child: ChildProcess | null = null

  const start = async (): Promise<void> => {
    const place = ["-a", "127.0.0.1", "-p", String(port)]
    const told = config === null ? ["-js", "-sd", folder] : ["-c", config]
    const started = spawn(program, [...told, ...place], { stdio: "ignore" })
    child = started
    await until("answer of nats-server", readyWithinMs, () => {
      if (started.exitCode !== null) throw new Error(`nats-server ended with ${started.exitCode}`)
      return answers(port)
    })
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child
    child = null
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = new Promise((resolve) => ending.once("exit", resolve))
    ending.kill(signal)
    await ended
  }

  await start()
  return {
    url: `nats://127.0.0.1:${port}`,
    pid: () => child?.pid ?? null,
    kill: () => end("SIGKILL"),
    start,
    wipe: () => {
      rmSync(join(folder, "jetstream"), { recursive: true, force: true })
    },
    close: async () => {
      await end("SIGTERM")
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** True once the server greets, which it does with a line that starts with INFO. */
const answers = (port: number): Promise<true | null> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    const end = (answer: true | null): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once("data", () => end(true))
    socket.once("error", () => end(null))
  })

/** A free port of this machine; another process may take it before it is used. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port)
        else reject(new Error("no port"))
      })
    })
  })
