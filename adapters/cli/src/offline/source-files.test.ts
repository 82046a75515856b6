import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeEach, describe, expect, test } from "vitest"
import { contractsInFiles } from "./contract-files.ts"
import { configuredContracts, installedRegistry } from "./installed.ts"
import { refuseUnseen, unseenContracts } from "./unseen-contracts.ts"

const scratch = mkdtempSync(join(tmpdir(), "counterfoil-sources-"))
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true })
})
let folder = scratch
let count = 0
beforeEach(() => {
  folder = join(scratch, `tree-${(count += 1)}`)
  mkdirSync(folder)
})

const file = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
/** A source file that defines a contract, without the packages that a real one imports. */
const defining = (name: string, exported = true): string => `
const defineCommand = (spec: { name: string }) => ({ ref: spec.name + "@1", document: {}, kind: "command", ...spec })
${exported ? "export " : ""}const pay = defineCommand({
  name: "${name}",
})
export const other = 1
`

describe("contract lint of a folder", () => {
  test("loads every file that defines a contract, under any name", async () => {
    file("pay-contract.ts", defining("payments.pay"))
    file("refunds.ts", defining("payments.refund"))
    file("deep/charge.mts", defining("payments.charge"))
    file("deep/words.ts", "export const words = 1")
    file("compare-contract.ts", "export const compared = 1")
    file("refunds.test.ts", defining("payments.tested"))
    file("node_modules/x/pay-contract.ts", defining("payments.installed"))
    const { contracts } = await contractsInFiles([folder])
    expect(contracts.map(({ contract }) => contract.name).toSorted()).toEqual([
      "payments.charge",
      "payments.pay",
      "payments.refund",
    ])
  })

  test.each([
    [
      "a file that exports none",
      `${defining("payments.pay", false)}\nexport const list = [pay]`,
      "exports no contract",
    ],
    [
      "one of several that is not exported",
      `${defining("payments.pay", false)}\nexport const again = { ...pay, name: "payments.again" }`,
      "defines payments.pay and does not export it",
    ],
    ["a folder without any", "export const words = 1", "no file that defines a contract"],
  ])("is an error for %s", async (_says, text, why) => {
    file("pay.ts", text)
    await expect(contractsInFiles([folder])).rejects.toThrow(why)
  })

  test("accepts an export statement below the definition", async () => {
    file("pay.ts", `${defining("payments.pay", false)}\nexport { pay }`)
    expect((await contractsInFiles([folder])).contracts.length).toBe(1)
  })
})

describe("contract lock and generate", () => {
  const registry = installedRegistry(undefined)

  test("refuse a tree that defines a contract which is not installed, by its name and file", async () => {
    file("package.json", "{}")
    file("src/refunds.ts", defining("payments.refund"))
    file("src/read.ts", defining("git.log.read"))
    file("src/keyed.ts", defining("http.request.keyed"))
    expect(await unseenContracts(folder, registry)).toEqual([
      { name: "payments.refund", file: "src/refunds.ts" },
    ])
    await expect(refuseUnseen(folder, registry)).rejects.toThrow(
      /payments\.refund in src\/refunds\.ts is not among the contracts/,
    )
  })

  test("accept a tree whose contracts are all installed, and a folder that is not a source tree", async () => {
    file("src/refunds.ts", defining("payments.refund"))
    expect(await unseenContracts(folder, registry)).toEqual([])
    file("package.json", "{}")
    file("src/refunds.ts", defining("git.log.read"))
    expect(await unseenContracts(folder, registry)).toEqual([])
  })

  test("accept a removed contract that a lock has: a finding reports it", async () => {
    file("package.json", "{}")
    file("src/refunds.ts", defining("payments.refund"))
    file("contracts.lock.json", '{\n  "contracts": {\n    "payments.refund@1": {}\n  }\n}\n')
    expect(await unseenContracts(folder, registry)).toEqual([])
  })

  test("refuse a --data that does not exist", () => {
    expect(() => installedRegistry(join(folder, "nowhere"))).toThrow(/nowhere does not exist/)
  })
})

test("each contract that a section of the configuration adds is known with its section", () => {
  const sections = configuredContracts()
  expect([...new Set(sections.values())]).toEqual(["git", "fs", "http", "http with keyed", "process"])
  expect(sections.get("http.request.keyed@1")).toBe("http with keyed")
  expect(sections.has("text.template.render@1")).toBe(false)
})
