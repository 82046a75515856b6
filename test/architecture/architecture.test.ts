import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { printFindings, runCheck } from "./check.ts"
import { layeringChecks } from "./layering.ts"
import { withImportRules } from "./lint-rules.ts"
import { manifestsFollowTheTable } from "./manifests.ts"
import { entries, rooms } from "./may-import.ts"
import { graphText, withPicture } from "./picture.ts"
import { readTree, rootFolder } from "./source-tree.ts"

const tree = readTree()
const inRoot = (path: string): string => join(rootFolder, path)

describe("the house keeps the layering table", () => {
  test.each([...layeringChecks, manifestsFollowTheTable])("$name", (check) => {
    expect(printFindings(runCheck(check, tree))).toBe("")
  })

  test("the graph saw every room and every entry of the table", () => {
    const seen = new Set(tree.sources.map((source) => source.path))
    const ways = Object.values(entries).flatMap((opened) => Object.values(opened))
    expect(ways.filter((path) => !seen.has(path))).toEqual([])
    expect(rooms.filter((room) => !tree.sources.some((source) => source.room === room))).toEqual([])
  })
})

describe("the walk of one intent over HTTP in docs/ARCHITECTURE.md", () => {
  const page = readFileSync(inRoot("docs/ARCHITECTURE.md"), "utf8")
  const [, walk = ""] = page.split("## The walk of one intent over HTTP")
  const rows = [
    ...(walk.split("\n## ")[0] ?? "").matchAll(/^\| `([a-z/]+)`(?:, `([a-z]+)`)? \| (.*) \|$/gm),
  ].map(([, room = "", folder = "", cell = ""]) => ({
    folder: [room, "src", folder].filter((part) => part !== "").join("/"),
    files: [...cell.matchAll(/`([a-z/-]+\.ts)`/g)].map(([, file = ""]) => file),
  }))

  test("enters at most ten rooms, none of them twice", () => {
    expect(rows.length).toBeGreaterThan(5)
    expect(rows.length).toBeLessThanOrEqual(10)
    expect(new Set(rows.map(({ folder }) => folder)).size).toBe(rows.length)
  })

  test("names at most 25 files, each of which is there", () => {
    const files = rows.flatMap(({ folder, files: inside }) => inside.map((file) => `${folder}/${file}`))
    const seen = new Set(tree.sources.map((source) => source.path))
    expect(files.filter((path) => !seen.has(path))).toEqual([])
    expect(files.length).toBeLessThanOrEqual(25)
  })
})

describe("what is made from the table is up to date (npm run golden -- --update)", () => {
  test("the picture in docs/ARCHITECTURE.md is the table", async () => {
    const path = inRoot("docs/ARCHITECTURE.md")
    await expect(withPicture(readFileSync(path, "utf8"))).toMatchFileSnapshot(path)
  })

  test("docs/architecture-graph.txt lists the folders and what they import", async () => {
    await expect(graphText(tree)).toMatchFileSnapshot(inRoot("docs/architecture-graph.txt"))
  })

  test("the import restrictions in .oxlintrc.json are the table", async () => {
    const path = inRoot(".oxlintrc.json")
    await expect(withImportRules(readFileSync(path, "utf8"))).toMatchFileSnapshot(path)
  })
})
