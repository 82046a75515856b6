import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  commandTree,
  generatedDocuments,
  installedRegistry,
  staleDocuments,
  writeDocuments,
} from "@counterfoil/cli"
import { examplesOf, refusalsOf, type Contract, type Json } from "@counterfoil/contracts"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { runProgram } from "../support/program.ts"

const registry = installedRegistry(undefined)
const documents = await generatedDocuments(registry, commandTree)
const committed = join(rootFolder, "docs", "generated")

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-generated-"))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe("documents that are made from the contracts", () => {
  test("are those of this tree's contracts, byte for byte (npx counterfoil contract generate)", () => {
    expect(documents.length).toBeGreaterThan(2 * registry.contracts.length)
    expect(staleDocuments(committed, documents)).toEqual([])
  })

  test("are found stale by one byte, missing and unknown, each by its name", () => {
    const copy = join(folder, "copy")
    writeDocuments(copy, documents)
    expect(staleDocuments(copy, documents)).toEqual([])
    const kinds = [
      "README.md",
      "asyncapi.json",
      "cli/exec-show.json",
      "openapi.json",
      "schemas/git.tag.create@1.json",
    ]
    for (const path of kinds) changeOneByte(join(copy, path))
    changeOneByte(join(copy, "capabilities", "git.write.md"))
    appendFileSync(join(copy, "handlers", "git.tag.create@1.md"), "\n")
    rmSync(join(copy, "handlers", "git.tag.delete@1.md"))
    writeFileSync(join(copy, "handlers", "git.tag.move@1.md"), "")
    expect(staleDocuments(copy, documents)).toEqual([
      { path: "README.md", is: "stale" },
      { path: "asyncapi.json", is: "stale" },
      { path: "capabilities/git.write.md", is: "stale" },
      { path: "cli/exec-show.json", is: "stale" },
      { path: "handlers/git.tag.create@1.md", is: "stale" },
      { path: "handlers/git.tag.delete@1.md", is: "missing" },
      { path: "handlers/git.tag.move@1.md", is: "unknown" },
      { path: "openapi.json", is: "stale" },
      { path: "schemas/git.tag.create@1.json", is: "stale" },
    ])
  })

  test(
    "the command says which one is stale with exit 3, and makes it fresh",
    { timeout: 60_000 },
    async () => {
      const copy = join(folder, "by-command")
      writeDocuments(copy, documents)
      changeOneByte(join(copy, "openapi.json"))
      const check = runProgram(["contract", "generate", "--check", "--out", copy], join(folder, "home"))
      expect(await check.ended).toBe(3)
      expect(check.printed()).toContain("stale    openapi.json")
      const write = runProgram(["contract", "generate", "--out", copy], join(folder, "home"))
      expect(await write.ended).toBe(0)
      expect(staleDocuments(copy, documents)).toEqual([])
    },
  )

  test("a place that cannot be read is exit 1, not fresh", async () => {
    const file = join(folder, "a-file")
    writeFileSync(file, "")
    const check = runProgram(["contract", "generate", "--check", "--out", file], join(folder, "home"))
    expect(await check.ended).toBe(1)
    expect(check.printed()).toContain("FILE_UNREADABLE")
  })
})

describe("the page of a contract shows examples that are what they say", () => {
  const refs = registry.contracts.map(({ ref }) => ref)

  test.each(refs)("%s", (ref) => {
    const contract = registry.find(ref)
    const page = documents.find(({ path }) => path.endsWith(`/${ref}.md`))
    if (contract === undefined || page === undefined) throw new Error(`${ref} has no page`)
    const { asked, answered } = shownExamples(page.text)
    expect(asked.length).toBe(examplesOf(contract).length)
    for (const { value, fails } of asked) expect(outcome(contract, value, fails)).toBe("as it says")
    // What is accepted shows its answer, and what is refused has none.
    expect(answered.length).toBe(contract.kind === "event" ? 0 : accepted(asked))
    for (const answer of answered) expect(fitsOutput(contract, answer)).toBe(true)
  })
})

interface Shown {
  readonly value: Json
  readonly fails: string | null
}

/** The examples as a reader of the page finds them: what is asked, and what is answered. */
function shownExamples(page: string): {
  readonly asked: readonly Shown[]
  readonly answered: readonly Json[]
} {
  const blocks = page.matchAll(/^(.*?)(?:, refused at `(.*)`)?:\n\n```json\n([\s\S]*?)\n```$/gm)
  const shown = [...blocks].map(([, title, fails, block]) => ({
    title,
    value: JSON.parse(block ?? "") as Json,
    fails: fails ?? null,
  }))
  return {
    asked: shown.filter(({ title }) => title !== "answers"),
    answered: shown.flatMap(({ title, value }) => (title === "answers" ? [value] : [])),
  }
}

const accepted = (asked: readonly Shown[]): number => asked.filter(({ fails }) => fails === null).length

const fitsOutput = (contract: Contract, answer: Json): boolean =>
  contract.kind !== "event" && contract.output.safeParse(answer).success

function outcome(contract: Contract, value: Json, fails: string | null): string {
  const refused = refusalsOf(contract, value)
  const right = fails === null ? refused.length === 0 : refused.includes(fails)
  return right ? "as it says" : `refused at ${refused.join(", ") || "nothing"}, not at ${fails ?? "nothing"}`
}

function changeOneByte(file: string): void {
  const bytes = readFileSync(file)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  writeFileSync(file, bytes)
}
