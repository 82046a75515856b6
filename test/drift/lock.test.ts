// The committed lock of this repository's contracts.

import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { runProgram } from "../support/program.ts"

const folder = mkdtempSync(join(tmpdir(), "counterfoil-lock-"))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe("contracts.lock.json", () => {
  test("is what this tree's contracts make of it, byte for byte, wherever it is made (counterfoil contract lock)", async () => {
    const file = join(folder, "contracts.lock.json")
    copyFileSync(join(rootFolder, "contracts.lock.json"), file)
    const elsewhere = { TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" }
    const program = runProgram(["contract", "lock", "--out", file], join(folder, "home"), elsewhere)
    expect(await program.ended).toBe(0)
    // Compared as bytes, so that a failure does not print half a megabyte.
    // When it fails: run `npx counterfoil contract lock`, and read the diff.
    const same = readFileSync(file).equals(readFileSync(join(rootFolder, "contracts.lock.json")))
    expect(same ? "fresh" : "stale: run npx counterfoil contract lock").toBe("fresh")
  })

  test("is not written over what cannot be read: acknowledgements would be lost", async () => {
    const file = join(folder, "broken.json")
    copyFileSync(join(rootFolder, "package.json"), file)
    const program = runProgram(["contract", "lock", "--out", file], join(folder, "home"))
    expect(await program.ended).toBe(1)
    expect(program.printed()).toContain("LOCK_UNREADABLE")
    expect(readFileSync(file).equals(readFileSync(join(rootFolder, "package.json")))).toBe(true)
  })
})
