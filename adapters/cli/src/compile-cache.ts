// Keeps compiled code between commands, which saves a third of each command's time: Node compiles and strips several hundred files.
// Owns: choosing the folder, and when to use no cache. Does not own: the cache, which Node keeps (module.enableCompileCache).
// Cached code runs with the rights of this process, so the folder must not be writable for any other account, or no cache is used;
// Node's own default is below the folder of temporary files, where another account could create it first.

import { mkdirSync, statSync } from "node:fs"
import { enableCompileCache } from "node:module"
import { join } from "node:path"

/** Commands that run processes of an installation and must not write files. */
const withoutCache: ReadonlySet<string> = new Set(["serve", "migrate"])
const writableByOthers = 0o022

/** Enables the cache where that is safe and Node has no configured cache; else changes nothing. Never throws. */
export function keepCompiled(command: string | undefined, env: NodeJS.ProcessEnv): void {
  const isSettled = env["NODE_COMPILE_CACHE"] !== undefined || env["NODE_DISABLE_COMPILE_CACHE"] !== undefined
  if (isSettled || withoutCache.has(command ?? "")) return
  const folder = compileFolder(env, process.getuid?.())
  if (folder !== null) enableCompileCache(folder)
}

/**
 * The folder for compiled code, created if necessary: `counterfoil/compile` below `XDG_CACHE_HOME` or `~/.cache`. Null where there is
 * no home folder, where that or the folder belongs to or is writable for another account, and where nothing can be written.
 */
export function compileFolder(env: NodeJS.ProcessEnv, uid: number | undefined): string | null {
  const home = env["HOME"] || null
  const base = env["XDG_CACHE_HOME"] || (home === null ? null : join(home, ".cache"))
  if (uid === undefined || base === null) return null
  const folder = join(base, "counterfoil", "compile")
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // An account that may write to a parent folder could replace this folder.
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
