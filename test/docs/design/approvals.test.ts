// docs/design/approvals.md: states, entries and causes are those of the code, and the picture has no arrow that the code refuses.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { ApprovalStatus } from "@counterfoil/contracts"
import { approvalEntries } from "@counterfoil/core"
import { rootFolder } from "../../architecture/source-tree.ts"
import { tableRows } from "../../tidy/markdown.ts"

const page = readFileSync(join(rootFolder, "docs", "design", "approvals.md"), "utf8")
const quotedIn = (cell: string | undefined): readonly string[] =>
  [...(cell ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "")
const firstOf = (column: string): readonly string[] =>
  tableRows(page, column).map((row) => quotedIn(row[column])[0] ?? "")

test("the page lists every status", () => {
  expect(firstOf("status")).toEqual(ApprovalStatus.options)
})

test("the page lists every cause of a void", () => {
  const code = readFileSync(join(rootFolder, "contracts", "src", "primitives.ts"), "utf8")
  const options = /VoidCause = z\.enum\(\[([^\]]+)\]/.exec(code)?.[1]?.match(/\w+/g)
  expect(firstOf("cause")).toEqual(options)
})

test("each entry is taken in exactly the states that the page names", () => {
  const rows = tableRows(page, "taken in").map((row) => [
    `${quotedIn(row["entry"])[0] ?? ""}@1`,
    quotedIn(row["taken in"]),
  ])
  expect(Object.fromEntries(rows)).toEqual(approvalEntries)
})

test("the arrows of the picture leave only states that take their entry, and reach every status", () => {
  const arrows = [...page.matchAll(/^ {2}(\S+) --> (\w+): (approval|step)\.(\w+)/gm)]
  const taken: Readonly<Record<string, readonly string[]>> = {
    ...approvalEntries,
    "controlPlane.approval.requested@1": ["[*]"],
    "controlPlane.step.started@1": ["approved"],
  }
  const wrong = arrows.filter(
    ([, from = "", , noun, verb]) => taken[`controlPlane.${noun}.${verb}@1`]?.includes(from) !== true,
  )
  expect(wrong.map(([line]) => line)).toEqual([])
  const reached = new Set(arrows.map(([, , to]) => to))
  expect(ApprovalStatus.options.filter((status) => !reached.has(status))).toEqual([])
  expect(reached.size).toBe(ApprovalStatus.options.length)
})
