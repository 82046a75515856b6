// `counterfoil drift acknowledge` in a scratch clone: what an author writes, and what the gate says to it afterwards.

import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { readLock } from "@counterfoil/contracts/drift"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { scratchClone, type ScratchClone } from "./scratch-clone.ts"

const minutes = 180_000
const contracts = "adapters/handlers/src/fs/fs-contracts.ts"
let clone: ScratchClone
beforeAll(async () => {
  clone = scratchClone()
  // A risky change of two contracts, and a breaking one of one of them.
  clone.edit(contracts, 'const owners = ["ai-runtime"]', 'const owners = ["files"]')
  clone.edit(contracts, 'effect: "natural"', 'effect: "unsafe",\n  irreversible: false')
  await clone.run("contract", "lock")
  await clone.run("contract", "generate")
}, minutes)
afterAll(() => {
  clone.remove()
})

const words = ["--reason", "the team has another name", "--owner", "ai-runtime"] as const
const acknowledge = (rule: string, contract: string, ...more: readonly string[]) =>
  clone.run("drift", "acknowledge", rule, contract, "--against", "HEAD", "--json", ...more)
const locked = (): string => readFileSync(join(clone.folder, "contracts.lock.json"), "utf8")

describe("counterfoil drift acknowledge", () => {
  test(
    "writes nothing for what is breaking, was not found, has no reason, or could not be checked",
    async () => {
      const before = locked()
      const refused = async (exit: number, says: RegExp, ...asked: Parameters<typeof acknowledge>) => {
        const ended = await acknowledge(...asked)
        expect(ended).toMatchObject({ exit, out: expect.stringMatching(says) as string })
      }
      const write = "fs.file.write@1"
      await refused(3, /C030 of fs\.file\.write@1 is breaking/, "C030", write, ...words)
      await refused(3, /found no C031[\s\S]*C072 {2}fs\.file\.read@1/, "C031", write, ...words)
      await refused(2, /--reason is needed/, "C072", write, "--owner", "files")
      await refused(2, /--owner is needed/, "C072", write, "--reason", "another name")
      await refused(2, /--live was not given/, "C090", write, ...words)
      await refused(1, /Not checked/, "C072", write, ...words, "--against", "no-such-branch")
      expect(locked()).toBe(before)
    },
    minutes,
  )

  test(
    "writes a word for a risky change, with both digests, and the check is clean when all have one",
    async () => {
      clone.edit(contracts, 'effect: "unsafe",\n  irreversible: false', 'effect: "natural"')
      await clone.run("contract", "lock")
      await clone.run("contract", "generate")
      const check = () => clone.run("drift", "check", "--against", "HEAD")
      const { exit, out } = await check()
      expect(exit).toBe(3)
      expect(out).toContain(
        "To acknowledge: counterfoil drift acknowledge C072 fs.file.read@1 --reason … --owner …",
      )
      expect((await acknowledge("C072", "fs.file.read@1", ...words)).exit).toBe(0)
      expect((await check()).exit).toBe(3)
      expect((await acknowledge("C072", "fs.file.write@1", ...words)).exit).toBe(0)
      const clean = await check()
      expect(clean.out).toContain("clean: 0 breaking, 0 risky, 0 safe, 2 acknowledged")
      expect(clean.exit).toBe(0)
      expect(readdirSync(clone.folder).filter((name) => name.startsWith("contracts.lock.json."))).toEqual([])
    },
    minutes,
  )

  test(
    "says it again in the place of what was said, and contract lock keeps it",
    async () => {
      expect((await acknowledge("C072", "fs.file.read@1", ...words, "--owner", "files")).exit).toBe(0)
      expect((await clone.run("contract", "lock")).exit).toBe(0)
      const lock = readLock(Buffer.from(locked()))
      if (!lock.ok) throw new Error(lock.error)
      expect(
        lock.value.acknowledged
          .filter(({ rule }) => rule === "C072")
          .map(({ contract, owner }) => `${contract} ${owner}`)
          .toSorted(),
      ).toEqual(["fs.file.read@1 files", "fs.file.write@1 ai-runtime"])
    },
    minutes,
  )
})
