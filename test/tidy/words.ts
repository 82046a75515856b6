// Words that made a private dialect of our English, counted where people read: comments, documents, and texts in code.
// Owns: the words, how often each may still occur, the check. Does not own: the list of places (words-report.ts).
// A word is not wrong in itself: a sentence that needs it usually reads better when it is written again.

import { Visitor } from "oxc-parser"
import type { Breach, Check } from "../architecture/check.ts"
import { lineFinder, type Source, type SourceTree, type TextFile } from "../architecture/source-tree.ts"
import { plainLines } from "./markdown.ts"

/** Where words are counted, and what a thousand of is counted against. */
export const readPlaces = {
  comments: "lines of comments",
  documents: "lines of documents",
  texts: "texts in code: titles of tests, help, errors, log messages",
} as const

/** One of the places. */
export type ReadPlace = keyof typeof readPlaces

/** A line that people read. `at` is `path:line`. */
export interface ReadLine {
  readonly place: ReadPlace
  readonly at: string
  readonly text: string
}

/** Words of one kind. `most` is how many there may be in a thousand lines; well-known projects have at most 2. */
export interface WordKind {
  readonly name: string
  readonly pattern: RegExp
  readonly instead: string
  readonly most: Readonly<Record<ReadPlace, number>>
}

/**
 * Every kind that is counted. What may be left is what was there when the count began, in lines of a thousand: lower it when
 * sentences have been written again. "There is no" and "is no longer" are plain English and not counted.
 */
export const wordKinds: readonly WordKind[] = [
  {
    name: "nobody, somebody, whoever, whatever",
    pattern: /\b(nobody|somebody|whoever|whatever)\b/gi,
    instead: "no one, the caller, another process, all that",
    most: { comments: 3.3, documents: 2, texts: 2 },
  },
  {
    name: "stands",
    pattern: /\bstands\b/gi,
    instead: "is, is stored, is listed",
    most: { comments: 2, documents: 2, texts: 2 },
  },
  {
    name: "is no, is none",
    pattern: /(?<!\bthere )\bis (?:no|none)\b(?! (?:one|longer)\b)/gi,
    instead: "is not, there is no",
    most: { comments: 2, documents: 2, texts: 2 },
  },
  {
    name: "told, hears",
    pattern: /\b(told|hears)\b/gi,
    instead: "returns, is notified, receives",
    most: { comments: 2, documents: 2, texts: 2 },
  },
]

/** What was counted of one kind in one place. `lines` is how much there is to read. */
export interface WordCount {
  readonly kind: WordKind
  readonly place: ReadPlace
  readonly count: number
  readonly lines: number
}

/** No kind of word becomes more frequent than it is, beyond what is usual. */
export const wordsStayFew: Check = {
  name: "words of a dialect become no more frequent",
  look: (tree) => {
    const counts = countWords(readLines(tree))
    return { seen: Math.max(0, ...counts.map(({ lines }) => lines)), breaches: counts.flatMap(tooMany) }
  },
}

/** Every kind in every place, in the order of the lists. */
export function countWords(lines: readonly ReadLine[]): readonly WordCount[] {
  return wordKinds.flatMap((kind) =>
    placesInOrder.map((place) => {
      const here = lines.filter((line) => line.place === place)
      const count = here.reduce((sum, { text }) => sum + countIn(text, kind), 0)
      return { kind, place, count, lines: here.length }
    }),
  )
}

/** How many there are in a thousand lines. */
export function perThousand({ count, lines }: WordCount): number {
  return (count * 1000) / Math.max(1, lines)
}

/** How often words of a kind are in a text. */
export function countIn(text: string, { pattern }: WordKind): number {
  return [...text.matchAll(pattern)].length
}

/** Every line of the tree that people read, place after place, each ascending by path. The tidy checks name the words themselves. */
export function readLines(tree: SourceTree): readonly ReadLine[] {
  const sources = tree.sources.filter(({ path }) => !path.startsWith("test/tidy/"))
  return [
    ...sources.flatMap(commentLines),
    ...tree.documents.flatMap(documentLines),
    ...sources.flatMap(textsOf),
  ]
}

const placesInOrder = Object.keys(readPlaces) as readonly ReadPlace[]

function tooMany(counted: WordCount): readonly Breach[] {
  const { kind, place } = counted
  if (perThousand(counted) <= kind.most[place]) return []
  const message = `"${kind.name}" ${perThousand(counted).toFixed(2)} in 1,000 ${place}, at most ${kind.most[place]}: write ${kind.instead} (npm run words -- --list ${place})`
  return [{ at: place, message }]
}

function commentLines({ path, text, comments }: Source): readonly ReadLine[] {
  const lineAt = lineFinder(text)
  return comments.flatMap(({ start, value }) => {
    const first = lineAt(start)
    return value
      .split("\n")
      .map((line, index) => ({ place: "comments" as const, at: `${path}:${first + index}`, text: line }))
  })
}

function documentLines({ path, text }: TextFile): readonly ReadLine[] {
  return plainLines(text)
    .map((line, index) => ({ place: "documents" as const, at: `${path}:${index + 1}`, text: line }))
    .filter((line) => line.text.trim() !== "")
}

/** String literals and the fixed parts of templates that have a space in them: a name or a code has none. */
function textsOf(source: Source): readonly ReadLine[] {
  const texts: ReadLine[] = []
  const lineAt = lineFinder(source.text)
  const add = (start: number, text: string): void => {
    if (/\S \S/.test(text)) texts.push({ place: "texts", at: `${source.path}:${lineAt(start)}`, text })
  }
  new Visitor({
    Literal: (node) => {
      if (typeof node.value === "string") add(node.start, node.value)
    },
    TemplateLiteral: (node) => {
      add(node.start, node.quasis.map((part) => part.value.raw).join("…"))
    },
  }).visit(source.program)
  return texts
}
