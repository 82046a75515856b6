import { lockOf, lockText } from "@counterfoil/contracts/drift"
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { programVersion } from "../program-version.ts"
import { installedRegistry } from "./installed.ts"
import { writeLock } from "./lock-file.ts"

const lock = lockOf(installedRegistry(undefined), programVersion(), [])
let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-lock-"))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

test("a lock is replaced as a whole: a process that has the old one open goes on reading it", () => {
  const file = join(folder, "contracts.lock.json")
  writeFileSync(file, "old")
  linkSync(file, join(folder, "open"))
  writeLock(file, lock, "contract lock")
  expect(readFileSync(join(folder, "open"), "utf8")).toBe("old")
  expect(readFileSync(file, "utf8")).toBe(lockText(lock))
  expect(readdirSync(folder).toSorted()).toEqual(["contracts.lock.json", "open"])
})

test("a link or a device is written through and not replaced", () => {
  const [file, link] = [join(folder, "there.json"), join(folder, "contracts.lock.json")]
  writeFileSync(file, "old")
  symlinkSync(file, link)
  writeLock(link, lock, "contract lock")
  expect(readFileSync(file, "utf8")).toBe(lockText(lock))
})

test("a lock that cannot be written is an error and leaves nothing behind", () => {
  mkdirSync(join(folder, "contracts.lock.json"))
  expect(() => {
    writeLock(join(folder, "contracts.lock.json"), lock, "contract lock")
  }).toThrow("cannot be written: it is a folder (EISDIR)")
  expect(readdirSync(folder)).toEqual(["contracts.lock.json"])
})
