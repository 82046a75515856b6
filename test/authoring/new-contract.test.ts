import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { EffectClass } from "@counterfoil/contracts"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { scratchCheckout, type ScratchCheckout } from "./scratch-checkout.ts"

const said = {
  "--capability": "payments.write",
  "--owner": "payments",
  "--title": "Refund a payment",
  "--goal": "The customer has the money back, once.",
  "--when": "For captured payments; never to another account. Not for payments that are still on their way.",
  "--input": "payment:text,amount:integer,urgent:boolean",
  "--output": "refund:text,at:time",
}
const ask = (name: string, effect: string): readonly string[] =>
  ["contract", "new", name, "--effect", effect].concat(Object.entries(said).flat())
const folder = join("adapters", "handlers", "src", "payments")

let checkout: ScratchCheckout
beforeAll(() => {
  checkout = scratchCheckout()
})
afterAll(() => checkout.remove())

describe("a contract that is begun with contract new", () => {
  test.each(EffectClass.options)("is there with handler and test: %s", async (effect) => {
    const made = await checkout.counterfoil(...ask(`payments.refund.by.${effect}`, effect))
    expect(made).toMatchObject({ exit: 0 })
    for (const ending of ["-contract.ts", ".ts", ".test.ts"])
      expect(existsSync(join(checkout.folder, folder, `refund-by-${effect}${ending}`))).toBe(true)
  })

  test(
    "compiles, is formatted, passes lint and keeps the laws of its class",
    { timeout: 180_000 },
    async () => {
      expect(await checkout.tool("tsc", "--noEmit", "-p", ".")).toEqual({ exit: 0, printed: "" })
      expect(await checkout.tool("oxfmt", "--check", folder)).toMatchObject({ exit: 0 })
      const linted = await checkout.counterfoil("contract", "lint", folder)
      expect(linted).toEqual({ exit: 0, printed: "clean: 6 contracts\n" })
      const tested = await checkout.tool(
        "vitest",
        "run",
        "--reporter=json",
        "--outputFile=tests.json",
        folder,
      )
      expect(tested).toMatchObject({ exit: 0 })
      const report: unknown = JSON.parse(readFileSync(join(checkout.folder, "tests.json"), "utf8"))
      // Seven laws and what becomes of an outside that fails, for each of six classes.
      expect(report).toMatchObject({ success: true, numPassedTests: 48 })
    },
  )

  test("has each of its fields once", async () => {
    const said = await checkout.counterfoil(...ask("payments.twice", "keyed"), "--input", "payment:integer")
    expect(said).toMatchObject({ exit: 2 })
    expect(said.printed).toContain("--input has payment twice")
  })

  test("is never written over another", async () => {
    const before = readFileSync(join(checkout.folder, folder, "refund-by-keyed.ts"), "utf8")
    const again = await checkout.counterfoil(...ask("payments.refund.by.keyed", "unsafe"))
    expect(again).toMatchObject({ exit: 6 })
    expect(again.printed).toContain("FILE_EXISTS")
    expect(readFileSync(join(checkout.folder, folder, "refund-by-keyed.ts"), "utf8")).toBe(before)
  })

  test("is not passed over by a command over all contracts while it is not installed", async () => {
    const against = join(rootFolder, "contracts.lock.json")
    const commands = [["lock"], ["generate"], ["diff", "--against", against]]
    const ended = await Promise.all(commands.map((words) => checkout.counterfoil("contract", ...words)))
    expect(ended.map(({ exit }) => exit)).toEqual([1, 1, 1])
    for (const { printed } of ended) expect(printed).toMatch(/CONTRACT_NOT_INSTALLED {2}payments\.refund\.by/)
    const one = await checkout.counterfoil("contract", "diff", "git.tag.create", "--against", against)
    expect(one).toMatchObject({ exit: 0 })
  })

  test.each([
    ["no goal", (words: readonly string[]) => words.filter((word) => !/goal|money/.test(word)), "--goal"],
    [
      "an unknown owner",
      (words: readonly string[]) => words.map((word) => (word === "payments" ? "" : word)),
      "--owner",
    ],
    [
      "a kind that there is not",
      (words: readonly string[]) => words.map((word) => word.replace("amount:integer", "amount:money")),
      "amount:money",
    ],
    [
      "a name in capitals",
      (words: readonly string[]) => words.map((word) => word.replace("payments.refund", "Payments")),
      "not the name",
    ],
  ])("with %s is usage, and nothing is written", async (_what, change, says) => {
    const refused = await checkout.counterfoil(...change(ask("payments.refund.late", "keyed")))
    expect(refused).toMatchObject({ exit: 2 })
    expect(refused.printed).toContain(says)
    expect(existsSync(join(checkout.folder, folder, "refund-late.ts"))).toBe(false)
  })
})

describe("contract lint of source files", () => {
  const source = join(folder, "refund-by-keyed-contract.ts")
  const planted = [
    ["goal", 'goal: "The customer has the money back, once."', 'goal: ""', "meta goal"],
    ["when", /context:\s+".*",/, 'context: "",', "meta context"],
    ["owners", 'owners: ["payments"]', "owners: []", "meta owners"],
    ["tags", 'tags: ["payments"]', "tags: []", "meta tags"],
    ["effect", '  effect: "keyed",\n', "", "it states no effect class"],
    ["examples", "examples: [", "examples: [], was: [", "it has no valid example"],
    [
      "errors",
      'effect: "keyed"',
      'errors: ["TOO_BAD"], effect: "keyed"',
      "TOO_BAD is not an error of the table",
    ],
    ["refusals", 'fails: "/payment"', 'fails: "/amount"', "is refused at /payment, not at /amount"],
  ] as const

  test("a contract without goal, context, owners, tags, effect class, errors or examples that hold is exit 3, with file and reason", async () => {
    const text = readFileSync(join(checkout.folder, source), "utf8")
    const files = planted.map(([what, from, to]) => {
      const changed = text.replace(from, to)
      expect(changed).not.toBe(text)
      const file = join(folder, `without-${what}-contract.ts`)
      writeFileSync(join(checkout.folder, file), changed)
      return file
    })
    const { exit, printed } = await checkout.counterfoil("contract", "lint", source, ...files)
    expect(exit).toBe(3)
    for (const [what, , , says] of planted) {
      const found = printed.split("\n").filter((line) => line.includes(`without-${what}-contract.ts`))
      expect([what, found.length, found.join()]).toEqual([what, 1, expect.stringContaining(says)])
    }
    expect(printed).not.toContain(source)
  })

  test(
    "what cannot be looked at was not checked, exit 1, and is never called clean",
    { timeout: 60_000 },
    async () => {
      const unlooked = [
        join(folder, "nothing-contract.ts"),
        join("adapters", "handlers", "src", "text"),
        "package.json",
        join(folder, "refund-by-keyed.ts"),
      ]
      rmSync(join(checkout.folder, "adapters", "handlers", "src", "text", "text-contracts.ts"))
      const ended = await Promise.all(
        unlooked.map((path) => checkout.counterfoil("contract", "lint", source, path)),
      )
      expect(ended.map(({ exit }) => exit)).toEqual([1, 1, 1, 1])
      for (const { printed } of ended) expect(printed).toContain("Not checked")
    },
  )

  test("every contract of this release passes", async () => {
    const { exit, printed } = await checkout.counterfoil("contract", "lint")
    expect([exit, printed]).toEqual([0, expect.stringMatching(/^clean: \d{2,} contracts\n$/)])
  })
})
