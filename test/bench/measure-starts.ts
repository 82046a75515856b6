// How long a person waits: `npm start` on a folder that was started before, and the command line's `--version`.
// Owns: running them as a person would. Does not own: what they do. Everything started here is stopped here.

import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { rootFolder } from "../architecture/source-tree.ts"
import type { Measure } from "./measure.ts"

const readyWithinMs = 180_000

/** `--version` of the checkout's command line, as a process of its own. */
export const versionTime: Measure = async () => {
  const begunMs = performance.now()
  await ended(
    spawn(process.execPath, [join(rootFolder, "adapters/cli/src/main.ts"), "--version"], { stdio: "ignore" }),
  )
  return [{ figure: "--version", unit: "ms", value: performance.now() - begunMs }]
}

/** `npm start` from the command to its line "ready", in a folder whose first start is behind it. Call `close` at the end. */
export async function warmStart(): Promise<{ readonly measure: Measure; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-start-"))
  await startOnce(folder)
  return {
    measure: async () => [{ figure: "npm start, warm", unit: "s", value: (await startOnce(folder)) / 1000 }],
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function startOnce(folder: string): Promise<number> {
  const begunMs = performance.now()
  const args = ["start", "--", "--port", "0", "--data", join(folder, "data")]
  // A group of its own, so that the signal a terminal would send reaches npm and what it started, and nothing else.
  const child = spawn("npm", args, {
    cwd: rootFolder,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, XDG_CONFIG_HOME: join(folder, "config"), HOME: join(folder, "home") },
  })
  const end = ended(child)
  try {
    const tookMs = await new Promise<number>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`npm start was not ready within ${readyWithinMs} ms`)),
        readyWithinMs,
      )
      let said = ""
      child.stderr.setEncoding("utf8")
      child.stderr.on("data", (text: string) => {
        said += text
        if (!/^ready /m.test(said)) return
        clearTimeout(late)
        resolve(performance.now() - begunMs)
      })
      child.on("exit", () => reject(new Error(`npm start ended: ${said.slice(-500)}`)))
    })
    return tookMs
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGINT")
    await end
  }
}

const ended = (child: ReturnType<typeof spawn>): Promise<void> =>
  new Promise((resolve, reject) => {
    child.on("exit", () => resolve())
    child.on("error", reject)
  })
