// The tree that every check reads: parsed sources, documents and manifests, as plain values.
// Owns: reading the folder and parsing it once. Does not own: any rule.
// A planted violation is a tree made from text (`treeOf`), so a check cannot tell it from the real one.

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parseSync, type Comment, type Program } from "oxc-parser"
import { roomOf, type Room } from "./may-import.ts"

/** One TypeScript file. `path` is relative to the root; `room` is absent outside every room. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly room: Room | undefined
  readonly isTest: boolean
  readonly program: Program
  readonly comments: readonly Comment[]
  readonly parseErrors: readonly string[]
}

/** One Markdown file or `package.json`, unparsed. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

/** Everything a check may look at; each list is ascending by path. */
export interface SourceTree {
  readonly sources: readonly Source[]
  readonly documents: readonly TextFile[]
  readonly manifests: readonly TextFile[]
  /** Paths of every other file, for links. */
  readonly otherPaths: readonly string[]
}

const skippedFolders = new Set(["node_modules", "coverage", "bench-results"])

/** The root of the checkout. */
export const rootFolder: string = join(import.meta.dirname, "..", "..")

/** The tree of a folder on disk. Dot-folders, installed packages and build output are left out. */
export function readTree(root: string = rootFolder): SourceTree {
  const files = listFiles(root, "").map((path): readonly [string, string] => [
    path,
    isRead(path) ? readFileSync(join(root, path), "utf8") : "",
  ])
  return treeOf(Object.fromEntries(files))
}

/** The tree of files given as text, by path. */
export function treeOf(files: Readonly<Record<string, string>>): SourceTree {
  const paths = Object.keys(files).toSorted()
  const texts = paths.map((path): TextFile => ({ path, text: files[path] ?? "" }))
  return {
    sources: texts.filter(({ path }) => path.endsWith(".ts")).map(parseSource),
    documents: texts.filter(({ path }) => path.endsWith(".md")),
    manifests: texts.filter(({ path }) => path.endsWith("package.json")),
    otherPaths: paths.filter((path) => !isRead(path)),
  }
}

/** The line, counted from 1, of an offset into a text. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length
}

/** {@link lineAt} for many offsets into one text. */
export function lineFinder(text: string): (offset: number) => number {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index)
  return (offset) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? offset) < offset) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

function parseSource({ path, text }: TextFile): Source {
  const parsed = parseSync(path, text)
  return {
    path,
    text,
    room: roomOf(path),
    // The folder `test` of a package has what its tests share (laws, fakes, kits).
    isTest: path.endsWith(".test.ts") || (!path.startsWith("test/") && path.includes("/test/")),
    program: parsed.program,
    comments: parsed.comments,
    parseErrors: parsed.errors.map((error) => error.message),
  }
}

function isRead(path: string): boolean {
  return path.endsWith(".ts") || path.endsWith(".md") || path.endsWith("package.json")
}

function listFiles(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((item) => {
    const path = folder === "" ? item.name : `${folder}/${item.name}`
    if (item.isFile()) return [path]
    return item.isDirectory() && !item.name.startsWith(".") && !skippedFolders.has(item.name)
      ? listFiles(root, path)
      : []
  })
}
