// What a drift check asks of git.
// Owns: the calls, and git's refusals in one sentence. Does not own: which commit is the baseline (baseline.ts).

import { execFile } from "node:child_process"
import { err, ok, type Result } from "@counterfoil/contracts"

/** A lock is far below this; anything longer is no lock. */
const outputBytesMax = 64 * 1024 * 1024

/** What git prints when it is called with these words in a folder, or why it did not. */
export function git(folder: string, words: readonly string[]): Promise<Result<Uint8Array, string>> {
  return new Promise((settle) => {
    execFile(
      "git",
      [...words],
      { cwd: folder, encoding: "buffer", maxBuffer: outputBytesMax, env: { ...process.env, LC_ALL: "C" } },
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
