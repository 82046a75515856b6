// The program `counterfoil` as a person runs it: a child process with a home of its own.
// Owns: starting it, reading what it prints, signals, its end. Does not own: what it is asked.

import { spawn } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { compileCache } from "./compile-cache.ts"
import { until } from "./until.ts"

const main = fileURLToPath(new URL("../../adapters/cli/src/main.ts", import.meta.url))

/** A running program. */
export interface Program {
  readonly pid: number
  /** Everything it has printed so far, standard output and standard error together. */
  printed(): string
  /** The first group of the pattern, as soon as it is printed. Throws when the program ends without it. */
  says(pattern: RegExp, withinMs: number): Promise<string>
  signal(name: "SIGINT" | "SIGKILL"): void
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>
}

/** Runs it. `home` becomes the home folder, so that no setting of the real one is read or written; `more` is environment. */
export function runProgram(
  args: readonly string[],
  home: string,
  more: { readonly [variable: string]: string } = {},
): Program {
  mkdirSync(home, { recursive: true })
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    ...compileCache,
    ...more,
  }
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] })
  let printed = ""
  const keep = (chunk: Buffer): void => {
    printed += chunk.toString("utf8")
  }
  child.stdout.on("data", keep)
  child.stderr.on("data", keep)
  let over = false
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      over = true
      resolve(code)
    })
  })
  return {
    pid: child.pid ?? 0,
    printed: () => printed,
    says: (pattern, withinMs) =>
      until(`${String(pattern)}`, withinMs, () => {
        const found = pattern.exec(printed)
        if (found === null && over) throw new Error(`it ended without ${String(pattern)}:\n${printed}`)
        return found === null ? null : (found[1] ?? found[0])
      }),
    signal: (name) => {
      child.kill(name)
    },
    ended,
  }
}
