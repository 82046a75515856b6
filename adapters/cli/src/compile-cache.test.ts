import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { compileFolder } from "./compile-cache.ts"

let home: string
const uid = process.getuid?.() ?? 0
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "counterfoil-compile-"))
})
afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})

describe("compiled code is kept", () => {
  test("in the caller's own cache, which no other account can read or write", () => {
    const folder = compileFolder({ HOME: home }, uid)
    expect(folder).toBe(join(home, ".cache", "counterfoil", "compile"))
    expect(statSync(folder ?? "").mode & 0o777).toBe(0o700)
    expect(compileFolder({ HOME: home }, uid)).toBe(folder)
    const elsewhere = join(home, "elsewhere")
    expect(compileFolder({ HOME: home, XDG_CACHE_HOME: elsewhere }, uid)).toBe(
      join(elsewhere, "counterfoil", "compile"),
    )
  })

  test("nowhere when the home belongs to another account, as under sudo", () => {
    expect(compileFolder({ HOME: home }, uid + 1)).toBeNull()
  })

  test.each([".", ".cache", ".cache/counterfoil", ".cache/counterfoil/compile"])(
    "nowhere when others may write to %s",
    (open) => {
      compileFolder({ HOME: home }, uid)
      chmodSync(join(home, open), 0o777)
      expect(compileFolder({ HOME: home }, uid)).toBeNull()
    },
  )

  test("nowhere without a home folder, on a system without accounts, and where no folder can be made", () => {
    expect([compileFolder({}, uid), compileFolder({ HOME: "" }, uid)]).toEqual([null, null])
    expect(compileFolder({ HOME: home }, undefined)).toBeNull()
    mkdirSync(join(home, "file"))
    writeFileSync(join(home, "file", "cache"), "")
    expect(compileFolder({ XDG_CACHE_HOME: join(home, "file", "cache") }, uid)).toBeNull()
  })
})
