// Compiled code is kept between commands, which takes a third off the time of each: Node compiles and strips several hundred files.
// Owns: where it is kept, and when it is not. Does not own: the cache itself, which is Node's (module.enableCompileCache).
// What is in it runs with the rights of this process, so it is a folder that no other account can write to, or none at all;
// Node's own default is below the folder of temporary files, where another account could have made it first.

import { mkdirSync, statSync } from "node:fs"
import { enableCompileCache } from "node:module"
import { join } from "node:path"

/** Commands of an installation's processes, which write no file of their own. */
const withoutCache: ReadonlySet<string> = new Set(["serve", "migrate"])
const writableByOthers = 0o022

/** Keeps compiled code for the next command where that is safe and Node was not told where already; else nothing changes. Never throws. */
export function keepCompiled(command: string | undefined, env: NodeJS.ProcessEnv): void {
  const isSettled = env["NODE_COMPILE_CACHE"] !== undefined || env["NODE_DISABLE_COMPILE_CACHE"] !== undefined
  if (isSettled || withoutCache.has(command ?? "")) return
  const folder = compileFolder(env, process.getuid?.())
  if (folder !== null) enableCompileCache(folder)
}

/**
 * The folder for compiled code, made if need be: `counterfoil/compile` below `XDG_CACHE_HOME` or `~/.cache`. Null where there is
 * no home, where the home or the folder belongs to another account or lets one write, and where nothing can be written.
 */
export function compileFolder(env: NodeJS.ProcessEnv, uid: number | undefined): string | null {
  const home = env["HOME"] || null
  const base = env["XDG_CACHE_HOME"] || (home === null ? null : join(home, ".cache"))
  if (uid === undefined || base === null) return null
  const folder = join(base, "counterfoil", "compile")
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // An account that may write to a folder above may put another one in its place.
    const above = [...(env["XDG_CACHE_HOME"] ? [] : [home ?? base]), base, join(base, "counterfoil"), folder]
    return above.every((path) => isOwn(path, uid)) ? folder : null
  } catch {
    return null
  }
}

function isOwn(path: string, uid: number): boolean {
  const { mode, uid: owner } = statSync(path)
  return owner === uid && (mode & writableByOthers) === 0
}
