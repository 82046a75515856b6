// How much processor time processes have used, as Linux counts it: in hundredths of a second.
// Owns: reading that. Does not own: whom it is charged to. Elsewhere nothing is read, and the figure is left out.

import { existsSync, readdirSync, readFileSync } from "node:fs"

const tickMs = 10

/**
 * Of these processes, and of the children that they had and those they have: a PostgreSQL server has one for each connection.
 * Null where the system does not tell.
 */
export function cpuMs(pids: readonly number[]): number | null {
  if (!existsSync("/proc/self/stat")) return null
  const all = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (usageOf(name) ?? []) : []))
  return all
    .filter(({ pid, parent }) => pids.includes(pid) || pids.includes(parent))
    .reduce((sum, { pid, own, waitedFor }) => sum + own + (pids.includes(pid) ? waitedFor : 0), 0)
}

/** The process that started this one; the server, for a process that serves a connection. */
export const parentOf = (pid: number): number => usageOf(String(pid))?.parent ?? 0

function usageOf(pid: string) {
  const text = textOf(`/proc/${pid}/stat`)
  // The name is in brackets and may contain any character; the fields after it may not.
  const fields = text
    ?.slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number)
  if (fields === undefined) return null
  const at = (field: number): number => fields[field] ?? 0
  return {
    pid: Number(pid),
    parent: at(1),
    own: (at(11) + at(12)) * tickMs,
    waitedFor: (at(13) + at(14)) * tickMs,
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return null // it ended meanwhile: what it used is now among what its parent waited for
  }
}
