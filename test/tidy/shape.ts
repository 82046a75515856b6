// The shape of the code as counts: long functions, many parameters, very small files, exports that nothing else names.
// Owns: the counts and their places. It fails nothing: a number that grows is a reason to look.

import { posix } from "node:path"
import { Visitor } from "oxc-parser"
import { lineAt, type Source, type SourceTree } from "../architecture/source-tree.ts"
import { functionsOf } from "./size-report.ts"
import { declaredNames, nameOf } from "./prose.ts"

/** One count. `places` are what was counted, a line each, the worst first where there is an order. */
export interface ShapeCount {
  readonly name: string
  readonly count: number
  readonly places: readonly string[]
}

/** Long decision tables are longer, and stay whole. */
const functionLinesMax = 80
/** More parameters become one object. */
const parametersMax = 3
/** A file below this is often better beside its only caller. */
const fileLinesMin = 25

/** The counts over the code of the packages, without its tests. */
export function shapeOf(tree: SourceTree): readonly ShapeCount[] {
  const product = tree.sources.filter(({ room, isTest }) => room !== undefined && room !== "test" && !isTest)
  const functions = product.flatMap(functionsOf).toSorted((a, b) => b.lines - a.lines)
  const long = functions.filter(({ lines }) => lines > functionLinesMax)
  const wide = functions.filter(({ parameters }) => parameters > parametersMax)
  const small = product.filter((source) => !isEntry(source) && linesOf(source) < fileLinesMin)
  const { unnamed, testsOnly } = namedElsewhere(product, tree.sources)
  return [
    {
      name: "lines of the longest function",
      count: functions[0]?.lines ?? 0,
      places: functions.slice(0, 1).map(({ place }) => place),
    },
    counted(
      `functions over ${functionLinesMax} lines`,
      long.map(({ place, lines }) => `${place}  ${lines} lines`),
    ),
    counted(
      `functions with more than ${parametersMax} parameters`,
      wide.map(({ place, parameters }) => `${place}  ${parameters} parameters`),
    ),
    counted(
      `files under ${fileLinesMin} lines`,
      small.map((source) => `${source.path}  ${linesOf(source)} lines`),
    ),
    counted("exports that nothing else names", unnamed),
    counted("exports that only tests name", testsOnly),
  ]
}

function counted(name: string, places: readonly string[]): ShapeCount {
  return { name, count: places.length, places }
}

function linesOf(source: Source): number {
  return lineAt(source.text.trimEnd(), source.text.length)
}

function isEntry({ path }: Source): boolean {
  return posix.basename(path) === "index.ts"
}

/** Exports whose name is in no other file, and those whose name is in tests alone. That an entry passes a name on is no use of it. */
function namedElsewhere(
  product: readonly Source[],
  all: readonly Source[],
): { readonly unnamed: readonly string[]; readonly testsOnly: readonly string[] } {
  const users = new Map<string, Source[]>()
  for (const source of all.filter((each) => !isEntry(each)))
    for (const name of identifiersOf(source)) users.set(name, [...(users.get(name) ?? []), source])
  const exports = product
    .filter((source) => !isEntry(source))
    .flatMap((source) => exportsOf(source).map((name) => ({ source, name })))
    .map(({ source, name }) => ({
      place: `${source.path}  ${name}`,
      others: (users.get(name) ?? []).filter((other) => other !== source),
    }))
  const isOfTests = ({ room, isTest }: Source): boolean => isTest || room === "test"
  return {
    unnamed: exports.filter(({ others }) => others.length === 0).map(({ place }) => place),
    testsOnly: exports
      .filter(({ others }) => others.length > 0 && others.every(isOfTests))
      .map(({ place }) => place),
  }
}

function exportsOf(source: Source): readonly string[] {
  return source.program.body.flatMap((statement) =>
    statement.type === "ExportNamedDeclaration"
      ? [...declaredNames(statement), ...statement.specifiers.map(({ exported }) => nameOf(exported))]
      : [],
  )
}

function identifiersOf(source: Source): ReadonlySet<string> {
  const names = new Set<string>()
  new Visitor({ Identifier: ({ name }) => void names.add(name) }).visit(source.program)
  return names
}
