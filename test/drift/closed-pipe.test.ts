// A reader that stops reading (`counterfoil drift check | head -1`) has no say in how a command ended.

import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"

function exitUnread(folder: string, words: readonly string[]): Promise<number | null> {
  return new Promise((settle) => {
    const child = spawn(process.execPath, [join(rootFolder, "adapters/cli/src/main.ts"), ...words], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
      env: { PATH: process.env["PATH"] ?? "", HOME: folder },
    })
    child.stdout.destroy()
    child.once("close", settle)
  })
}

test.each([
  ["a check that was not done", ["drift", "check", "--against", "no-such-ref"], 1],
  ["a usage error", ["drift", "check", "--json", "--out", "nothing"], 2],
  ["help", ["--help"], 0],
])(
  "%s ends as it does when its output is read",
  async (_says, words, exit) => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-pipe-"))
    try {
      expect(await exitUnread(folder, words)).toBe(exit)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  60_000,
)
