import { lockOf, lockText } from "@counterfoil/contracts/drift"
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { registryOf } from "@counterfoil/contracts"
import { programVersion } from "../program-version.ts"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { installedRegistry } from "../offline/installed.ts"
import { findBaseline } from "./baseline.ts"

const lock = lockText(lockOf(installedRegistry(undefined), programVersion(), []))
let folder = ""

const git = (...words: readonly string[]): string =>
  execFileSync("git", ["-c", "user.name=ana", "-c", "user.email=ana@example.org", ...words], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    encoding: "utf8",
  }).trim()
const commit = (): void => {
  git("add", "--all")
  git("commit", "--quiet", "--allow-empty", "--message", "One")
}
const find = async (against: string, { first = false, below = "." } = {}) =>
  await findBaseline({
    folder: join(folder, below),
    against,
    first,
    fetchBytes: () => Promise.reject(new Error("no server")),
  })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-baseline-"))
  git("init", "--quiet", "--initial-branch", "main")
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

describe("--first accepts a commit without a lock, and no lock that is there and cannot be read", () => {
  test("nothing is there", async () => {
    commit()
    expect(await find("HEAD", { first: true })).toMatchObject({ ok: true, value: { lock: null } })
  })

  test("it is there, and its bytes are lost", async () => {
    writeFileSync(join(folder, "contracts.lock.json"), lock)
    commit()
    const blob = git("rev-parse", "HEAD:contracts.lock.json")
    rmSync(join(folder, ".git/objects", blob.slice(0, 2), blob.slice(2)))
    expect(await find("HEAD", { first: true })).toMatchObject({ ok: false })
  })

  test("it is there, as a folder or as a link", async () => {
    mkdirSync(join(folder, "contracts.lock.json"))
    writeFileSync(join(folder, "contracts.lock.json/one"), lock)
    commit()
    expect(await find("HEAD", { first: true })).toMatchObject({ ok: false })
    rmSync(join(folder, "contracts.lock.json"), { recursive: true })
    symlinkSync("elsewhere.json", join(folder, "contracts.lock.json"))
    commit()
    expect(await find("HEAD", { first: true })).toMatchObject({ ok: false })
  })
})

test("a lock without contracts protects nothing, and is not a baseline", async () => {
  writeFileSync(join(folder, "empty.json"), lockText(lockOf(registryOf([], []), programVersion(), [])))
  expect(await find("empty.json")).toMatchObject({ ok: false })
})

test("a git hook that names its own folder in the environment does not change the baseline", async () => {
  mkdirSync(join(folder, "shop"))
  writeFileSync(join(folder, "contracts.lock.json"), lock)
  commit()
  vi.stubEnv("GIT_DIR", join(folder, ".git"))
  // The lock at the top is not the one of the folder below it.
  expect(await find("HEAD", { below: "shop" })).toMatchObject({ ok: false })
})
