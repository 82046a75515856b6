// Where programs that tests start keep their compiled sources, so that hundreds of starts compile them once.
// Owns: the place. A program in a scratch folder has other paths, so it keeps its own there. What is measured goes without.

import { join } from "node:path"
import { rootFolder } from "../architecture/source-tree.ts"

/** The environment of a program that starts from the tree in `folder`. */
export const compileCacheOf = (folder: string): { readonly NODE_COMPILE_CACHE: string } => ({
  NODE_COMPILE_CACHE: join(folder, ".cache", "compile"),
})

/** The environment of a program of this tree. */
export const compileCache = compileCacheOf(rootFolder)
