// Commits exactly the given files, at most once a key.
// Owns: building the commit beside the index, and the one act: moving the branch from the commit it was read at.
// Does not own: how git is called. Keeps INV-03: the key stands in the commit's last line and is looked for first.
//
// Everything before the branch moves leaves at most unreachable objects and staged files, so a crash there did nothing.
// Moving compares and swaps: two attempts with one key cannot both win, and the loser finds the winner's commit.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { cannotTell, implement, notSent, rejected, succeeded, unknown } from "../implement.ts"
import { utf8Bytes, textBytesMax } from "../fields.ts"
import { gitCommitCreate, keyTrailer } from "./git-contracts.ts"
import { actSignal, type Repository } from "./repository.ts"
import type { HandlerCall } from "@counterfoil/contracts/ports"

/** How often a commit is built anew because somebody else moved the branch meanwhile. */
const racesMax = 5

interface Wish {
  readonly repository: Repository
  readonly paths: readonly string[]
  readonly message: string
  readonly onto: string | undefined
  readonly call: HandlerCall
}

/** The handler of `git.commit.create`. Codes: REPOSITORY_UNKNOWN, WRONG_BRANCH, HEAD_MOVED, NOTHING_TO_COMMIT, PATH_REFUSED, TOO_LARGE. */
export const commitCreateHandler = (repositories: ReadonlyMap<string, Repository>) =>
  implement(
    gitCommitCreate,
    async ({ repository: name, paths, message, onto }, call) => {
      const repository = repositories.get(name)
      if (repository === undefined)
        return rejected("REPOSITORY_UNKNOWN", "No repository of this name is configured.")
      if (utf8Bytes(message) > textBytesMax) return rejected("TOO_LARGE", "The message is too long.")
      return repository.alone(async () => commitOnce({ repository, paths, message, onto, call }))
    },
    async ({ repository: name }, call) => {
      const repository = repositories.get(name)
      if (repository === undefined) return cannotTell("no repository of this name is configured")
      const commit = await commitOfKey(repository, call)
      if (commit === undefined) return cannotTell("git could not search the history")
      return commit === null
        ? { kind: "notFound" }
        : { kind: "found", output: { commit, branch: repository.branch } }
    },
  )

async function commitOnce(wish: Wish) {
  const { repository, call, onto } = wish
  const { signal } = call
  for (let race = 0; race < racesMax; race += 1) {
    // Read before the search: if the branch is still here when it is moved, no attempt with this key came between.
    const parent = await repository.read({
      signal,
      args: ["rev-parse", "--verify", "--quiet", `${repository.branchRef}^{commit}`],
    })
    const done = await commitOfKey(repository, call)
    if (done === undefined || parent === null) return notSent("git could not read the branch")
    if (done !== null) return succeeded({ commit: done, branch: repository.branch })
    const checkedOut = await repository.read({ signal, args: ["symbolic-ref", "--quiet", "HEAD"] })
    if (checkedOut !== repository.branchRef)
      return rejected("WRONG_BRANCH", "The work tree is not on the configured branch.")
    if (onto !== undefined && onto !== parent)
      return rejected("HEAD_MOVED", "The branch is no longer at the given commit.")
    const built = await buildCommit(wish, parent)
    if (built.kind !== "built") return built
    const moved = await moveBranch(wish, parent, built.commit)
    if (moved !== "raced") return moved
  }
  return notSent("the branch moved again and again")
}

/** A commit object on top of `parent`, reachable from nowhere yet. */
async function buildCommit({ repository, paths, message, call }: Wish, parent: string) {
  const { signal, startedAt: date } = call
  const scratch = await mkdtemp(join(tmpdir(), "counterfoil-index-"))
  try {
    const index = join(scratch, "index")
    if ((await repository.read({ signal, index, args: ["read-tree", parent] })) === null)
      return notSent("git could not read the tree")
    const staged = await repository.run(staging(paths, signal, index))
    if (staged.kind !== "exited") return notSent("git did not run")
    if (staged.code !== 0) return rejected("PATH_REFUSED", "git cannot commit one of the paths.")
    const tree = await repository.read({ signal, index, args: ["write-tree"] })
    const before = await repository.read({
      signal,
      args: ["rev-parse", "--verify", "--quiet", `${parent}^{tree}`],
    })
    if (tree === null || before === null) return notSent("git could not write the tree")
    if (tree === before) return rejected("NOTHING_TO_COMMIT", "The files are as they were committed last.")
    const input = `${message.trimEnd()}\n\n${keyTrailer}: ${call.idempotencyKey}\n`
    const commit = await repository.read({
      signal,
      date,
      input,
      args: ["commit-tree", "-p", parent, "-F", "-", tree],
    })
    return commit === null ? notSent("git could not write the commit") : ({ kind: "built", commit } as const)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The one act. Afterwards the branch itself says what became of it. */
async function moveBranch({ repository, paths, call }: Wish, parent: string, commit: string) {
  await repository.removeStaleLocks(["index", "HEAD", repository.branchRef], Date.now())
  if (call.signal.aborted) return unknown("the attempt was aborted")
  const signal = actSignal()
  // The index follows, so that people see a clean work tree. It may be locked by a person's git: the commit does not need it.
  await repository.run(staging(paths, signal))
  await repository.run({
    signal,
    date: call.startedAt,
    args: ["update-ref", "-m", "commit by counterfoil", repository.branchRef, commit, parent],
  })
  const now = await repository.read({
    signal,
    args: ["rev-parse", "--verify", "--quiet", `${repository.branchRef}^{commit}`],
  })
  if (now === commit) return succeeded({ commit, branch: repository.branch })
  if (now === null) return unknown("git did not say where the branch is")
  return now === parent ? notSent("the branch is locked") : "raced"
}

const staging = (paths: readonly string[], signal: AbortSignal, index?: string) => ({
  signal,
  args: ["update-index", "--add", "--remove", "-z", "--stdin"],
  input: paths.map((path) => `${path}\0`).join(""),
  ...(index === undefined ? {} : { index }),
})

/**
 * The commit whose last line is the trailer with the key of this call; `null` when there is none, `undefined` when git cannot say.
 * The reflog is searched as well: a commit that somebody reset away has been made.
 */
async function commitOfKey(
  repository: Repository,
  { idempotencyKey, signal }: HandlerCall,
): Promise<string | null | undefined> {
  const trailer = `${keyTrailer}: ${idempotencyKey}`
  const printed = await repository.read({
    signal,
    args: [
      "log",
      "--all",
      "--reflog",
      "-z",
      "--no-color",
      "--no-mailmap",
      "--fixed-strings",
      `--grep=${trailer}`,
      "--format=%H%n%B",
      "--",
    ],
  })
  if (printed === null) return undefined
  const ours = printed.split("\0").find((commit) => commit.trimEnd().endsWith(`\n${trailer}`))
  return ours?.slice(0, ours.indexOf("\n")) ?? null
}
