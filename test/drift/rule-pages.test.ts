// A page for each rule of drift, made from the rules and from the labelled corpus.

import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { staleDocuments } from "@counterfoil/cli"
import { isRuleId, rules, type RuleId } from "@counterfoil/contracts/drift"
import { afterAll, describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { casesOf } from "./rule-cases.ts"
import { rulePage } from "./rule-page.ts"

const folder = join(rootFolder, "docs", "drift")
const ids: readonly RuleId[] = Object.keys(rules).filter(isRuleId)
const pages = ids.map((id) => ({ path: `${id}.md`, text: rulePage(id) }))

const scratch = mkdtempSync(join(tmpdir(), "counterfoil-rule-pages-"))
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true })
})

describe("docs/drift", () => {
  test("has a page for each rule, and no other", () => {
    expect(readdirSync(folder).toSorted()).toEqual(pages.map(({ path }) => path).toSorted())
  })

  test.each(pages)("$path is what its rule and its cases make, byte for byte", async ({ path, text }) => {
    // When it fails: vitest run -u --project whole test/drift/rule-pages.test.ts, and read the diff.
    await expect(text).toMatchFileSnapshot(join(folder, path))
  })

  test("is found stale by one byte, missing and unknown", () => {
    const copy = join(scratch, "copy")
    cpSync(folder, copy, { recursive: true })
    expect(staleDocuments(copy, pages)).toEqual([])
    const bytes = readFileSync(join(copy, "C012.md"))
    bytes[40] = (bytes[40] ?? 0) ^ 1
    writeFileSync(join(copy, "C012.md"), bytes)
    rmSync(join(copy, "C013.md"))
    writeFileSync(join(copy, "C999.md"), "")
    expect(staleDocuments(copy, pages)).toEqual([
      { path: "C012.md", is: "stale" },
      { path: "C013.md", is: "missing" },
      { path: "C999.md", is: "unknown" },
    ])
  })
})

describe("each rule", () => {
  test.each(ids)("%s has two cases that it fires for, and two look-alikes that it does not", (id) => {
    const { fires, not } = casesOf(id)
    expect(new Set([...fires, ...not].map(({ says }) => says)).size).toBe(4)
  })
})
