// Policy files on disk: Cedar texts of one layer, which replaces that layer of the shipped policy.
// Owns: reading them. Does not own: checking them (policy).

import { readdirSync, statSync } from "node:fs"
import { basename, join, relative, resolve } from "node:path"
import { parseWith, PolicyTest, type PolicySource } from "@counterfoil/contracts"
import { defaultPolicySource } from "@counterfoil/policy"
import type { KeptPolicy } from "../drift/policy-part.ts"
import { CliError } from "../cli-error.ts"
import { readJsonFile } from "../derive/read-file.ts"
import type { Io } from "../io.ts"

/** The files below the given paths with this extension, sorted. Errors: a path that does not exist, or no such file. */
export function filesBelow(paths: readonly string[], ending: string): readonly string[] {
  const files = filesIn(paths, ending)
  // A check without any file must not count as clean.
  if (files.length === 0)
    throw new CliError(`There is no *${ending} in ${paths.join(", ")}.`, {
      ends: "failed",
      code: "FILE_UNREADABLE",
      fix: "counterfoil policy lint --help",
    })
  return files
}

function filesIn(paths: readonly string[], ending: string): readonly string[] {
  return paths
    .flatMap((path) => {
      const found = statSync(path, { throwIfNoEntry: false })
      if (found === undefined)
        throw new CliError(`${path} cannot be read: it is not there.`, {
          ends: "failed",
          code: "FILE_UNREADABLE",
          fix: "counterfoil policy lint --help",
        })
      if (!found.isDirectory()) return [path]
      return readdirSync(path, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(ending))
        .map((name) => join(path, name))
    })
    .sort()
}

/** The default folder of a tree's policy. */
export const defaultPoliciesFolder = "policies"

/**
 * The policy of a tree below a folder: its rules and its golden verdicts. Null when no folder is named and the
 * default one is missing or has neither. Errors: a named folder that has neither, a file that cannot be read.
 */
export function keptPolicy(io: Io, named: string | undefined): KeptPolicy | null {
  const folder = named ?? defaultPoliciesFolder
  if (named === undefined && statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return null
  const rules = filesIn([folder], ".cedar")
  const tests = filesIn([folder], ".policy-test.json")
  if (rules.length + tests.length === 0) {
    if (named === undefined) return null
    throw new CliError(`There is no *.cedar and no *.policy-test.json in ${folder}.`, {
      ends: "failed",
      code: "FILE_UNREADABLE",
      fix: "counterfoil drift check --help",
    })
  }
  const parsed = testsOf(io, tests)
  return {
    source: rules.length === 0 ? defaultPolicySource() : sourceOf(io, rules),
    rules: rules.map(fromHere),
    tests: tests.flatMap((path, at) => {
      const test = parsed[at]
      return test === undefined
        ? []
        : [{ path: fromHere(path), text: new TextDecoder().decode(io.read(path)), test }]
    }),
  }
}

const fromHere = (path: string): string => relative(process.cwd(), resolve(path)).replaceAll("\\", "/")

/** The shipped source with the tenant layer replaced by these files. */
export function sourceOf(io: Io, files: readonly string[]): PolicySource {
  const shipped = defaultPolicySource()
  const texts = files.map((file) => ({
    layer: "tenant" as const,
    name: basename(file),
    text: new TextDecoder().decode(io.read(file)),
  }))
  return { ...shipped, texts: [...shipped.texts.filter(({ layer }) => layer !== "tenant"), ...texts] }
}

/** The policy tests in files. Errors: a file that is not a policy test. */
export function testsOf(io: Io, files: readonly string[]): readonly PolicyTest[] {
  return files.map((file) => {
    const parsed = parseWith(PolicyTest, readJsonFile(io, file))
    if (parsed.ok) return parsed.value
    throw new CliError(`${file} is not a policy test.`, {
      ends: "failed",
      code: "INPUT_INVALID",
      fix: "counterfoil policy test --help",
      lines: parsed.error.map(({ at, message }) => `${at}  ${message}`),
    })
  })
}
