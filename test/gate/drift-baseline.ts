// What this tree's contracts are compared with by the gate: the lock where this branch left the default branch.
// Owns: finding that commit, and saying which one it is. Does not own: comparing (counterfoil drift check).
// Never the tip of the default branch: a gate must not fail because another change landed.

import { execFileSync } from "node:child_process"

/** A baseline for `drift check --against`, and a sentence for the gate's output. */
export interface DriftBaseline {
  readonly against: string
  readonly says: string
}

const lock = "contracts.lock.json"
/** Names that the default branch goes by, the surest first. */
const defaultBranches = ["origin/HEAD", "origin/main", "origin/master", "main", "master"]

/** Where HEAD left the default branch; HEAD itself on that branch. Null where the history at hand does not say. */
export function branchPoint(folder: string): { readonly commit: string; readonly says: string } | null {
  const branch = defaultBranchOf(folder)
  const commit = branch === undefined ? null : run(folder, ["merge-base", "HEAD", branch])
  if (branch === undefined || commit === null) return null
  const where =
    commit === run(folder, ["rev-parse", "HEAD"])
      ? `HEAD, which is on ${branch}`
      : `where HEAD left ${branch}`
  return { commit, says: `since ${commit.slice(0, 12)}, ${where}` }
}

/** The commit to compare with; the committed lock, and why, where the history at hand has none. */
export function driftBaseline(folder: string): DriftBaseline {
  const git = (...words: readonly string[]): string | null => run(folder, words)
  const head = git("rev-parse", "--verify", "--quiet", "HEAD")
  if (head === null) return committed("there is no git history here")
  const branch = defaultBranchOf(folder)
  if (branch === undefined) return committed("no default branch is known here")
  const base = git("merge-base", "HEAD", branch)
  if (base === null) return committed(`HEAD and ${branch} have no common commit here`)
  const onBranch = base === head
  const commit = onBranch ? git("rev-parse", "--verify", "--quiet", "HEAD^") : base
  if (commit === null) return committed(`HEAD is on ${branch} and its parent is not here: a shallow clone`)
  if (git("cat-file", "-e", `${commit}:./${lock}`) === null)
    return committed(`${commit.slice(0, 12)} has no lock`)
  const where = onBranch ? `the parent of HEAD, which is on ${branch}` : `where HEAD left ${branch}`
  return { against: commit, says: `compared with ${commit.slice(0, 12)}, ${where}` }
}

function defaultBranchOf(folder: string): string | undefined {
  return defaultBranches.find((name) => run(folder, ["rev-parse", "--verify", "--quiet", name]) !== null)
}

const committed = (why: string): DriftBaseline => ({
  against: lock,
  says: `compared with the committed lock ALONE: ${why}`,
})

function run(folder: string, words: readonly string[]): string | null {
  try {
    return execFileSync("git", [...words], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim()
  } catch {
    return null // git is not there, or it says no
  }
}
