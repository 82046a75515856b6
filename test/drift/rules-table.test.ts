// The page about drift says what the rules say.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"
import { rulesTable } from "./rules-table.ts"

const file = join(rootFolder, "docs/DRIFT.md")
const [start, end] = ["<!-- rules: made from contracts/src/drift/rules.ts -->\n", "<!-- /rules -->"]

describe("docs/DRIFT.md", () => {
  test("has the table that the rules make, row by row", async () => {
    const page = readFileSync(file, "utf8")
    const [head, rest] = page.split(start)
    const [, tail] = (rest ?? "").split(end)
    // When it fails: vitest run -u --project whole test/drift/rules-table.test.ts, and read the diff.
    await expect(`${head}${start}\n${rulesTable()}\n\n${end}${tail}`).toMatchFileSnapshot(file)
  })
})
