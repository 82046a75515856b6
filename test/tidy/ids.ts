// Ids: a short code such as INV-07 or L14 in a comment, a test title or a document has a line in the page of its family.
// Owns: the families with their pages, and the names of standards that only look like ids.
// An id that no page defines means nothing to a reader; the sentence beside it has to carry the meaning anyway.

import type { Check } from "../architecture/check.ts"
import { lineAt, type Source, type SourceTree, type TextFile } from "../architecture/source-tree.ts"
import { plainLines } from "./markdown.ts"
import { titlesOf } from "./titles.ts"

/** The page that defines a family: each id begins the first cell of a row there. The first form that fits counts. */
const families: readonly { readonly form: RegExp; readonly home: string }[] = [
  { form: /^INV-\d\d$/, home: "docs/INVARIANTS.md" },
  { form: /^C\d{3}$/, home: "docs/DRIFT.md" },
  { form: /^L\d\d$/, home: "docs/policy-lint.md" },
  { form: /^K\d\d$/, home: "docs/CRASH-MATRIX.md" },
  { form: /^P\d{1,2}$/, home: "docs/PERFORMANCE.md" },
  { form: /^[CMRS]\d\d$/, home: "docs/SIMULATION.md" },
]

const id = /(?<![\w%'$/.-])[A-Z]{1,4}-?\d{1,4}(?![\w/]|\.\d)/g
/** Names of standards, encodings, licences, signals and compilers' errors, which are spelled like ids. */
const standard = /^(ADR|AGPL|BUSL|ECMA|SHA|TS|USR|UTF|V\d)/
const quoted = /`[^`]*`/g

/** Every id has a definition in the page of its family. */
export const idsAreDefined: Check = {
  name: "ids are defined",
  look: (tree) => {
    const defined = new Map(families.map(({ home }) => [home, idsDefinedIn(home, tree)]))
    const lines = [...tree.sources.flatMap(sourceLines), ...tree.documents.flatMap(documentLines)]
    return {
      seen: lines.length,
      breaches: lines.flatMap(({ at, text }) => lostIn(text, defined).map((message) => ({ at, message }))),
    }
  },
}

interface ReadLine {
  readonly at: string
  readonly text: string
}

function idsDefinedIn(home: string, { documents }: SourceTree): ReadonlySet<string> {
  const rows = (documents.find(({ path }) => path === home)?.text ?? "").split("\n")
  return new Set(rows.flatMap((row) => /^\| \[?([A-Z]{1,4}-?\d{1,4})/.exec(row)?.[1] ?? []))
}

function lostIn(text: string, defined: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return (text.match(id) ?? [])
    .filter((each) => !standard.test(each))
    .flatMap((each) => {
      const home = families.find(({ form }) => form.test(each))?.home
      if (home === undefined) return [`${each} belongs to no page: say in words what it stands for`]
      return defined.get(home)?.has(each) === true ? [] : [`${home} has no row for ${each}`]
    })
}

function sourceLines(source: Source): readonly ReadLine[] {
  const { path, text } = source
  const at = (start: number, index: number): string => `${path}:${lineAt(text, start) + index}`
  const comments = source.comments.flatMap(({ start, value }) =>
    value.split("\n").map((line, index) => ({ at: at(start, index), text: line.replaceAll(quoted, "") })),
  )
  return [...comments, ...titlesOf(source).map((title) => ({ at: at(title.start, 0), text: title.text }))]
}

function documentLines({ path, text }: TextFile): readonly ReadLine[] {
  return plainLines(text).map((line, index) => ({ at: `${path}:${index + 1}`, text: line }))
}
