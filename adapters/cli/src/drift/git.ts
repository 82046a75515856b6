// The git calls of a drift check.
// Owns: the calls, and git's errors in one sentence. Does not own: which commit is the baseline (baseline.ts).

import { execFile } from "node:child_process"
import { err, ok, type Result } from "@counterfoil/contracts"

/** Far above the size of any lock. */
const outputBytesMax = 64 * 1024 * 1024

/** Variables that git sets for a hook. They would make git take any folder of the repository for its top. */
const ofHooks = new Set(["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"])

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofHooks.has(name))),
  LC_ALL: "C",
})

/** The output of git with these arguments in a folder, or the error. */
export function git(folder: string, words: readonly string[]): Promise<Result<Uint8Array, string>> {
  return new Promise((settle) => {
    execFile(
      "git",
      [...words],
      { cwd: folder, encoding: "buffer", maxBuffer: outputBytesMax, env: environment() },
      (cause, stdout, stderr) => {
        if (cause === null) settle(ok(stdout))
        else if (cause.code === "ENOENT") settle(err("git is not installed"))
        else settle(err(firstLine(stderr.toString("utf8")) || cause.message))
      },
    )
  })
}

const firstLine = (text: string): string =>
  (text.split("\n").find((line) => line.trim() !== "") ?? "").replace(/^(fatal|error): /, "").trim()
