// One configured repository: git run without a shell, a hook, a prompt or any configuration but the repository's own.
// Owns: how git is called, one writer at a time in this process, locks that a killed git left behind.
// Does not own: what is read or written (log-read.ts, commit-create.ts, tag-create.ts).

import { msOfTime, type Time } from "@counterfoil/contracts"
import { rm, stat } from "node:fs/promises"
import { devNull } from "node:os"
import { join } from "node:path"
import type { GitConfig } from "../handler-config.ts"
import { runProcess, type ProcessEnd } from "../run-process.ts"

/** Most bytes that one git command may print: the longest log that a query returns is far below it. */
const gitOutputBytesMax = 4 * 1024 * 1024

/**
 * Age from which a lock file counts as left by a killed git. No git command of these handlers lives longer than its
 * attempt (30 s); ten minutes also gives a person's editor time to finish, and git itself fails cleanly without its lock.
 */
const lockStaleMs = 10 * 60 * 1000

/** Git's exit code for wrong arguments: a mistake of this program, never an answer of a repository. */
const usageExit = 129

/** Time limit of the one act of an attempt; changing one reference takes milliseconds. */
const actMsMax = 5_000

/**
 * The signal of the one act. It is not the attempt's: a git that is killed while it changes a reference may leave its
 * lock behind, which would stop the next attempt. Once begun, the act ends by itself, and its result is known.
 */
export const actSignal = (): AbortSignal => AbortSignal.timeout(actMsMax)

/**
 * One git call. `index` names another index file; with `objects`, new objects go to the folder `written` and known ones are
 * also read from `known`; `date` is the time that a commit or tag gets.
 */
export interface GitCall {
  readonly args: readonly string[]
  readonly signal: AbortSignal
  readonly input?: string
  readonly index?: string
  readonly objects?: { readonly written: string; readonly known: string }
  readonly date?: Time
}

/** A repository that the operator configured. Paths in it are relative to `path`, which is its work tree. */
export interface Repository {
  readonly path: string
  readonly branch: string
  readonly branchRef: string
  readonly run: (call: GitCall) => Promise<ProcessEnd>
  /** The output of a command, without the last newline; `null` when it did not end with exit code 0. */
  readonly read: (call: GitCall) => Promise<string | null>
  /** Runs `act` when no other code of this process writes to this repository. */
  alone<T>(act: () => Promise<T>): Promise<T>
  /** Removes lock files of these names (below .git) that no living git can hold. */
  removeStaleLocks(names: readonly string[], nowMs: number): Promise<void>
}

/** The repositories of a configuration by name. */
export function openRepositories(config: GitConfig): ReadonlyMap<string, Repository> {
  return new Map(
    Object.entries(config.repositories).map(([name, { path, branch }]) => [
      name,
      openRepository(config, path, branch),
    ]),
  )
}

function openRepository(config: GitConfig, path: string, branch: string): Repository {
  const gitDir = join(path, ".git")
  const run = async (call: GitCall): Promise<ProcessEnd> => {
    const end = await runProcess({
      program: config.program,
      args: [...gitArgs(path, gitDir, call), ...call.args],
      cwd: path,
      signal: call.signal,
      outputBytesMax: gitOutputBytesMax,
      // Hooks, helpers and housekeeping in the background are off (`gitArgs`).
      ends: "group",
      env: environment(config, call),
      ...(call.input === undefined ? {} : { input: call.input }),
    })
    if (end.kind === "exited" && end.code === usageExit)
      throw new TypeError(`git was called wrongly: ${String(call.args[0])}`)
    return end
  }
  let last: Promise<unknown> = Promise.resolve()
  return {
    path,
    branch,
    branchRef: `refs/heads/${branch}`,
    run,
    async read(call) {
      const end = await run(call)
      return end.kind === "exited" && end.code === 0 ? end.stdout.toString("utf8").replace(/\n$/, "") : null
    },
    alone(act) {
      const mine = last.then(act)
      last = mine.catch(() => {})
      return mine
    },
    async removeStaleLocks(names, nowMs) {
      for (const name of names) await removeIfStale(join(gitDir, name), nowMs)
    },
  }
}

// The git directory is named, so git does not search the folders above for a repository; pathspecs are taken literally.
function gitArgs(path: string, gitDir: string, { index }: GitCall): readonly string[] {
  const settings = [
    // A scratch index is not split, so no part of it stays in the git directory.
    ...(index === undefined
      ? []
      : ["core.splitIndex=false", "core.sparseCheckout=false", "index.sparse=false"]),
    `core.hooksPath=${devNull}`,
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.editor=false",
    "core.askPass=",
    "credential.helper=",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "core.quotePath=false",
    "log.showSignature=false",
    "core.logAllRefUpdates=true",
  ]
  return [
    `--git-dir=${gitDir}`,
    `--work-tree=${path}`,
    "--no-pager",
    "--literal-pathspecs",
    "--no-replace-objects",
    ...settings.flatMap((setting) => ["-c", setting]),
  ]
}

function environment(config: GitConfig, call: GitCall): Readonly<Record<string, string>> {
  const { name, email } = config.author
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin",
    LC_ALL: "C",
    TZ: "UTC",
    HOME: devNull,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: devNull,
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    ...(call.index === undefined ? {} : { GIT_INDEX_FILE: call.index }),
    ...(call.objects === undefined
      ? {}
      : {
          GIT_OBJECT_DIRECTORY: call.objects.written,
          GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(call.objects.known),
        }),
    ...(call.date === undefined
      ? {}
      : { GIT_AUTHOR_DATE: gitDate(call.date), GIT_COMMITTER_DATE: gitDate(call.date) }),
  }
}

/** One path in a list that git splits at colons (git-config, GIT_ALTERNATE_OBJECT_DIRECTORIES). */
const quoted = (path: string): string => `"${path.replaceAll(/["\\]/g, String.raw`\$&`)}"`

/** A time in git's unambiguous form: seconds since 1970, in UTC. */
function gitDate(time: Time): string {
  return `@${Math.floor(msOfTime(time) / 1000)} +0000`
}

async function removeIfStale(lock: string, nowMs: number): Promise<void> {
  const found = await stat(`${lock}.lock`).catch(() => null)
  if (found !== null && nowMs - found.mtimeMs > lockStaleMs) await rm(`${lock}.lock`, { force: true })
}
