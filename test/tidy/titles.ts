// Titles of tests and suites, as sources spell them.
// Owns: what counts as a title: the first argument of a test, and a text that begins with an id, because tables have titles in their rows.

import { Visitor } from "oxc-parser"
import type { Source } from "../architecture/source-tree.ts"

/** One title; `start` is its offset in the source. */
export interface Title {
  readonly text: string
  readonly start: number
}

const beginsWithId = /^[A-Z]{1,4}-?\d{1,4} /
const call = /^(test|it|describe)\b/

/** The titles in a source, in no order; of a template, its fixed text. */
export function titlesOf(source: Source): readonly Title[] {
  const titles = new Map<number, string>()
  new Visitor({
    CallExpression: ({ callee, arguments: [title] }) => {
      if (!call.test(source.text.slice(callee.start, callee.end))) return
      if (title?.type === "Literal" && typeof title.value === "string") titles.set(title.start, title.value)
      if (title?.type === "TemplateLiteral")
        titles.set(title.start, title.quasis.map((part) => part.value.raw).join("…"))
    },
    Literal: ({ start, value }) => {
      if (typeof value === "string" && beginsWithId.test(value)) titles.set(start, value)
    },
  }).visit(source.program)
  return [...titles].map(([start, text]) => ({ start, text }))
}
