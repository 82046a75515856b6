// Documents: every link leads somewhere, and every document is reached from README.md or docs/README.md.
// Owns: both checks over the Markdown of the tree. Does not own: addresses outside it, which no test may ask.

import { posix } from "node:path"
import type { Breach, Check } from "../architecture/check.ts"
import type { SourceTree, TextFile } from "../architecture/source-tree.ts"
import { anchorsOf, linksOf } from "./markdown.ts"

const starts = ["README.md", "docs/README.md"]

/** Relative links lead to a file of the tree and to a heading in it. */
const linksResolve: Check = {
  name: "links in documents resolve",
  look: (tree) => ({
    seen: tree.documents.length,
    breaches: tree.documents.flatMap((each) => brokenIn(each, tree)),
  }),
}

/** A document that nobody can reach by following links is dead. */
const documentsAreReached: Check = {
  name: "documents are reached",
  look: (tree) => {
    const reached = new Set<string>()
    const visit = (path: string): void => {
      const document = tree.documents.find((each) => each.path === path)
      if (document === undefined || reached.has(path)) return
      reached.add(path)
      for (const { target } of relativeLinks(document)) visit(pathOf(document, target))
    }
    starts.forEach(visit)
    const dead = tree.documents.filter(({ path }) => !reached.has(path))
    return {
      seen: tree.documents.length,
      breaches: dead.map(({ path }) => ({
        at: path,
        message: "no document links here: link it, or delete it",
      })),
    }
  },
}

/** The checks of this file. */
export const documentChecks: readonly Check[] = [linksResolve, documentsAreReached]

function brokenIn(document: TextFile, tree: SourceTree): readonly Breach[] {
  return relativeLinks(document).flatMap(({ target, line }) => {
    const path = pathOf(document, target)
    const anchor = target.split("#")[1]
    const leadsTo = tree.documents.find((each) => each.path === path)
    const at = `${document.path}:${line}`
    if (!existsIn(tree, path)) return [{ at, message: `${target} leads nowhere` }]
    const lost = anchor !== undefined && leadsTo !== undefined && !anchorsOf(leadsTo.text).has(anchor)
    return lost ? [{ at, message: `${path} has no heading #${anchor}` }] : []
  })
}

function relativeLinks(document: TextFile): ReturnType<typeof linksOf> {
  return linksOf(document.text).filter(({ target }) => !/^[a-z]+:/.test(target))
}

function pathOf(document: TextFile, target: string): string {
  const path = target.split("#")[0] ?? ""
  return path === "" ? document.path : posix.join(posix.dirname(document.path), path).replace(/\/$/, "")
}

function existsIn(tree: SourceTree, path: string): boolean {
  const all = [...tree.sources, ...tree.documents, ...tree.manifests]
    .map((each) => each.path)
    .concat(tree.otherPaths)
  return all.some((each) => each === path || each.startsWith(`${path}/`))
}
