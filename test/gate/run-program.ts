// Runs one program from the root of the checkout and keeps what it printed.
// The gate and `npm run check` run each of their stages by it.

import { spawn } from "node:child_process"
import { rootFolder } from "../architecture/source-tree.ts"

/** What a program printed, both streams as they came, and whether it ended by itself with 0. */
export interface Ended {
  readonly clean: boolean
  readonly output: string
}

/** Runs it for at most `timeoutMs`. Never rejects: a program that does not start has not ended clean. */
export function runProgram(
  [program, ...args]: readonly [program: string, ...args: string[]],
  timeoutMs: number,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: rootFolder,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      shell: process.platform === "win32",
    })
    let output = ""
    const keep = (chunk: Buffer): void => {
      output += chunk.toString("utf8")
    }
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    child.once("error", (error) =>
      resolve({ clean: false, output: `${program} did not start: ${error.message}` }),
    )
    child.once("close", (code, signal) => {
      const ended = signal === null ? output : `${output}\n${program} was ended by ${signal}`
      resolve({ clean: code === 0, output: ended })
    })
  })
}
