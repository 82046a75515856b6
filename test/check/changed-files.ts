// Which files differ from the commit where this branch left the default branch, those that git does not know yet included.
// Owns: asking git. Does not own: which branch is the default (gate/drift-baseline.ts), what is done with the files.

import { execFileSync } from "node:child_process"
import { branchPoint } from "../gate/drift-baseline.ts"

/** The files that changed. `says` names the commit that they are compared with. */
export interface Changed {
  readonly says: string
  /** From the root, with `/`, ascending; those that are gone are not among them. */
  readonly files: readonly string[]
}

/** Asks git in `folder`, about `since` or else about the point where this branch left the default branch. Null without such a commit. */
export function changedFiles(folder: string, since: string | undefined): Changed | null {
  const point = since === undefined ? branchPoint(folder) : pointAt(folder, since)
  if (point === null) return null
  const files = [
    ...list(folder, ["diff", "--name-only", "--diff-filter=d", "-z", point.commit, "--"]),
    ...list(folder, ["ls-files", "--others", "--exclude-standard", "-z"]),
  ]
  return { says: point.says, files: [...new Set(files)].toSorted() }
}

function pointAt(folder: string, name: string): ReturnType<typeof branchPoint> {
  try {
    const words = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]
    const commit = execFileSync("git", words, { cwd: folder, encoding: "utf8" }).trim()
    return { commit, says: `since ${name}` }
  } catch {
    return null // git knows no commit by this name
  }
}

function list(folder: string, words: readonly string[]): readonly string[] {
  return execFileSync("git", [...words], { cwd: folder, encoding: "utf8" })
    .split("\0")
    .filter((path) => path !== "")
}
