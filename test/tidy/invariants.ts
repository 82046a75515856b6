// Every invariant that this release keeps is named where it is kept and in the title of a test that shows it.
// Owns: comparing docs/INVARIANTS.md with headers and titles. The document is the list.
// Does not own: whether the test is any good.

import type { Breach, Check } from "../architecture/check.ts"
import type { Source, SourceTree } from "../architecture/source-tree.ts"
import { tableRows } from "./markdown.ts"
import { titlesOf } from "./titles.ts"

const listPath = "docs/INVARIANTS.md"
const invariantId = /INV-\d\d/g

/** The invariants listed as kept are named by a source and by a test title; those that await a room say which. */
export const invariantsAreShown: Check = {
  name: "invariants are kept and shown",
  look: (tree) => {
    const list = tree.documents.find(({ path }) => path === listPath)
    const rows = list === undefined ? [] : tableRows(list.text, "state")
    const kept = rows.filter((row) => row["state"] === "kept").map((row) => row["id"] ?? "")
    const titled = new Set(tree.sources.flatMap(titlesOf).flatMap(({ text }) => idsIn(text)))
    const named = new Set(
      tree.sources.filter((source) => source.room !== "test" && !source.isTest).flatMap(commentIds),
    )
    return {
      seen: kept.length,
      breaches: [
        ...missing(
          tree,
          rows.map((row) => row["id"] ?? ""),
        ),
        ...rows
          .filter((row) => !/^(kept|awaits \w.*)$/.test(row["state"] ?? ""))
          .map((row) => unclear(row["id"] ?? "")),
        ...kept
          .filter((id) => !titled.has(id))
          .map((id) => ({ at: listPath, message: `${id} is in no test's title` })),
        ...kept
          .filter((id) => !named.has(id))
          .map((id) => ({ at: listPath, message: `${id} is named by no source` })),
      ],
    }
  },
}

function missing(tree: SourceTree, listed: readonly string[]): readonly Breach[] {
  const used = new Set(tree.sources.filter(({ path }) => !path.startsWith("test/tidy/")).flatMap(commentIds))
  return [...used]
    .filter((id) => !listed.includes(id))
    .map((id) => ({ at: listPath, message: `${id} is named in code, not listed` }))
}

function unclear(id: string): Breach {
  return { at: listPath, message: `${id} is neither "kept" nor "awaits" a named room` }
}

function commentIds(source: Source): readonly string[] {
  return source.comments.flatMap((comment) => idsIn(comment.value))
}

function idsIn(text: string): readonly string[] {
  return text.match(invariantId) ?? []
}
