import { describe, expect, test } from "vitest"
import { treeOf } from "../architecture/source-tree.ts"
import { countWords, readLines } from "./words.ts"

const counted = (files: Readonly<Record<string, string>>) =>
  countWords(readLines(treeOf(files)))
    .filter(({ count }) => count > 0)
    .map(({ kind, place, count }) => [kind.name, place, count])

describe("words that are counted", () => {
  test("each use counts, in comments, documents and texts of code", () => {
    const code = "// Nobody hears it, and somebody is told.\nsay(`what stands in ${file} is none`)\n"
    expect(counted({ "planner/src/a.ts": code, "docs/a.md": "Whatever comes.\n" })).toEqual([
      ["nobody, somebody, whoever, whatever", "comments", 2],
      ["nobody, somebody, whoever, whatever", "documents", 1],
      ["stands", "texts", 1],
      ["is no, is none", "texts", 1],
      ["told, hears", "comments", 2],
    ])
  })

  test("plain English, names in code and code in documents do not count", () => {
    const code =
      "// There is no file, it is no longer read, and no one understands.\nconst stands = a.nobody\n"
    expect(counted({ "planner/src/a.ts": code, "docs/a.md": "`stands`\n\n```\nnobody\n```\n" })).toEqual([])
  })
})
