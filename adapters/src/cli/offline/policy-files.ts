// Policy files on disk: Cedar texts of one layer, laid over what this release ships.
// Owns: reading them. Does not own: checking them (policy).

import { readdirSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import { parseWith, PolicyTest, type PolicySource } from "@counterfoil/contracts"
import { defaultPolicySource } from "@counterfoil/policy"
import { CliError } from "../cli-error.ts"
import { readJsonFile } from "../derive/read-file.ts"
import type { Io } from "../io.ts"

/** The files below the given paths with an ending, sorted. Errors: a path that is not there, or no file at all. */
export function filesBelow(paths: readonly string[], ending: string): readonly string[] {
  const files = paths
    .flatMap((path) => {
      const found = statSync(path, { throwIfNoEntry: false })
      if (found === undefined)
        throw new CliError(`${path} cannot be read: ENOENT.`, {
          ends: "failed",
          fix: "counterfoil policy lint --help",
        })
      if (!found.isDirectory()) return [path]
      return readdirSync(path, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(ending))
        .map((name) => join(path, name))
    })
    .sort()
  // Nothing looked at is not clean.
  if (files.length === 0)
    throw new CliError(`There is no *${ending} in ${paths.join(", ")}.`, {
      ends: "failed",
      fix: "counterfoil policy lint --help",
    })
  return files
}

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

/** The policy tests in files. Errors: a file that is none. */
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
