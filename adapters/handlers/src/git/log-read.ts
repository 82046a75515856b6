// Reads a branch's log since a tag.
// Owns: the query and the parsing of what git prints. Does not own: how git is called.
// Subjects are *untrusted* text from the committers; they are cut and stripped of control characters here.

import { builtIn } from "../built-in.ts"
import { rejected, succeeded } from "@counterfoil/contracts/ports"
import { gitLogRead, logCommitsMax, subjectCharsMax } from "./git-contracts.ts"
import type { Repository } from "./repository.ts"

/** The handler of `git.log.read`. */
export const logReadHandler = (repositories: ReadonlyMap<string, Repository>) =>
  builtIn(
    gitLogRead,
    ["REPOSITORY_UNKNOWN", "BRANCH_MISSING", "TAG_UNKNOWN", "TAG_UNUSABLE", "GIT_FAILED"],
    async (input, { signal }) => {
      const repository = repositories.get(input.repository)
      if (repository === undefined)
        return rejected("REPOSITORY_UNKNOWN", "No repository of this name is configured.")
      const head = await repository.read({
        signal,
        args: ["rev-parse", "--verify", "--quiet", `${repository.branchRef}^{commit}`],
      })
      if (head === null) return rejected("BRANCH_MISSING", "The configured branch has no commit.")
      const last: LastTag =
        input.since === undefined
          ? await lastTag(repository, head, signal)
          : { kind: "tag", name: input.since }
      if (last.kind === "failed") return rejected("GIT_FAILED", "git could not read the tags.")
      if (last.kind === "unusable")
        return rejected(
          "TAG_UNUSABLE",
          `A step cannot name any of the nearest tags; the nearest is ${shown(last.name)}. Name one with since.`,
        )
      const since = last.name
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
    },
  )

/** Most unusable tags in a row that are skipped, the nearest first. */
const passedOverMax = 32

type LastTag =
  | { readonly kind: "tag"; readonly name: string | null }
  | { readonly kind: "unusable"; readonly name: string }
  | { readonly kind: "failed" }

/**
 * The nearest tag that the branch contains and that a step can name: `git.log.read` returns one that `since` accepts, so tags such
 * as `v1.1.0+build.5` are skipped. `null` when the branch contains no tag at all, and `unusable` when it contains only unusable
 * ones, because the whole history would be the wrong answer to "since the last tag".
 */
async function lastTag(repository: Repository, head: string, signal: AbortSignal): Promise<LastTag> {
  const passedOver: string[] = []
  while (passedOver.length < passedOverMax) {
    const found = await repository.read({
      signal,
      // Names of references contain no character with a meaning in a pattern.
      args: [
        "describe",
        "--tags",
        "--abbrev=0",
        ...passedOver.map((name) => `--exclude=${name}`),
        "--end-of-options",
        head,
      ],
    })
    // A name that is not UTF-8 is found again, because its decoded text names no reference.
    if (found === null || passedOver.includes(found)) break
    if (isNameable(found, head)) return { kind: "tag", name: found }
    passedOver.push(found)
  }
  const [nearest] = passedOver
  if (nearest !== undefined) return { kind: "unusable", name: nearest }
  // Neither git's message nor its exit code distinguishes a missing tag from a failed search.
  const any = await repository.read({
    signal,
    args: ["for-each-ref", "--count=1", `--merged=${head}`, "--format=%(refname)", "refs/tags"],
  })
  return any === "" ? { kind: "tag", name: null } : { kind: "failed" }
}

const isNameable = (name: string, head: string): boolean =>
  gitLogRead.output.safeParse({ head, since: name, commits: [], more: false }).success

/** An *untrusted* name, quoted for an error message. */
const shown = (name: string): string =>
  name
    .slice(0, 80)
    .replaceAll(/[^\u0021-\u007e]/gu, (other) => `\\u{${(other.codePointAt(0) ?? 0).toString(16)}}`)

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
    .replaceAll(/\p{Cc}/gu, " ")
    .slice(0, subjectCharsMax)
    .toWellFormed()
  return { commit, at, subject }
}
