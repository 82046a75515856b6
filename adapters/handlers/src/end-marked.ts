// Ends all processes that a program has started, also those that left its group and session (`setsid`, daemons).
// Owns: finding such processes by a mark in their environment, which they inherit. Does not own: the group (run-process.ts).
// Reads /proc, so it finds no process on systems other than Linux, and none that was started with a new environment.

import { readFile, readdir } from "node:fs/promises"
import { setTimeout as after } from "node:timers/promises"

/** The variable that carries the mark of a run. */
export const runVariable = "COUNTERFOIL_RUN"

/** Pause between two searches, in which a signalled process can end. */
const pauseMs = 20
/** After this many searches a program that keeps starting processes is left to the operator. */
const looksMax = 50

/** Ends every process that carries this mark, and searches again until there is none. */
export async function endMarked(mark: string): Promise<void> {
  for (let look = 0; look < looksMax; look += 1) {
    const found = await carriers(mark)
    if (found.length === 0) return
    for (const pid of found) end(pid)
    await after(pauseMs)
  }
}

async function carriers(mark: string): Promise<readonly number[]> {
  const entries = await readdir("/proc").catch(() => [])
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number)
  const carries = await Promise.all(pids.map((pid) => carriesMark(pid, `${runVariable}=${mark}`)))
  return pids.filter((_, index) => carries[index])
}

// Another user's process cannot be read, and no handler started it; one that has ended has no environment left.
async function carriesMark(pid: number, variable: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "")
  return environment.split("\0").includes(variable)
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended already.
  }
}
