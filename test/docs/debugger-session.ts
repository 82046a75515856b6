// Typing the blocks `console debugger` of a page into Node's own debugger: what the page shows has to be printed.
// Owns: one session, and waiting for its output. Does not own: the process that is debugged.

import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { rootFolder } from "../architecture/source-tree.ts"
import { until } from "../support/until.ts"

/** A session over the blocks of a page. */
export interface DebuggerSession {
  /** Types the lines `$ node inspect …` and `debug> …` of a block; every other line has to be part of what was printed since. */
  type(block: string): Promise<void>
  close(): void
}

/** What is debugged starts, or reaches a breakpoint, on a machine that may be busy with others. */
const printsWithinMs = 60_000

/** Opens one; nothing is started before the first block. */
export function openDebuggerSession(): DebuggerSession {
  let child: ChildProcess | null = null
  let printed = ""
  let from = 0
  const see = (text: string): Promise<true> =>
    until(`"${text}" in the debugger`, printsWithinMs, () =>
      printed.includes(text, from) ? true : null,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${printed}`)
    })
  const start = (address: string): void => {
    from = printed.length
    child = spawn(process.execPath, ["inspect", address], {
      cwd: rootFolder,
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, "NO_COLOR": "1" },
    })
    child.stdout?.on("data", (chunk: Buffer) => {
      printed += chunk.toString("utf8")
    })
  }
  const command = async (line: string): Promise<void> => {
    from = printed.length
    const running = child
    running?.stdin?.write(`${line}\n`)
    if (line === ".exit" && running !== null && running.exitCode === null) await once(running, "exit")
    else await see("debug>")
  }
  return {
    type: async (block) => {
      for (const line of block.trimEnd().split("\n")) {
        const [, address] = /^\$ node inspect (\S+)$/.exec(line) ?? []
        const [, typed] = /^debug> (.*)$/.exec(line) ?? []
        if (address !== undefined) {
          start(address)
          // What is typed before the first prompt is lost.
          await see("debug>")
        } else if (typed !== undefined) await command(typed)
        else await see(line)
      }
    },
    close: () => {
      child?.kill()
    },
  }
}
