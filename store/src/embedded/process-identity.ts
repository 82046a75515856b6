// Distinguishes a process from a later one that got the same process id.
// Owns: the identity string of a live process and its command line. Does not own: what to do with a live one.
// Linux reads /proc; other Unixes ask ps; Windows shows only whether the id is taken.

import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"

/**
 * Identity of the process with this id, or null when no such process lives.
 * Two answers are equal only for the same process of the same boot: the id alone is reused.
 * Source: proc(5), field 22 of /proc/pid/stat is the start time in ticks since boot.
 */
export function processIdentity(pid: number): string | null {
  if (!isIdTaken(pid)) return null
  if (process.platform === "win32") return "alive"
  if (process.platform !== "linux") return ps(pid, "lstart=")
  const stat = readProc(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The name in parentheses may hold spaces and parentheses itself, so fields are counted behind the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const [state, startTicks] = [fields[0], fields[19]]
  // A zombie has ended, but its parent has not collected it yet.
  if (state === "Z" || state === "X" || startTicks === undefined) return null
  return `${readProc("/proc/sys/kernel/random/boot_id")?.trim() ?? "boot"}:${startTicks}`
}

/** Command line of a live process as one string, arguments separated by spaces; null when it cannot be read. */
export function processCommand(pid: number): string | null {
  if (process.platform === "linux")
    return readProc(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim() ?? null
  return process.platform === "win32" ? null : ps(pid, "command=")
}

/** Whether the id is taken, be it by a zombie: one that has ended and that its parent has not collected. */
export function isIdTaken(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives and belongs to another account.
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, "utf8")
  } catch {
    // The process ended between two reads.
    return null
  }
}

function ps(pid: number, column: string): string | null {
  try {
    return execFileSync("ps", ["-ww", "-o", column, "-p", String(pid)], { encoding: "utf8" }).trim() || null
  } catch {
    // ps answers 1 for a process that does not exist.
    return null
  }
}
