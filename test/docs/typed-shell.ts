// One shell into which a document's blocks are typed, with what the commands start in the background.
// Owns: the shell, the programs that it finds before those of the machine, the end of everything it started.
// Does not own: what is typed, nor what is expected of it.

import { spawn } from "node:child_process"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { until } from "../support/until.ts"

/** What a shell starts with. `programs` are scripts by name, in a folder that PATH names first. */
export interface TypedShellSettings {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly programs: Readonly<Record<string, string>>
}

/** A running one. */
export interface TypedShell {
  /** Types a block and answers what was printed until it ended. Throws with what was printed when a command of it fails. */
  type(block: string): Promise<string>
  /** Ends everything that was started in it. */
  close(): Promise<void>
}

// Eight processes start in the longest block, on a machine that may be busy with others.
const endsWithinMs = 100_000

/** Starts one that stops at the first command that fails. */
export function openTypedShell({ folder, env, programs }: TypedShellSettings): TypedShell {
  const bin = join(folder, "bin")
  mkdirSync(bin)
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), script)
    chmodSync(join(bin, name), 0o755)
  }
  const shell = spawn("bash", ["--norc", "--noprofile", "-e", "-s"], {
    cwd: folder,
    env: { ...env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  })
  const group = -(shell.pid ?? 0)
  let printed = ""
  for (const stream of [shell.stdout, shell.stderr])
    stream.on("data", (chunk: Buffer) => {
      printed += chunk.toString("utf8")
    })
  let typed = 0
  const isOver = (): boolean => shell.exitCode !== null || shell.signalCode !== null
  return {
    type: async (block) => {
      const from = printed.length
      const end = `end of block ${(typed += 1)}\n`
      // From a file, so that no program can take what is typed next for its input.
      const file = join(bin, `block-${typed}`)
      writeFileSync(file, block)
      shell.stdin.write(`source "${file}" < /dev/null\necho "${end.trim()}"\n`)
      return until("end of what was typed", endsWithinMs, () => {
        const at = printed.indexOf(end, from)
        if (at < 0 && isOver()) throw new Error(`a command failed:\n${block}\n${printed.slice(from)}`)
        return at < 0 ? null : printed.slice(from, at)
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${block}\n${printed.slice(from)}`)
      })
    },
    close: async () => {
      signal(group, "SIGTERM")
      await until("end of what the shell started", endsWithinMs, () =>
        signal(group, 0) ? null : true,
      ).catch(() => signal(group, "SIGKILL"))
    },
  }
}

/** False when no process of the group is left. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(group, name)
  } catch {
    return false
  }
}
