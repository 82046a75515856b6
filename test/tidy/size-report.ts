// The longest files and functions, for a reader who looks for the second noun.
// Owns: a report. It fails nothing: a long decision table may stay whole.

import { Visitor } from "oxc-parser"
import { lineAt, type Source, type SourceTree } from "../architecture/source-tree.ts"

const fileLinesUsualMax = 300
const functionLinesUsualMax = 60

/** Files over 300 lines and functions over 60, the longest first, a line each. Empty when there are none. */
export function sizeReport(tree: SourceTree): readonly string[] {
  const sources = tree.sources.filter((source) => !source.isTest)
  const files = sources.map((source) => ({
    place: source.path,
    lines: lineAt(source.text, source.text.length),
  }))
  return [
    ...longest(files, fileLinesUsualMax).map((line) => `long file      ${line}`),
    ...longest(sources.flatMap(functionsOf), functionLinesUsualMax).map((line) => `long function  ${line}`),
  ]
}

interface Sized {
  readonly place: string
  readonly lines: number
}

/** A function by its place, how long it is, and how many parameters it takes. */
export interface SizedFunction extends Sized {
  readonly parameters: number
}

function longest(sized: readonly Sized[], usualMax: number): readonly string[] {
  const long = sized.filter(({ lines }) => lines > usualMax).toSorted((a, b) => b.lines - a.lines)
  return long.map(({ place, lines }) => `${place}  ${lines} lines`)
}

/** Every function of a source, named or not, in the order of its text. */
export function functionsOf(source: Source): readonly SizedFunction[] {
  const found: SizedFunction[] = []
  const add = (node: {
    readonly start: number
    readonly end: number
    readonly params: readonly unknown[]
  }): void => {
    const from = lineAt(source.text, node.start)
    const lines = lineAt(source.text, node.end) - from + 1
    found.push({ place: `${source.path}:${from}`, lines, parameters: node.params.length })
  }
  new Visitor({ FunctionDeclaration: add, FunctionExpression: add, ArrowFunctionExpression: add }).visit(
    source.program,
  )
  return found
}
