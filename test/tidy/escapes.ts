// Ways out of the rules, and leftovers: type escapes, silenced lints, mocks, star exports, notes to self.
// Owns: the checks that look at one source's syntax and comments. Does not own: what oxlint already refuses.

import { Visitor } from "oxc-parser"
import { placeOf, sourceCheck, type Breach, type Check } from "../architecture/check.ts"
import type { Source } from "../architecture/source-tree.ts"

const everySource = (): boolean => true

/** No `as any` and no `as unknown as`: fix the type. */
const noTypeEscape = sourceCheck("types are not escaped", everySource, (source) => {
  const breaches: Breach[] = []
  new Visitor({
    TSAsExpression: (node) => {
      const toAny = node.typeAnnotation.type === "TSAnyKeyword"
      const throughUnknown =
        node.expression.type === "TSAsExpression" &&
        node.expression.typeAnnotation.type === "TSUnknownKeyword"
      if (toAny || throughUnknown)
        breaches.push({ at: placeOf(source, node.start), message: "fix the type instead" })
    },
  }).visit(source.program)
  return breaches
})

/** A silenced lint or type error says why on its own line: `-- reason`; `@ts-ignore` is never used. */
const suppressionsHaveReasons = sourceCheck("suppressions carry a reason", everySource, (source) =>
  commentBreaches(source, (text) => {
    if (/^\s*@ts-(ignore|nocheck)/.test(text)) return "use @ts-expect-error with a reason, or fix the type"
    const isSilencer =
      /^\s*((ox|es)lint-disable|oxfmt-ignore|prettier-ignore|[cv]8 ignore|istanbul ignore)/.test(text)
    if (isSilencer && !/--\s*\S.{9,}/.test(text)) return "say why on the same line, after ` -- `"
    return /^\s*@ts-expect-error\s*\S{0,9}\s*$/.test(text) ? "say why on the same line" : undefined
  }),
)

/** Work to do goes to issues: no to-do marks on the main branch. */
const noLeftovers = sourceCheck("no notes to self", everySource, (source) =>
  commentBreaches(source, (text) =>
    /\b(TODO|FIXME|XXX|HACK)\b/.test(text) ? "finish it, or open an issue" : undefined,
  ),
)

/** Our own functions are not mocked: a port has a fake that passes the laws of the real thing. */
const noMocks = sourceCheck("nothing is mocked", everySource, (source) => {
  const breaches: Breach[] = []
  new Visitor({
    MemberExpression: (node) => {
      if (
        node.object.type !== "Identifier" ||
        node.object.name !== "vi" ||
        node.property.type !== "Identifier"
      )
        return
      const mocks = ["mock", "doMock", "spyOn", "mocked"].includes(node.property.name)
      const message = "use the port's in-memory form, which passes the same laws as the real one"
      if (mocks) breaches.push({ at: placeOf(source, node.start), message })
    },
  }).visit(source.program)
  return breaches
})

/** Names are exported one by one. */
const noStarExport = sourceCheck("exports are listed", everySource, (source) => {
  const breaches: Breach[] = []
  new Visitor({
    ExportAllDeclaration: (node) => {
      breaches.push({ at: placeOf(source, node.start), message: "list the names that are exported" })
    },
  }).visit(source.program)
  return breaches
})

/** The checks of this file. */
export const escapeChecks: readonly Check[] = [
  noTypeEscape,
  suppressionsHaveReasons,
  noLeftovers,
  noMocks,
  noStarExport,
]

function commentBreaches(source: Source, problem: (text: string) => string | undefined): readonly Breach[] {
  return source.comments.flatMap((comment) => {
    const message = problem(comment.value)
    return message === undefined ? [] : [{ at: placeOf(source, comment.start), message }]
  })
}
