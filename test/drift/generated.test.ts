// The part of a drift check that is about what is made from contracts: the documents of a tree, and those it does not keep.

import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { readLock } from "@counterfoil/contracts/drift"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { scratchClone, type ScratchClone } from "./scratch-clone.ts"

const minutes = 180_000
const docs = "docs/generated"
let clone: ScratchClone
beforeAll(() => {
  clone = scratchClone()
}, minutes)
afterEach(() => {
  clone.git("clean", "--quiet", "--force", "-d")
  clone.restore()
})
afterAll(() => {
  clone.remove()
})

const Report = z.object({
  parts: z.object({ generated: z.object({ result: z.string(), why: z.string().optional() }) }),
  findings: z.array(
    z.object({ rule: z.string(), class: z.string(), contract: z.string(), file: z.string(), line: z.int() }),
  ),
})

async function check() {
  const { exit, out } = await clone.run("drift", "check", "--against", "HEAD", "--format", "json")
  const { parts, findings } = Report.parse(JSON.parse(out))
  return { exit, ...parts.generated, findings }
}
const at = (path: string): string => join(clone.folder, path)
const recorded = (): readonly string[] => {
  const lock = readLock(readFileSync(at("contracts.lock.json")))
  if (!lock.ok) throw new Error(lock.error)
  return Object.keys(lock.value.generated ?? {})
}

describe("documents that a tree keeps", () => {
  test(
    "are findings when one is stale, missing or unknown, each at a line that exists, and generate makes it clean",
    async () => {
      appendFileSync(at(`${docs}/openapi.json`), " ")
      rmSync(at(`${docs}/handlers/fs.file.write@1.md`))
      writeFileSync(at(`${docs}/schemas/old@1.json`), "{}")
      const { exit, result, findings } = await check()
      expect({ exit, result }).toEqual({ exit: 3, result: "findings" })
      const line = readFileSync(at("contracts.lock.json"), "utf8")
        .split("\n")
        .findIndex((text) => text.includes(`"${docs}/handlers/fs.file.write@1.md"`))
      expect(findings.map(({ contract, file, line: shown }) => [contract, file, shown])).toEqual([
        [`${docs}/handlers/fs.file.write@1.md`, "contracts.lock.json", line + 1],
        [`${docs}/openapi.json`, `${docs}/openapi.json`, 1],
        [`${docs}/schemas/old@1.json`, `${docs}/schemas/old@1.json`, 1],
      ])
      expect((await clone.run("contract", "generate")).exit).toBe(3) // what nothing makes is left to a person
      rmSync(at(`${docs}/schemas/old@1.json`))
      expect(await check()).toEqual({ exit: 0, result: "clean", findings: [] })
    },
    minutes,
  )

  test(
    "are not checked when the folder that the lock records is not there",
    async () => {
      rmSync(at(docs), { recursive: true })
      expect(await check()).toEqual({
        exit: 1,
        result: "notChecked",
        why: `${docs}, which the lock records, does not exist.`,
        findings: [],
      })
    },
    minutes,
  )

  test(
    "are compared in the folder that the lock names, and recorded in the folder of the flag",
    async () => {
      expect((await clone.run("contract", "generate", "--out", "site/contracts")).exit).toBe(0)
      expect((await clone.run("contract", "lock", "--documents", "site/contracts")).exit).toBe(0)
      expect(recorded()).toContain("site/contracts/openapi.json")
      rmSync(at(docs), { recursive: true })
      expect(await check()).toEqual({ exit: 0, result: "clean", findings: [] })
      appendFileSync(at("site/contracts/asyncapi.json"), " ")
      expect((await check()).findings).toMatchObject([{ rule: "C080", file: "site/contracts/asyncapi.json" }])
      expect((await clone.run("contract", "lock", "--documents", "..")).exit).toBe(2)
    },
    minutes,
  )
})

describe("a tree that keeps no documents", () => {
  test(
    "has nothing to compare: no folder and none in its lock, or a folder of that name with other files",
    async () => {
      expect((await clone.run("contract", "lock", "--documents", "none")).exit).toBe(0)
      expect(recorded()).toEqual([])
      rmSync(at(docs), { recursive: true })
      expect(await check()).toEqual({ exit: 0, result: "clean", findings: [] })
      mkdirSync(at(`${docs}/api`), { recursive: true })
      writeFileSync(at(`${docs}/README.md`), "Made by another tool.")
      writeFileSync(at(`${docs}/openapi.json`), "{}")
      expect(await check()).toEqual({ exit: 0, result: "clean", findings: [] })
      expect((await clone.run("contract", "lock")).exit).toBe(0)
      expect(recorded()).toEqual([])
    },
    minutes,
  )

  test(
    "is asked to record them once it has generated some",
    async () => {
      expect((await clone.run("contract", "lock", "--documents", "none")).exit).toBe(0)
      const { exit, findings } = await check()
      expect(exit).toBe(3)
      expect(findings.map(({ rule, contract }) => `${rule} ${contract}`)).toEqual([
        "C080 contracts.lock.json",
      ])
      expect((await clone.run("contract", "lock")).exit).toBe(0)
      expect(recorded()).toContain(`${docs}/openapi.json`)
      expect(await check()).toEqual({ exit: 0, result: "clean", findings: [] })
    },
    minutes,
  )
})

test(
  "a contract that is moved to another route is breaking, documents made anew or not",
  async () => {
    clone.edit(
      "contracts/src/control-plane/intent-and-plan.ts",
      'http: { method: "POST", path: "/intents" }',
      'http: { method: "POST", path: "/asks" }',
    )
    await clone.run("contract", "lock")
    await clone.run("contract", "generate")
    const { exit, result, findings } = await check()
    expect(findings).toMatchObject([
      { rule: "C081", class: "breaking", contract: "controlPlane.intent.submit@1" },
    ])
    expect({ exit, result }).toEqual({ exit: 3, result: "clean" })
  },
  minutes,
)
