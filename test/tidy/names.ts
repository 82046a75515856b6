// Names: the glossary decides the words of exports, and a file is named after what it holds.
// Owns: both checks. docs/GLOSSARY.md is the source: a word in `code` in its "not" column is refused.
// Does not own: kebab-case (oxlint).

import { posix } from "node:path"
import { placeOf, sourceCheck, type Breach, type Check } from "../architecture/check.ts"
import { entries } from "../architecture/may-import.ts"
import type { Source, SourceTree } from "../architecture/source-tree.ts"
import { tableRows } from "./markdown.ts"
import { declaredNames, nameOf } from "./prose.ts"

const glossaryPath = "docs/GLOSSARY.md"
const namesNothing = /^(utils?|helpers?|common|shared|misc)$/
const entryPaths: ReadonlySet<string> = new Set(
  Object.values(entries).flatMap((opened) => Object.values(opened)),
)

/** No exported name contains a word that the glossary refuses. */
const refusedWords: Check = {
  name: "exported names use the glossary's words",
  look: (tree) => {
    const refused = refusedBy(tree)
    return { seen: refused.size, breaches: tree.sources.flatMap((source) => refusedIn(source, refused)) }
  },
}

/** No file or folder is named utils, helpers, common, shared or misc. */
const filesNameTheirConcept = sourceCheck(
  "files name their concept",
  () => true,
  (source) =>
    source.path.split(/[/.]/).some((part) => namesNothing.test(part))
      ? [{ at: source.path, message: "name the concept, or put the function beside its only caller" }]
      : [],
)

/** An index file is the entry of a package, never a stop on the way. */
const indexFilesAreEntries = sourceCheck("index files are entries", isIndex, (source) =>
  entryPaths.has(source.path)
    ? []
    : [{ at: source.path, message: "is no entry of a package: import where it is defined" }],
)

/** The checks of this file. */
export const nameChecks: readonly Check[] = [refusedWords, filesNameTheirConcept, indexFilesAreEntries]

function isIndex(source: Source): boolean {
  return posix.basename(source.path) === "index.ts"
}

/** Refused word, in lower case, to the word that the glossary gives for it. */
function refusedBy(tree: SourceTree): ReadonlyMap<string, string> {
  const glossary = tree.documents.find(({ path }) => path === glossaryPath)
  const rows = glossary === undefined ? [] : tableRows(glossary.text, "not")
  const pairs = rows.flatMap((row) =>
    codeWords(row["not"]).map((word) => [word.toLowerCase(), row["word"] ?? ""] as const),
  )
  return new Map(pairs)
}

function codeWords(cell: string | undefined): readonly string[] {
  return [...(cell ?? "").matchAll(/`(\w+)`/g)].flatMap((match) => match[1] ?? [])
}

function refusedIn(source: Source, refused: ReadonlyMap<string, string>): readonly Breach[] {
  return exportedNames(source).flatMap(({ name, offset }) =>
    wordsOf(name).flatMap((word) => {
      const instead = refused.get(word) ?? refused.get(word.replace(/s$/, ""))
      const message = `"${word}" in ${name} is refused: the glossary says ${instead ?? ""}`
      return instead === undefined ? [] : [{ at: placeOf(source, offset), message }]
    }),
  )
}

function exportedNames(source: Source): readonly { readonly name: string; readonly offset: number }[] {
  return source.program.body.flatMap((statement) => {
    if (statement.type !== "ExportNamedDeclaration") return []
    const listed = statement.specifiers.map((specifier) => nameOf(specifier.exported))
    return [...declaredNames(statement), ...listed].map((name) => ({ name, offset: statement.start }))
  })
}

function wordsOf(name: string): readonly string[] {
  return name.split(/(?=[A-Z][a-z])|(?<=[a-z0-9])(?=[A-Z])|_/).map((word) => word.toLowerCase())
}
