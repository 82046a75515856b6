// Runs files of tests in this terminal, with the settings of the gate but for its report.
// `npm run test:file` and `npm run watch` run what they chose by it.

import { spawn } from "node:child_process"
import { rootFolder } from "../architecture/source-tree.ts"

/** Runs them with vitest and answers its exit code. `--update=none`: a golden text that differs fails instead of being written. */
export function runTests(files: readonly string[]): Promise<number> {
  const child = spawn("vitest", ["run", "--update=none", ...files], {
    cwd: rootFolder,
    stdio: "inherit",
    shell: process.platform === "win32",
  })
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => resolve(code ?? 1))
  })
}
