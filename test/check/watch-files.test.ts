import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { watchFiles } from "./watch-files.ts"

test("a save below a folder is seen with its path; what is saved during a run is the next run", async () => {
  const root = mkdtempSync(join(tmpdir(), "counterfoil-watch-"))
  mkdirSync(join(root, "planner", "src"), { recursive: true })
  const ended = new AbortController()
  const first = Promise.withResolvers<void>()
  const runs: (readonly string[])[] = []
  try {
    watchFiles({ root, folders: ["planner"], signal: ended.signal }, async (paths) => {
      runs.push(paths)
      if (runs.length === 1) await first.promise
    })
    writeFileSync(join(root, "planner", "src", "plan.ts"), "1")
    await expect.poll(() => runs[0], { timeout: 10_000 }).toContain("planner/src/plan.ts")
    writeFileSync(join(root, "planner", "draft.ts"), "1")
    first.resolve()
    await expect.poll(() => runs[1], { timeout: 10_000 }).toContain("planner/draft.ts")
    expect(runs[0]).not.toContain("planner/draft.ts")
  } finally {
    ended.abort()
    rmSync(root, { recursive: true, force: true })
  }
})
