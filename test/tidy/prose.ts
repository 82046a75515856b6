// What a file says about itself: its header and the docstring on each export.
// Owns: both checks. Does not own: what the words say, which is for a reviewer.

import { posix } from "node:path"
import type { Directive, ModuleExportName, Statement } from "oxc-parser"
import { lineAt, type Source } from "../architecture/source-tree.ts"
import { placeOf, sourceCheck, type Check } from "../architecture/check.ts"

const headerLines = { min: 2, max: 6 }
/** What defines a contract carries goal and context in its `meta`; a docstring would say them twice. */
const definesItsMeta = /^(define|declare)(Command|Query|Event|Intent|Capability)$/

/** A source opens with two to six lines: owns, does not own, invariants. The list of a package's entry needs one. */
const headers = sourceCheck("sources have a header", isOurs, (source) => {
  const lines = headerLineCount(source)
  const min = posix.basename(source.path) === "index.ts" ? 1 : headerLines.min
  if (lines >= min && lines <= headerLines.max) return []
  const message = `has ${lines} header lines, not ${headerLines.min} to ${headerLines.max}: owns, does not own, invariants`
  return [{ at: `${source.path}:1`, message }]
})

/**
 * Each exported declaration has a docstring directly before it, or stands in a block without an empty line whose first
 * member has one. Names passed on from another file have theirs there.
 */
const docstrings = sourceCheck("exports have a docstring", isOurs, (source) => {
  const exported = exportedHere(source)
  return source.program.body.flatMap((statement) => {
    const names = declaredNames(statement).filter((name) => isExport(statement) || exported.has(name))
    const bare = names.length > 0 && !hasDocstring(source, statement) && !carriesMeta(statement)
    return bare
      ? [{ at: placeOf(source, statement.start), message: `${names.join(", ")} has no docstring` }]
      : []
  })
})

/** The checks of this file. */
export const proseChecks: readonly Check[] = [headers, docstrings]

function isOurs(source: Source): boolean {
  return source.room !== undefined && !source.isTest
}

function headerLineCount(source: Source): number {
  const lines = source.text.split("\n")
  const first = lines[0]?.startsWith("#!") === true ? 1 : 0
  const opening = source.comments[0]
  const opens = opening !== undefined && lineAt(source.text, opening.start) === first + 1
  if (!opens) return 0
  if (opening.type === "Block") return opening.value.split("\n").filter((line) => /\w/.test(line)).length
  const end = lines.slice(first).findIndex((line) => !line.startsWith("//"))
  return end < 0 ? lines.length - first : end
}

/** Names that a local `export { … }` lists. */
function exportedHere(source: Source): ReadonlySet<string> {
  return new Set(
    source.program.body.flatMap((statement) =>
      statement.type === "ExportNamedDeclaration" && statement.source === null
        ? statement.specifiers.map((specifier) => nameOf(specifier.local))
        : [],
    ),
  )
}

function isExport(statement: Directive | Statement): boolean {
  return statement.type === "ExportNamedDeclaration"
}

/** The names that a top-level statement declares, exported or not. */
export function declaredNames(statement: Directive | Statement): readonly string[] {
  const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement
  if (declaration === null) return []
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []))
  }
  const named =
    declaration.type === "FunctionDeclaration" ||
    declaration.type === "ClassDeclaration" ||
    declaration.type === "TSTypeAliasDeclaration" ||
    declaration.type === "TSInterfaceDeclaration"
  return named && declaration.id !== null ? [declaration.id.name] : []
}

/** The text of an exported name, quoted or not. */
export function nameOf(name: ModuleExportName): string {
  return name.type === "Literal" ? name.value : name.name
}

function hasDocstring(source: Source, statement: Directive | Statement): boolean {
  const before = source.program.body.filter((other) => other.end <= statement.start)
  const names = declaredNames(statement)
  if (before.some((other) => declaredNames(other).some((name) => names.includes(name)))) return true
  const previous = before.at(-1)
  const gap = previous === undefined ? "" : source.text.slice(previous.end, statement.start)
  const isSameBlock = previous !== undefined && gap.trim() === "" && gap.split("\n").length === 2
  return isDocumented(source, statement) || (isSameBlock && hasDocstring(source, previous))
}

function carriesMeta(statement: Directive | Statement): boolean {
  const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : null
  if (declaration?.type !== "VariableDeclaration") return false
  return declaration.declarations.every(
    ({ init }) =>
      init?.type === "CallExpression" &&
      init.callee.type === "Identifier" &&
      definesItsMeta.test(init.callee.name),
  )
}

function isDocumented(source: Source, statement: Directive | Statement): boolean {
  return source.comments.some(
    (comment) =>
      comment.type === "Block" &&
      comment.value.startsWith("*") &&
      comment.end <= statement.start &&
      source.text.slice(comment.end, statement.start).trim() === "",
  )
}
