// The context file: names for servers, and the token that goes with each.
// Owns: its place, its form, and its mode. Does not own: which context counts (settings.ts).
// Keeps INV-13: the file is written 0600 and refused when anybody else could read it.

import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { CliError } from "../cli-error.ts"

/** One server as this person knows it. */
export interface Context {
  readonly url: string
  readonly token: string | null
  /** Whose token it is; null where an earlier version kept it. */
  readonly principal: string | null
}

/** All contexts, and the one that counts when none is named. */
export interface Contexts {
  readonly current: string | null
  readonly byName: ReadonlyMap<string, Context>
}

/** The folder of our files: `$XDG_CONFIG_HOME/counterfoil`, or the home folder's `.config/counterfoil`. */
export function configFolder(env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CONFIG_HOME"] ?? join(env["HOME"] ?? env["USERPROFILE"] ?? ".", ".config")
  return join(base, "counterfoil")
}

/** The contexts of a folder; none when there is no file. Errors: a file that others can read, or that is no such file. */
export function readContexts(folder: string): Contexts {
  const file = join(folder, fileName)
  const text = readPrivate(file)
  if (text === null) return { current: null, byName: new Map() }
  const found = contextsOf(text)
  if (found === null) throw new CliError(`${file} is not a context file.`, { fix: "counterfoil login" })
  return found
}

/** Writes the contexts so that a reader sees the old file or the new one, never half of one. */
export function writeContexts(folder: string, contexts: Contexts): void {
  const value = {
    format,
    current: contexts.current,
    contexts: Object.fromEntries([...contexts.byName].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
  writePrivate(folder, fileName, `${JSON.stringify(value, null, 2)}\n`)
}

/** A file that only its owner may read; null when there is none. Errors: one that others can read. */
export function readPrivate(file: string): string | null {
  return refuseShared(file) ? readFileSync(file, "utf8") : null
}

/** False when there is no such file. Errors: one that others can read; what is no file on a disk, such as a pipe, has no such mode. */
export function refuseShared(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.isFile() === true && process.platform !== "win32" && (found.mode & 0o077) !== 0) {
    throw new CliError(`Others can read ${file}, so it is not used.`, {
      ends: "notPermitted",
      code: "FILE_NOT_PRIVATE",
      fix: `chmod 600 ${file}`,
    })
  }
  return found !== undefined
}

/** Writes a file for its owner alone, whole or not at all. */
export function writePrivate(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const temporary = join(folder, `.${name}.${process.pid}`)
  writeFileSync(temporary, text, { mode: 0o600 })
  chmodSync(temporary, 0o600)
  renameSync(temporary, join(folder, name))
}

const fileName = "contexts.json"
const format = "counterfoil.contexts/1"

function contextsOf(text: string): Contexts | null {
  const value = parsed(text)
  if (!isRecord(value) || value["format"] !== format || !isRecord(value["contexts"])) return null
  const byName = Object.entries(value["contexts"]).flatMap(([name, one]): [string, Context][] => {
    if (!isRecord(one) || typeof one["url"] !== "string") return []
    const textOf = (field: string): string | null => {
      const value = one[field]
      return typeof value === "string" ? value : null
    }
    return [[name, { url: one["url"], token: textOf("token"), principal: textOf("principal") }]]
  })
  return { current: typeof value["current"] === "string" ? value["current"] : null, byName: new Map(byName) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // No JSON is no context file, which the caller says.
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
