// Which tests are worth running for files that changed: those that changed, and the nearest that import what changed.
// Owns: the choice, along the import graph. Does not own: which files changed, running tests.
// A choice only. The gate runs every test, and what is left out here is counted.

import { posix } from "node:path"
import { importsOf } from "../architecture/import-graph.ts"
import type { Source, SourceTree } from "../architecture/source-tree.ts"

/** Files of tests, ascending. `left` counts the unit tests that import what changed and are too far away to be among them. */
export interface ChosenTests {
  readonly files: readonly string[]
  readonly left: number
}

/** Tests of the packages that did not change themselves: more would take longer than a person waits. */
export const nearTestsMax = 8

/** Compares paths and commands in documents with the tree, in a second. */
const testOfDocuments = "test/docs/paths.test.ts"

/**
 * Tests that changed; at most `nearMax` unit tests that reach a changed file, the nearest by imports first; and of the tests in `test/`, which start
 * servers, those in the folder of a changed file that import it. With documents, the test that compares them with the tree.
 */
export function chooseTests(
  tree: SourceTree,
  changed: readonly string[],
  nearMax: number = nearTestsMax,
): ChosenTests {
  const sources = tree.sources.filter(({ path }) => changed.includes(path))
  const own = sources.map(({ path }) => path).filter(isTestFile)
  const documents = tree.sources.some(({ path }) => path === testOfDocuments) && changed.some(isDocument)
  const importers = importersIn(tree)
  const beside = sources
    .filter(({ room }) => room === "test")
    .flatMap(({ path }) => (importers.get(path) ?? []).filter((by) => isBeside(by, path)))
  const near = nearest(
    sources.filter(({ room }) => room !== "test").map(({ path }) => path),
    importers,
  ).filter((path) => isUnitTest(path) && !own.includes(path))
  const files = [...own, ...beside, ...near.slice(0, nearMax), ...(documents ? [testOfDocuments] : [])]
  return { files: [...new Set(files)].toSorted(), left: Math.max(0, near.length - nearMax) }
}

const isTestFile = (path: string): boolean => path.endsWith(".test.ts")
const isUnitTest = (path: string): boolean => isTestFile(path) && !path.startsWith("test/")
const isDocument = (path: string): boolean => path.endsWith(".md")
const isBeside = (by: string, path: string): boolean =>
  isTestFile(by) && posix.dirname(by) === posix.dirname(path)

/** Who imports a file, by its path. */
function importersIn(tree: SourceTree): ReadonlyMap<string, readonly string[]> {
  const importers = new Map<string, string[]>()
  for (const source of tree.sources)
    for (const to of targetsOf(source)) importers.set(to, [...(importers.get(to) ?? []), source.path])
  return importers
}

function targetsOf(source: Source): readonly string[] {
  return importsOf(source).flatMap(({ target }) =>
    target.kind === "file" || target.kind === "entry" ? [target.path] : [],
  )
}

/** What reaches the files by imports: first their importers, then the importers of those. Of one distance, ascending by path. */
function nearest(
  files: readonly string[],
  importers: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const seen = new Set(files)
  const found: string[] = []
  let rim: readonly string[] = files
  while (rim.length > 0) {
    const next = [...new Set(rim.flatMap((path) => importers.get(path) ?? []))].filter(
      (path) => !seen.has(path),
    )
    for (const path of next) seen.add(path)
    found.push(...next.toSorted())
    rim = next
  }
  return found
}
