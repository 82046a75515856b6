import { existsSync, readFileSync, readdirSync } from "node:fs"
import { join, posix } from "node:path"
import { describe, expect, test } from "vitest"
import { rooms } from "../architecture/may-import.ts"
import { rootFolder } from "../architecture/source-tree.ts"

const pagesIn = (folder: string): readonly string[] =>
  readdirSync(join(rootFolder, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => posix.join(folder, name))
const documents = [".", "docs", "docs/checklists", "docs/decisions"].flatMap(pagesIn)
/** A path between backquotes, relative to the root or to the `src` of a room; a name to fill in has capitals. */
const named = /`([a-z-]+(?:\/[a-z0-9_.-]+)+)`/g

const missingIn = (text: string): readonly string[] =>
  [...text.matchAll(named)]
    .map(([, path = ""]) => path)
    .filter(
      (path) =>
        ![path, ...rooms.map((room) => `${room}/src/${path}`)].some((each) =>
          existsSync(join(rootFolder, each)),
        ),
    )

describe("files that documents name exist", () => {
  test.each(documents)("%s", (document) => {
    expect(missingIn(readFileSync(join(rootFolder, document), "utf8"))).toEqual([])
  })

  test("a file that is gone is found", () => {
    expect(missingIn("It is kept in `executor/core/src/undecided.ts`.")).toEqual([
      "executor/core/src/undecided.ts",
    ])
  })
})

describe("codes of the program's errors", () => {
  const cli = join(rootFolder, "adapters", "cli", "src")
  const sources = readdirSync(cli, { recursive: true, encoding: "utf8" }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  )
  const codes = new Set(
    sources.flatMap((name) =>
      [...readFileSync(join(cli, name), "utf8").matchAll(/\bcode: "([A-Z][A-Z_]+)"/g)].map(
        ([, code = ""]) => code,
      ),
    ),
  )
  const page = readFileSync(join(rootFolder, "docs", "cli.md"), "utf8")

  test("each has a page below docs/errors, or a word in docs/cli.md", () => {
    expect(codes).toContain("CONTEXT_TAKEN")
    const unsaid = [...codes].filter(
      (code) =>
        !page.includes(`\`${code}\``) && !existsSync(join(rootFolder, "docs", "errors", `${code}.md`)),
    )
    expect(unsaid).toEqual([])
  })
})
