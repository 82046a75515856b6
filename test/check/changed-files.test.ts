import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { changedFiles } from "./changed-files.ts"

let folder: string
const git = (...words: readonly string[]): string =>
  execFileSync("git", ["-C", folder, "-c", "user.name=me", "-c", "user.email=me@example.com", ...words], {
    encoding: "utf8",
  }).trim()
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const commit = (name: string, text: string): void => {
  write(name, text)
  git("add", "-A")
  git("commit", "-q", "-m", name)
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-changed-"))
  git("init", "-q", "-b", "main")
  commit("kept.ts", "1")
  commit("gone.ts", "1")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test("on a branch, what it committed, what is only saved and what git does not know yet; nothing of main's, nothing that is gone", () => {
  git("checkout", "-q", "-b", "work")
  commit("committed.ts", "1")
  git("rm", "-q", "gone.ts")
  git("commit", "-q", "-m", "remove it")
  git("checkout", "-q", "main")
  commit("of-main.ts", "1")
  git("checkout", "-q", "work")
  write("kept.ts", "2")
  write("a new one.ts", "1")
  const changed = changedFiles(folder, undefined)
  expect(changed?.says).toContain("where HEAD left main")
  expect(changed?.files).toEqual(["a new one.ts", "committed.ts", "kept.ts"])
  expect(changedFiles(folder, "HEAD")?.files).toEqual(["a new one.ts", "kept.ts"])
})

test("on main, what is not committed", () => {
  write("kept.ts", "2")
  const changed = changedFiles(folder, undefined)
  expect(changed?.says).toContain("HEAD, which is on main")
  expect(changed?.files).toEqual(["kept.ts"])
})

test("a history without a main branch is not an empty change", () => {
  git("branch", "-m", "elsewhere")
  expect(changedFiles(folder, undefined)).toBeNull()
})

test("a commit that does not exist is not an empty change", () => {
  expect(changedFiles(folder, "no-such-commit")).toBeNull()
})
