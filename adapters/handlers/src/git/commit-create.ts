// Commits exactly what was read and approved, at most once a key: the tree in its input, by its id. Keeps INV-02 and INV-03.
// Owns: the commit object, and the one act: moving the branch from the commit it was read at. Does not own: how git is called,
// nor reading what a commit would contain (commit-state.ts).
// A state other than the one in the input is refused before anything is done. Until the branch moves there are at most
// unreachable objects, so a crash before that has no effect. The commit's last line has the key, and an attempt searches for it
// first. Moving compares and swaps: two attempts with one key cannot both win, and the loser finds the winner's commit.

import { canonical } from "@counterfoil/contracts"
import { builtIn } from "../built-in.ts"
import {
  cannotTell,
  notSent,
  rejected,
  succeeded,
  unknown,
  type HandlerCall,
} from "@counterfoil/contracts/ports"
import { utf8Bytes, textBytesMax } from "../fields.ts"
import { followIndex, parentOf, readCommitState, writeCommitTree, type CommitState } from "./commit-state.ts"
import { gitCommitCreate, keyTrailer } from "./git-contracts.ts"
import { actSignal, type Repository } from "./repository.ts"

interface Wish {
  readonly repository: Repository
  readonly paths: readonly string[]
  readonly message: string
  readonly onto: string | undefined
  readonly state: CommitState
  readonly call: HandlerCall
}

/** The handler of `git.commit.create`. */
export const commitCreateHandler = (repositories: ReadonlyMap<string, Repository>) =>
  builtIn(
    gitCommitCreate,
    [
      "REPOSITORY_UNKNOWN",
      "WRONG_BRANCH",
      "HEAD_MOVED",
      "STATE_MISSING",
      "STATE_CHANGED",
      "NOTHING_TO_COMMIT",
      "PATH_REFUSED",
      "TOO_LARGE",
      "notSent",
      "unknown",
    ],
    async ({ repository: name, paths, message, onto, state }, call) => {
      const repository = repositories.get(name)
      if (repository === undefined)
        return rejected("REPOSITORY_UNKNOWN", "No repository of this name is configured.")
      if (utf8Bytes(message) > textBytesMax) return rejected("TOO_LARGE", "The message is too long.")
      if (state === undefined)
        return rejected("STATE_MISSING", "The input does not contain the state that the commit must have.")
      return repository.alone(async () => commitOnce({ repository, paths, message, onto, state, call }))
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

const changed = rejected("STATE_CHANGED", "A file or the branch changed since it was read: submit again.")

async function commitOnce(wish: Wish) {
  const { repository, call, onto, state } = wish
  const { signal } = call
  // Read before the search: if the branch is still at this commit when it is moved, no attempt with this key committed meanwhile.
  const head = await parentOf(repository, signal)
  const done = await earlier(wish)
  if (done !== null) return done
  if (head.kind !== "read") return head
  if (onto !== undefined && onto !== head.parent)
    return rejected("HEAD_MOVED", "The branch is no longer at the given commit.")
  if (state.parent !== head.parent) return changed
  const commit = await buildCommit(wish)
  if (typeof commit !== "string") return commit
  const moved = await moveBranch(wish, commit)
  return moved === "raced" ? afterRace(wish) : moved
}

// Another commit came first. If it is not this key's own, this attempt had no effect: the index is restored as well.
async function afterRace(wish: Wish) {
  const done = await earlier(wish)
  if (done !== null) return done
  await wish.repository.run({ signal: actSignal(), args: ["reset", "-q", "--", ...wish.paths] })
  return changed
}

/** The commit that an earlier attempt with this key made; null when there is none. */
async function earlier({ repository, call }: Wish) {
  const done = await commitOfKey(repository, call)
  if (done === undefined) return notSent("git could not search the history")
  return done === null ? null : succeeded({ commit: done, branch: repository.branch })
}

/** The id of a commit object with the approved tree, not reachable from any reference yet. */
async function buildCommit({ repository, paths, message, state, call }: Wish) {
  const { signal, startedAt: date } = call
  const files = { repository, paths, signal }
  const now = await readCommitState(files, state.parent)
  if (now.kind !== "read") return now
  if (canonical(now.state) !== canonical(state)) return changed
  // This is the first write to the repository. If the files change once more before it, the tree differs.
  const tree = await writeCommitTree(files, state.parent)
  if (typeof tree !== "string") return tree
  if (tree !== state.tree) return changed
  const input = `${message.trimEnd()}\n\n${keyTrailer}: ${call.idempotencyKey}\n`
  const commit = await repository.read({
    signal,
    date,
    input,
    args: ["commit-tree", "-p", state.parent, "-F", "-", state.tree],
  })
  return commit ?? notSent("git could not write the commit")
}

/** The one act. Afterwards the branch itself shows whether it succeeded. */
async function moveBranch({ repository, state, call }: Wish, commit: string) {
  const { parent } = state
  await repository.removeStaleLocks(["index", "HEAD", repository.branchRef], Date.now())
  if (call.signal.aborted) return unknown("the attempt was aborted")
  const signal = actSignal()
  // The index follows, so that people see a clean work tree. It may be locked by a person's git: the commit does not need it.
  await followIndex(repository, state, signal)
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

/**
 * The commit whose last line is the trailer with the key of this call; `null` when there is none, `undefined` when git fails.
 * Searches the reflog as well: a commit that a person removed with a reset has been made.
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
