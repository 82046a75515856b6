// Reads a branch's log since a tag.
// Owns: the query and the parsing of what git prints. Does not own: how git is called.
// Subjects are *untrusted* text from whoever committed; they are cut and stripped of control characters here.

import { implement, rejected, succeeded } from "../implement.ts"
import { gitLogRead, logCommitsMax, subjectCharsMax } from "./git-contracts.ts"
import type { Repository } from "./repository.ts"

/** The handler of `git.log.read`. Codes: REPOSITORY_UNKNOWN, BRANCH_MISSING, TAG_UNKNOWN, GIT_FAILED. */
export const logReadHandler = (repositories: ReadonlyMap<string, Repository>) =>
  implement(gitLogRead, async (input, { signal }) => {
    const repository = repositories.get(input.repository)
    if (repository === undefined)
      return rejected("REPOSITORY_UNKNOWN", "No repository of this name is configured.")
    const head = await repository.read({
      signal,
      args: ["rev-parse", "--verify", "--quiet", `${repository.branchRef}^{commit}`],
    })
    if (head === null) return rejected("BRANCH_MISSING", "The configured branch has no commit.")
    const since = input.since ?? (await lastTag(repository, head, signal))
    if (since !== null && !(await isTag(repository, since, signal)))
      return rejected("TAG_UNKNOWN", "The repository has no such tag.")
    const limit = input.limit ?? logCommitsMax
    const printed = await repository.read({
      signal,
      args: [
        "log",
        "-z",
        "--no-color",
        "--no-decorate",
        "--no-mailmap",
        `--max-count=${limit + 1}`,
        "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
        "--format=%H%x09%cd%x09%s",
        "--end-of-options",
        since === null ? head : `refs/tags/${since}..${head}`,
        "--",
      ],
    })
    if (printed === null) return rejected("GIT_FAILED", "git could not read the log.")
    const commits = printed
      .split("\0")
      .filter((line) => line !== "")
      .map(commitOf)
    return succeeded({ head, since, commits: commits.slice(0, limit), more: commits.length > limit })
  })

/** The tag that the branch passed last, whatever its name; `null` when it has none that a tag of ours could be called. */
async function lastTag(repository: Repository, head: string, signal: AbortSignal): Promise<string | null> {
  const found = await repository.read({
    signal,
    args: ["describe", "--tags", "--abbrev=0", "--end-of-options", head],
  })
  return found !== null &&
    gitLogRead.output.safeParse({ head, since: found, commits: [], more: false }).success
    ? found
    : null
}

async function isTag(repository: Repository, tag: string, signal: AbortSignal): Promise<boolean> {
  return (
    (await repository.read({
      signal,
      args: ["rev-parse", "--verify", "--quiet", `refs/tags/${tag}^{commit}`],
    })) !== null
  )
}

function commitOf(line: string) {
  const [commit = "", at = "", ...rest] = line.split("\t")
  const subject = rest
    .join(" ")
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")
    .slice(0, subjectCharsMax)
    .toWellFormed()
  return { commit, at, subject }
}
