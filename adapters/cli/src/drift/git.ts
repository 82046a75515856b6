// What a drift check asks of git.
// Owns: the calls, and git's refusals in one sentence. Does not own: which commit is the baseline (baseline.ts).

import { execFile } from "node:child_process"
import { err, ok, type Result } from "@counterfoil/contracts"

/** A lock is far below this; anything longer is no lock. */
const outputBytesMax = 64 * 1024 * 1024

/** What a hook is called with. It would make git take the folder for the top of the repository, wherever it is in it. */
const ofHooks = new Set(["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"])

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofHooks.has(name))),
  LC_ALL: "C",
})

/** What git prints when it is called with these words in a folder, or why it did not. */
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
