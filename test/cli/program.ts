// The command line as a shell would type it, and a control plane with the demo's people for it to talk to.
// Owns: running the one, starting and stopping the other. Does not own: what any command says.

import { spawn, type ChildProcess } from "node:child_process"
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { readInput, runCli } from "@counterfoil/cli"
import { commandIo } from "../support/command-io.ts"
import { compileCache } from "../support/compile-cache.ts"

const main = fileURLToPath(new URL("../../adapters/cli/src/main.ts", import.meta.url))

/** How a command ended. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** How a call differs from the usual one: its environment, what it reads, and when it is interrupted. */
export interface Circumstances {
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  /** Ctrl-C comes when this text has been printed. */
  readonly interruptAt?: string
}

/**
 * Runs a command line to its end, without a terminal, in the process of the test: starting Node anew for each took most of the time
 * of these tests. What the entry itself does is shown where programs are started (start-up.test.ts, test/docs).
 */
export async function counterfoil(
  args: readonly string[],
  { env = {}, input = "", interruptAt }: Circumstances = {},
): Promise<Ended> {
  let [out, err] = ["", ""]
  const interrupted = new AbortController()
  const interrupt = () => {
    if (interruptAt !== undefined && (out + err).includes(interruptAt)) interrupted.abort()
  }
  const io = commandIo({
    env: { ...plainEnvironment(), ...env },
    signal: interrupted.signal,
    pause: async (ms) => {
      await delay(ms, undefined, { signal: interrupted.signal })
    },
    out: (text) => {
      out += text
      interrupt()
    },
    say: (text) => {
      err += `${text}\n`
      interrupt()
    },
    read: (path) => (path === "-" ? new TextEncoder().encode(input) : readInput(path)),
  })
  const code = await runCli(args, io)
  return { code, out, err }
}

/** The settings of one person: a folder, the server, and the person's token. */
export type Somebody = "owner" | "ana" | "ben" | "release-agent"

/** A running control plane with the demo's people. */
export interface Installation {
  readonly url: string
  as(somebody: Somebody): NodeJS.ProcessEnv
  close(): Promise<void>
}

/** Starts one in a folder of its own, as `counterfoil start --demo` does. */
export async function startInstallation(): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-cli-"))
  // The database's account has to get through.
  chmodSync(folder, 0o711)
  const data = join(folder, "data")
  const child = spawn(process.execPath, [main, "start", "--demo", "--data", data, "--port", "0"], {
    env: plainEnvironment(),
    stdio: "pipe",
  })
  const said = await saidUntil(child, "next:")
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? []
  return {
    url,
    as: (somebody) => ({
      XDG_CONFIG_HOME: join(folder, somebody),
      COUNTERFOIL_URL: url,
      COUNTERFOIL_TOKEN: readFileSync(join(data, "demo", `${somebody}.token`), "utf8").trim(),
    }),
    close: async () => {
      const closed = new Promise((resolve) => {
        child.once("close", resolve)
      })
      child.kill("SIGTERM")
      await closed
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** An environment without anybody's settings, terminals or agents. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: tmpdir(),
    XDG_CONFIG_HOME: join(tmpdir(), "counterfoil-nobody"),
    ...compileCache,
  }
}

function saidUntil(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ""
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(text)) resolve(said)
    }
    child.stdout?.on("data", hear)
    child.stderr?.on("data", hear)
    child.once("close", (code) => {
      reject(new Error(`start ended with ${code}: ${said}`))
    })
  })
}
