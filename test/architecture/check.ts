// A check: a name, its input, and its findings.
// Owns: the one rule all checks share, that a check which saw no input has failed.
// Does not own: any particular check.

import { lineAt, type Source, type SourceTree } from "./source-tree.ts"

/** One breach of a rule. `at` is `path` or `path:line`; the message says what to do instead. */
export interface Finding {
  readonly check: string
  readonly at: string
  readonly message: string
}

/** A breach before its check has put its name on it. */
export type Breach = Omit<Finding, "check">

/** A rule over a tree. `seen` counts the items that it examined; zero is itself a finding. */
export interface Check {
  readonly name: string
  readonly look: (tree: SourceTree) => { readonly seen: number; readonly breaches: readonly Breach[] }
}

/** A check of each source that `applies`, on its own. */
export function sourceCheck(
  name: string,
  applies: (source: Source) => boolean,
  breachesOf: (source: Source) => readonly Breach[],
): Check {
  return {
    name,
    look: (tree) => {
      const sources = tree.sources.filter(applies)
      return { seen: sources.length, breaches: sources.flatMap(breachesOf) }
    },
  }
}

/** What a check finds in a tree; never silent about having seen nothing. */
export function runCheck(check: Check, tree: SourceTree): readonly Finding[] {
  const { seen, breaches } = check.look(tree)
  const blind: readonly Breach[] = seen === 0 ? [{ at: "the tree", message: "the check saw no input" }] : []
  return [...blind, ...breaches].map((breach) => ({ check: check.name, ...breach }))
}

/** The place of an offset in a source. */
export function placeOf(source: Source, offset: number): string {
  return `${source.path}:${lineAt(source.text, offset)}`
}

/** One line a finding, as a failing test prints it. */
export function printFindings(findings: readonly Finding[]): string {
  return findings.map(({ check, at, message }) => `${at}  ${check}: ${message}`).join("\n")
}
