// The import graph: who imports what, in every form that TypeScript has.
// Owns: finding imports (static, re-exported, dynamic, type-only, inline `import("x").T`) and resolving them.
// Does not own: what is allowed (layering.ts).

import { posix } from "node:path"
import { Visitor } from "oxc-parser"
import { entries, nameOf, rooms, type Room } from "./may-import.ts"
import type { Source } from "./source-tree.ts"

/** Where an import leads. A `closed` one names a path of a package that its `exports` map does not open. */
export type Target =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "entry"; readonly path: string }
  | { readonly kind: "closed"; readonly packageName: string }
  | { readonly kind: "library"; readonly name: string; readonly module: string }
  | { readonly kind: "computed" }

/** One import. `offset` is the position of its specifier in the text. */
export interface Import {
  readonly from: Source
  readonly specifier: string
  readonly offset: number
  readonly target: Target
}

const scope = "@counterfoil/"

/** The imports of a source in the order of its text, each form once for each place where it occurs. */
export function importsOf(source: Source): readonly Import[] {
  const found: Import[] = []
  const add = (literal: { readonly start: number; readonly value?: unknown } | null): void => {
    if (literal === null) return
    const specifier = typeof literal.value === "string" ? literal.value : undefined
    const target: Target = specifier === undefined ? { kind: "computed" } : resolve(source.path, specifier)
    found.push({ from: source, specifier: specifier ?? "(computed)", offset: literal.start, target })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add({ start: node.source.start, value: literalOf(node.source) }),
    TSImportType: (node) => add(node.source),
  }).visit(source.program)
  return found.toSorted((a, b) => a.offset - b.offset)
}

/** The library's package name: `effect` of `effect/Effect`, `@a/b` of `@a/b/c`; Node's modules stay whole. */
function libraryOf(specifier: string): string {
  const parts = specifier.split("/")
  return specifier.startsWith("node:")
    ? specifier
    : parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/")
}

/** The names by which the entries of a room are imported: `@counterfoil/contracts/http`. */
export function namesOf(room: Room): readonly string[] {
  return Object.keys(entriesOf(room)).map((way) => `${nameOf(room)}${way.slice(1)}`)
}

function resolve(fromPath: string, specifier: string): Target {
  if (specifier.startsWith(".")) return { kind: "file", path: posix.join(posix.dirname(fromPath), specifier) }
  if (!specifier.startsWith(scope)) return { kind: "library", name: libraryOf(specifier), module: specifier }
  const [packageName = "", ...rest] = specifier.slice(scope.length).split("/")
  const room = rooms.find((each) => nameOf(each) === `${scope}${packageName}`)
  const path = room === undefined ? undefined : entriesOf(room)[[".", ...rest].join("/")]
  return path === undefined ? { kind: "closed", packageName } : { kind: "entry", path }
}

function entriesOf(room: Room): Readonly<Record<string, string>> {
  return Object.entries(entries).find(([name]) => name === room)?.[1] ?? {}
}

function literalOf(node: { readonly type: string; readonly value?: unknown }): unknown {
  return node.type === "Literal" ? node.value : undefined
}
