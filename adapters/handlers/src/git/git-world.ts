// Real repositories for tests of the git handlers, each in its own folder.
// Owns: making and inspecting them with plain git. Does not own: the handlers.

import { execFileSync } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { GitConfig } from "../handler-config.ts"

/** A repository with two commits on `main`, the first of them tagged `v1.0.0`. */
export interface GitWorld {
  readonly path: string
  readonly config: GitConfig
  readonly git: (...args: readonly string[]) => string
  readonly write: (path: string, content: string) => Promise<void>
  readonly read: (path: string) => Promise<string>
  /** References, the index, the work tree, and how many objects there are, as text. */
  readonly observe: () => Promise<string>
  readonly close: () => Promise<void>
}

/** Makes the repository. */
export async function openGitWorld(): Promise<GitWorld> {
  const path = await mkdtemp(join(tmpdir(), "counterfoil-git-"))
  const git = (...args: readonly string[]): string =>
    execFileSync(
      "git",
      ["-c", "user.name=Mia", "-c", "user.email=mia@example.com", "-c", "commit.gpgSign=false", ...args],
      {
        cwd: path,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
        stdio: ["ignore", "pipe", "ignore"],
      },
    ).trimEnd()
  const write = (file: string, content: string): Promise<void> => writeFile(join(path, file), content)
  git("init", "-q", "-b", "main")
  await write("a.txt", "a\n")
  git("add", "a.txt")
  git("commit", "-qm", "Add a")
  git("tag", "-am", "first", "v1.0.0")
  await write("b.txt", "b\n")
  git("add", "b.txt")
  git("commit", "-qm", "Add b")
  return {
    path,
    git,
    write,
    config: {
      program: "git",
      author: { name: "Counterfoil", email: "counterfoil@example.com" },
      repositories: { website: { path, branch: "main" } },
    },
    read: (file) => readFile(join(path, file), "utf8"),
    observe: async () =>
      [
        git("for-each-ref"),
        git("status", "--porcelain=v1", "--untracked-files=all"),
        git("ls-files", "-s"),
        git("diff", "HEAD"),
        git("count-objects", "-v"),
      ].join("\n"),
    close: () => rm(path, { recursive: true, force: true }),
  }
}
