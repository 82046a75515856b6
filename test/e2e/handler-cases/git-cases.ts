// Calls of the git handlers, each on a real repository of its own.
// Owns: those repositories, what goes wrong in each, these cases. Does not own: how an ending looks.

import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import type { Json } from "@counterfoil/contracts"
import type { Input } from "../../support/handler-plane.ts"
import type { EndingCase } from "./ending-case.ts"
import { longName } from "./local-cases.ts"

/** One repository for each case that changes something or that something goes wrong in. */
const repositories =
  "read looked written odd muted switched retreated edited emptied replaced deleted untagged locked forgets-commit forgets-tag forgets-delete".split(
    " ",
  )

/** The configuration of these handlers; `aside`, `gone` and `bare` are places that do not fit it. */
export function gitConfig(folder: string): Json {
  const at = (name: string, branch = "main"): Json => ({ path: join(folder, name), branch })
  return {
    program: join(folder, "git"),
    author: { name: "Bot", email: "bot@example.com" },
    repositories: {
      ...Object.fromEntries(repositories.map((name) => [name, at(name)])),
      aside: at("odd", "next"),
      gone: at("odd", "gone"),
      bare: at("bare"),
    },
  }
}

/** Makes the repositories below a folder; the cases about them. */
export function gitCases(folder: string): readonly EndingCase[] {
  const place = (...names: readonly string[]): string => join(folder, ...names)
  const git = (repository: string, ...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=Mia", "-c", "user.email=mia@example.com", ...args], {
      cwd: place(repository),
      encoding: "utf8",
      env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
      stdio: ["ignore", "pipe", "ignore"],
    }).trimEnd()
  const change = (repository: string): void => writeFileSync(place(repository, "page.txt"), "after\n")

  mkdirSync(place("read"))
  git("read", "init", "-q", "-b", "main")
  mkdirSync(place("read", "folder"))
  writeFileSync(place("read", "page.txt"), "before\n")
  git("read", "add", ".")
  git("read", "commit", "-qm", "Begin")
  symlinkSync("/etc/hostname", place("read", "link"))
  for (const name of repositories.slice(1)) execFileSync("cp", ["-a", place("read"), place(name)])
  const head = git("read", "rev-parse", "HEAD")
  git("odd", "branch", "next")
  git("odd", "tag", "v1.0.0+build.5")
  writeFileSync(place("odd", "large.txt"), Buffer.alloc(4 * 1024 * 1024 + 1))
  for (const name of "read looked switched retreated edited emptied replaced locked forgets-commit".split(
    " ",
  ))
    change(name)
  for (const name of ["deleted", "untagged", "locked", "forgets-delete"]) git(name, "tag", "v1.0.0")
  for (const name of ["heads/main", "tags/v1.0.0", "tags/v2.0.0"])
    writeFileSync(place("locked", ".git", "refs", `${name}.lock`), "")
  writeFileSync(place("git"), wrongly)
  chmodSync(place("git"), 0o755)
  goesWrong("muted", `case " $* " in *" for-each-ref "*) exit 128;; esac`)
  goesWrong("forgets-commit", forgetting("rev-parse"))
  for (const name of ["forgets-tag", "forgets-delete"]) goesWrong(name, forgetting("for-each-ref"))

  function goesWrong(repository: string, script: string): void {
    writeFileSync(place(repository, ".git", "goes-wrong"), script)
  }

  const [log, write, look] = ["git.log.read@1", "git.file.write@1", "git.change.read@1"]
  const [commit, tag, untag] = ["git.commit.create@1", "git.tag.create@1", "git.tag.delete@1"]
  const content = (repository: string, path: string): Input => ({
    repository,
    path,
    content: "text\n",
    place: "whole",
  })
  const page = (repository: string, path = "page.txt"): Input => ({ repository, paths: [path] })
  const message = (repository: string, more: Input = {}): Input => ({
    ...page(repository),
    message: "Change",
    ...more,
  })
  const named = (repository: string, name: string, at = head): Input => ({
    repository,
    tag: name,
    commit: at,
    message: "Notes",
  })
  const unnamed = (repository: string, name = "v1.0.0", tagObject = head): Input => ({
    repository,
    tag: name,
    tagObject,
  })
  const commits = (repository: string): string => git(repository, "rev-list", "--count", "main")
  /** A commit that was read for, and that something prevents before people approve it. */
  const prevented = (ending: string, repository: string, meanwhile: () => void): EndingCase => ({
    contract: commit,
    ending,
    input: message(repository),
    meanwhile,
    shows: () => expect(commits(repository)).toBe("1"),
  })

  return [
    {
      contract: log,
      ending: "succeeded",
      input: { repository: "written" },
      shows: ({ output }) => expect(output).toMatchObject({ head, commits: [{ subject: "Begin" }] }),
    },
    { contract: log, ending: "REPOSITORY_UNKNOWN", input: { repository: "nowhere" } },
    { contract: log, ending: "BRANCH_MISSING", input: { repository: "gone" } },
    { contract: log, ending: "TAG_UNKNOWN", input: { repository: "read", since: "v0.0.1" } },
    { contract: log, ending: "TAG_UNUSABLE", input: { repository: "odd" } },
    { contract: log, ending: "GIT_FAILED", input: { repository: "muted" } },

    {
      contract: write,
      ending: "succeeded",
      input: content("written", "page.txt"),
      shows: () => expect(git("written", "hash-object", "page.txt")).toBe(textBlob),
    },
    { contract: write, ending: "REPOSITORY_UNKNOWN", input: content("nowhere", "page.txt") },
    { contract: write, ending: "PATH_REFUSED", input: content("odd", "link") },
    { contract: write, ending: "NOT_FOUND", input: content("bare", "page.txt") },
    { contract: write, ending: "NOT_A_FILE", input: content("odd", "folder") },
    { contract: write, ending: "TOO_LARGE", input: { ...content("odd", "large.txt"), place: "head" } },
    { contract: write, ending: "notSent", input: content("odd", longName) },

    {
      contract: look,
      ending: "succeeded",
      input: page("looked"),
      shows: ({ output }) =>
        expect(output).toMatchObject({ parent: head, files: [{ path: "page.txt", change: "changed" }] }),
    },
    { contract: look, ending: "REPOSITORY_UNKNOWN", input: page("nowhere") },
    { contract: look, ending: "WRONG_BRANCH", input: page("aside") },
    { contract: look, ending: "PATH_REFUSED", input: page("odd", "folder") },
    { contract: look, ending: "NOTHING_TO_COMMIT", input: page("odd") },
    { contract: look, ending: "notSent", input: page("gone") },

    {
      contract: commit,
      ending: "succeeded",
      input: message("read"),
      shows: () => expect([commits("read"), git("read", "show", "main:page.txt")]).toEqual(["2", "after"]),
    },
    { contract: commit, ending: "REPOSITORY_UNKNOWN", input: message("nowhere") },
    {
      contract: commit,
      ending: "HEAD_MOVED",
      input: message("emptied", { onto: "0".repeat(40) }),
      shows: () => expect(commits("emptied")).toBe("1"),
    },
    prevented("WRONG_BRANCH", "switched", () => git("switched", "checkout", "-qb", "other")),
    prevented("STATE_CHANGED", "edited", () => writeFileSync(place("edited", "page.txt"), "smuggled\n")),
    prevented("NOTHING_TO_COMMIT", "retreated", () =>
      writeFileSync(place("retreated", "page.txt"), "before\n"),
    ),
    prevented("PATH_REFUSED", "replaced", () => {
      rmSync(place("replaced", "page.txt"))
      execFileSync("mkfifo", [place("replaced", "page.txt")])
    }),
    {
      contract: commit,
      ending: "notSent",
      input: message("locked"),
      shows: () => expect(commits("locked")).toBe("1"),
    },
    {
      contract: commit,
      ending: "unknown",
      input: message("forgets-commit"),
      shows: () => expect(commits("forgets-commit")).toBe("2"),
    },

    {
      contract: tag,
      ending: "succeeded",
      input: named("written", "v3.0.0"),
      shows: ({ output }) =>
        expect(output).toEqual({
          tag: "v3.0.0",
          commit: head,
          tagObject: git("written", "rev-parse", "refs/tags/v3.0.0"),
        }),
    },
    { contract: tag, ending: "REPOSITORY_UNKNOWN", input: named("nowhere", "v5.0.0") },
    { contract: tag, ending: "COMMIT_UNKNOWN", input: named("odd", "v5.0.0", "0".repeat(40)) },
    { contract: tag, ending: "TAG_AMBIGUOUS", input: named("odd", "main") },
    { contract: tag, ending: "TAG_EXISTS", input: named("deleted", "v1.0.0") },
    { contract: tag, ending: "notSent", input: named("locked", "v2.0.0") },
    {
      contract: tag,
      ending: "unknown",
      input: named("forgets-tag", "v5.0.0"),
      shows: () => expect(git("forgets-tag", "tag")).toBe("v5.0.0"),
    },

    {
      contract: untag,
      ending: "succeeded",
      input: unnamed("untagged"),
      shows: () => expect(git("untagged", "tag")).toBe(""),
    },
    { contract: untag, ending: "REPOSITORY_UNKNOWN", input: unnamed("nowhere") },
    {
      contract: untag,
      ending: "TAG_MOVED",
      input: unnamed("deleted", "v1.0.0", "0".repeat(40)),
      shows: () => expect(git("deleted", "tag")).toBe("v1.0.0"),
    },
    { contract: untag, ending: "notSent", input: unnamed("locked") },
    {
      contract: untag,
      ending: "unknown",
      input: unnamed("forgets-delete"),
      shows: () => expect(git("forgets-delete", "tag")).toBe(""),
    },
  ]
}

/** git, except where a repository says what goes wrong. */
const wrongly = `#!/bin/sh
dir="\${1#--git-dir=}"
[ ! -e "$dir/goes-wrong" ] || . "$dir/goes-wrong"
exec git "$@"
`

/** After a reference was changed, the next command of this name cannot read it, once. */
const forgetting = (command: string): string => `case " $* " in
*" update-ref "*) git "$@"; : > "$dir/changed"; exit 0;;
*" ${command} "*) [ ! -e "$dir/changed" ] || { rm "$dir/changed"; exit 128; };;
esac
`

/** The blob of "text\\n". */
const textBlob = "8e27be7d6154a1f68ea9160ef0e18691d20560dc"
