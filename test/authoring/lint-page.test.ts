import { readFileSync } from "node:fs"
import { join } from "node:path"
import { contractLintRules } from "@counterfoil/contracts"
import { expect, test } from "vitest"
import { rootFolder } from "../architecture/source-tree.ts"

const page = join(rootFolder, "docs", "cli.md")
const marks = /(<!-- lint: made from .* -->\n\n)[\s\S]*?(\n<!-- \/lint -->)/

test("docs/cli.md lists every rule of contract lint as in code (npm run golden -- --update)", async () => {
  const rows = Object.entries(contractLintRules).map(
    ([rule, { says, fix }]) => `| \`${rule}\` | ${says} | ${fix} |`,
  )
  const table = ["| finding | means | what to do |", "| --- | --- | --- |", ...rows, ""].join("\n")
  const text = readFileSync(page, "utf8")
  expect(text).toMatch(marks)
  await expect(
    text.replace(marks, (_all, begin: string, end: string) => `${begin}${table}${end}`),
  ).toMatchFileSnapshot(page)
})
