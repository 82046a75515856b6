// Where programs that tests start keep their compiled sources, so that hundreds of starts compile them once.
// Owns: the places. What is measured goes without.

import { mkdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { rootFolder } from "../architecture/source-tree.ts"

/** The environment of a program of this tree. */
export const compileCache = { NODE_COMPILE_CACHE: join(rootFolder, ".cache", "compile") }

/**
 * The environment of a program of a copy of this tree in `folder`. Node finds what is kept by where a source is beside the cache, so
 * all copies share one: each has a link to it in the same place.
 */
export function compileCacheOfCopy(folder: string): NodeJS.ProcessEnv {
  const shared = join(rootFolder, ".cache", "copies")
  const own = join(folder, ".cache", "compile")
  mkdirSync(shared, { recursive: true })
  mkdirSync(join(folder, ".cache"), { recursive: true })
  symlinkSync(shared, own)
  return { NODE_COMPILE_CACHE: own, NODE_COMPILE_CACHE_PORTABLE: "1" }
}
