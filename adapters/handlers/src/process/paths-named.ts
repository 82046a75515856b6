// The paths that a command line may name: programs have many notations for a file argument, and declare none of them.
// Owns: the possible readings of an argument. Does not own: which of them is a file (command-state.ts).
// A reading too many binds a file that the program does not read; one too few starts it on bytes that no one approved.

import { resolve } from "node:path"
import type { CommandLine } from "./command-line.ts"

/** Characters that may separate a path from other text: `--set=a=b`, `a,b`, `from:to`, `@file`, and words and quotes of a script. */
const separators = ["=", ",", ":", ";", "@", " ", "\t", "\n", "'", '"'] as const
const separator = /[=,:;@ \t\n'"]/g

/**
 * Every path that an argument may name: each argument, each value in it and what follows a one-letter option, and each part
 * of those between separators. `file:` addresses are paths, too.
 */
export function pathsNamed({ args, values, cwd }: Pick<CommandLine, "args" | "values" | "cwd">): Set<string> {
  const glued = args.flatMap((arg) => (/^-[A-Za-z]./.test(arg) ? [arg.slice(2)] : []))
  const parts = new Set([...args, ...values, ...glued].flatMap(partsOf).flatMap(asPaths))
  return new Set(
    [...parts].filter((path) => path !== "" && !path.includes("\0")).map((path) => resolve(cwd, path)),
  )
}

/** The text from each separator on: to its end, and to the next separator of each kind. */
function partsOf(text: string): readonly string[] {
  const begins = [0, ...[...text.matchAll(separator)].map(({ index }) => index + 1)]
  return begins.flatMap((begin) => {
    const rest = text.slice(begin)
    return [rest, ...separators.map((end) => rest.slice(0, endBefore(rest, end)))]
  })
}

const endBefore = (text: string, end: string): number => {
  const at = text.indexOf(end)
  return at < 0 ? text.length : at
}

/** A part as a path, and an address of a file without its scheme and host, with its escapes and without. */
function asPaths(part: string): readonly string[] {
  const address = /^file:(?:\/\/[^/]*)?(.*)$/is.exec(part)?.[1]
  return address === undefined ? [part] : [part, address, unescaped(address)]
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
