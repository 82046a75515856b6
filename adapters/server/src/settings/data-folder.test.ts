import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { handlersFile, readHandlers } from "./data-folder.ts"

const folder = mkdtempSync(join(tmpdir(), "counterfoil-folder-"))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe("the handlers' configuration is read as strictly as a body", () => {
  test.each([
    ["{", "is not JSON at byte 1"],
    ['{"fs":{"roots":{}},"fs":{"roots":{}}}', "has a duplicate key at /fs"],
    ["[1.000000000000000005]", "has a number that loses digits at /0"],
    ["\ufeff{}", "has a byte order mark at its top"],
    [" ".repeat(300_000), "has more than 262144 bytes"],
    ['{"fs":{"root":{}}}', "fs"],
  ])("%j is refused with its file and place", (text, says) => {
    writeFileSync(handlersFile(folder), text)
    expect(() => readHandlers(folder)).toThrow(says)
    expect(() => readHandlers(folder)).toThrow("handlers.json")
  })

  test("a valid configuration is read", () => {
    writeFileSync(handlersFile(folder), '{ "fs": { "roots": {} } }\n')
    expect(readHandlers(folder)).toEqual({ fs: { roots: {} } })
  })
})
