// Citations: a page that a comment or a document names is in the repository, under its path from the root.
// Owns: pages named as plain text, and sections of a page. Does not own: links (documents.ts), addresses outside the tree.
// A reader cannot open a page that is not here, so the comment has to give the reason itself.

import type { Breach, Check } from "../architecture/check.ts"
import { lineAt, type Source, type SourceTree, type TextFile } from "../architecture/source-tree.ts"
import { plainLines } from "./markdown.ts"

const address = /https?:\/\/\S+/g
const page = /[\w<>./-]+\.md\b|\bdocs\/decisions\/\d{4}\b/g
/** What a page's name leaves open: `docs/errors/<CODE>.md`, `docs/drift/Cnnn.md`. */
const open = /<\w+>|nnn/
const section = /\bsections? \d/
const standard = /\b(RFC|UTS|UAX) #?\d/

/** Every page that is cited as text exists, and a section names its page or its standard. */
export const citationsHaveATarget: Check = {
  name: "citations have a target",
  look: (tree) => {
    const lines = [...tree.sources.flatMap(commentLines), ...tree.documents.flatMap(documentLines)]
    return { seen: lines.length, breaches: lines.flatMap((line) => lostIn(line, tree)) }
  },
}

interface CitingLine {
  readonly at: string
  readonly text: string
}

function commentLines({ path, text, comments }: Source): readonly CitingLine[] {
  return comments.flatMap(({ start, value }) => {
    const first = lineAt(text, start)
    return value.split("\n").map((line, index) => ({ at: `${path}:${first + index}`, text: line }))
  })
}

function documentLines({ path, text }: TextFile): readonly CitingLine[] {
  return plainLines(text).map((line, index) => ({ at: `${path}:${index + 1}`, text: line }))
}

function lostIn({ at, text }: CitingLine, tree: SourceTree): readonly Breach[] {
  const words = text.replaceAll(address, "")
  const cited = words.match(page) ?? []
  const lost = cited
    .filter((name) => !exists(name, tree))
    .map((name) => ({ at, message: `no page ${name} from the root: give the reason itself` }))
  const bare = section.test(words) && cited.length === 0 && !standard.test(words)
  return bare ? [...lost, { at, message: "a section of no page: give the reason itself" }] : lost
}

function exists(name: string, { documents }: SourceTree): boolean {
  const [before = "", after] = (name.endsWith(".md") ? name : `${name}-<title>.md`).split(open)
  return documents.some(({ path }) =>
    after === undefined ? path === before : path.startsWith(before) && path.endsWith(after),
  )
}
