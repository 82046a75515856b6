// Which lock the gate compares this tree with, in repositories as they are found on machines and in CI.

import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { driftBaseline } from "./drift-baseline.ts"

let folder: string
let origin: string
let made = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-baseline-"))
  origin = join(folder, "origin")
  git(folder, "init", "--quiet", "--initial-branch", "main", origin)
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function git(where: string, ...words: readonly string[]): string {
  return execFileSync("git", ["-c", "user.name=ana", "-c", "user.email=ana@example.org", ...words], {
    cwd: where,
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    encoding: "utf8",
  }).trim()
}

function commit(where: string, file = "contracts.lock.json"): string {
  made += 1
  writeFileSync(join(where, file), `${made}`)
  git(where, "add", "--all")
  git(where, "commit", "--quiet", "--message", "Change")
  return git(where, "rev-parse", "HEAD")
}

function clone(...words: readonly string[]): string {
  const into = join(folder, "clone")
  git(folder, "clone", "--quiet", ...words, `file://${origin}`, into)
  return into
}

describe("the gate compares contracts", () => {
  test("with where a branch left the default branch, also when that moved on since", () => {
    const left = commit(origin)
    const here = clone()
    git(here, "checkout", "--quiet", "-b", "work")
    commit(here)
    commit(origin)
    git(here, "fetch", "--quiet")
    expect(driftBaseline(here)).toEqual({
      against: left,
      says: `compared with ${left.slice(0, 12)}, where HEAD left origin/HEAD`,
    })
  })

  test("with the parent when the default branch itself is checked out", () => {
    const parent = commit(origin)
    commit(origin)
    expect(driftBaseline(origin).against).toBe(parent)
    expect(driftBaseline(clone())).toEqual({
      against: parent,
      says: `compared with ${parent.slice(0, 12)}, the parent of HEAD, which is on origin/HEAD`,
    })
  })

  test("with the committed lock alone where history has no baseline, and says so", () => {
    expect(driftBaseline(folder).says).toMatch(/ALONE: there is no git history here$/)
    commit(origin)
    commit(origin)
    const shallow = driftBaseline(clone("--depth", "1"))
    expect(shallow.against).toBe("contracts.lock.json")
    expect(shallow.says).toMatch(
      /ALONE: HEAD is on origin\/HEAD and its parent is not here: a shallow clone$/,
    )
  })

  test("with the committed lock alone where the baseline has none, or the default branch is not known", () => {
    commit(origin, "README.md")
    commit(origin)
    expect(driftBaseline(origin).says).toMatch(/ALONE: [0-9a-f]{12} has no lock$/)
    git(origin, "branch", "--move", "trunk")
    expect(driftBaseline(origin).says).toMatch(/ALONE: no default branch is known here$/)
  })
})
