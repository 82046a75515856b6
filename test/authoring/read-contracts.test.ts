import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { installedRegistry } from "@counterfoil/cli"
import {
  contractOfDocument,
  registryOf,
  SemVer,
  type Contract,
  type JsonObject,
} from "@counterfoil/contracts"
import { lockOf, lockText } from "@counterfoil/contracts/drift"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { runProgram } from "../support/program.ts"

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-authoring-"))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})
const counterfoil = async (...args: readonly string[]) => {
  const program = runProgram(args, join(folder, "home"))
  return { exit: await program.ended, printed: program.printed() }
}

const { contracts, capabilities } = installedRegistry(undefined)

/** A lock of this tree's contracts as they would have been, with some of them otherwise. */
function lockBefore(changed: { readonly [ref: string]: (document: JsonObject) => JsonObject }): string {
  const before = contracts.map((contract): Contract => {
    const change = changed[contract.ref]
    if (change === undefined) return contract
    const made = contractOfDocument(change(contract.document))
    if (made === null) throw new Error(`${contract.ref} is not a contract any more`)
    return made.contract
  })
  const file = join(folder, `${Object.keys(changed).join()}.json`)
  writeFileSync(file, lockText(lockOf(registryOf(before, capabilities), SemVer.parse("0.1.0"), [])))
  return file
}
const at = (value: unknown): JsonObject => value as JsonObject

describe("contract diff", () => {
  test("tells each change of each contract, with the version that it asks for", async () => {
    const against = lockBefore({
      "text.template.render@1": (document) => ({
        ...document,
        output: {
          ...at(document["output"]),
          properties: { text: { type: "string" }, html: { type: "string" } },
        },
      }),
      "git.log.read@1": (document) => ({
        ...document,
        meta: { ...at(document["meta"]), title: "Read a log" },
      }),
    })
    const { exit, printed } = await counterfoil("contract", "diff", "--against", against)
    expect(exit).toBe(3)
    await expect(printed).toMatchFileSnapshot("contract-diff.golden.txt")
    const one = await counterfoil("contract", "diff", "git.log.read", "--against", against)
    expect(one.exit).toBe(0)
    expect(one.printed).toMatch(/^git\.log\.read@1 .*\d+\.\d+\.1 is due\n/)
  })

  test("of nothing is nothing, with exit 0", async () => {
    expect(await counterfoil("contract", "diff", "--against", lockBefore({}))).toMatchObject({ exit: 0 })
  })

  test("a baseline that cannot be read is exit 1, not empty", async () => {
    const broken = join(folder, "broken.json")
    const text = readFileSync(join(rootFolder, "contracts.lock.json"), "utf8")
    writeFileSync(broken, text.replace("Tag a commit", "Tag a Commit"))
    for (const against of [broken, join(folder, "nowhere.json"), "no-such-branch"]) {
      const { exit, printed } = await counterfoil("contract", "diff", "--against", against)
      expect(exit).toBe(1)
      expect(printed).toContain("Not checked")
    }
  })
})

describe("contract explain", () => {
  test("fits on one screen for every contract, with what it is for and who may", async () => {
    const { exit, printed } = await counterfoil("contract", "explain", "git.tag.create@1")
    expect(exit).toBe(0)
    await expect(printed).toMatchFileSnapshot("contract-explain.golden.txt")
  })

  test("a name without a major means the highest; a name that there is not lists what looks like it", async () => {
    expect((await counterfoil("contract", "explain", "git.tag.create")).printed).toContain("git.tag.create@1")
    const { exit, printed } = await counterfoil("contract", "explain", "tag")
    expect(exit).toBe(2)
    expect(printed).toContain("git.tag.delete@1  Delete a tag")
  })
})
