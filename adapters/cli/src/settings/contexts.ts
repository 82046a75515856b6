// The context file: names for servers, and a token for each.
// Owns: its path, its form, and its mode. Does not own: choosing a context (settings.ts).
// Keeps INV-13: the file is written with mode 0600 and refused when others can read it.

import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { CliError } from "../cli-error.ts"

/** One configured server. */
export interface Context {
  readonly url: string
  readonly token: string | null
  /** The principal of the token; null where an earlier version stored it. */
  readonly principal: string | null
}

/** All contexts, and the current one. */
export interface Contexts {
  readonly current: string | null
  readonly byName: ReadonlyMap<string, Context>
}

/** The folder of the configuration: `$XDG_CONFIG_HOME/counterfoil`, or the home folder's `.config/counterfoil`. */
export function configFolder(env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CONFIG_HOME"] ?? join(env["HOME"] ?? env["USERPROFILE"] ?? ".", ".config")
  return join(base, "counterfoil")
}

/** The contexts of a folder; empty without a file. Errors: a file that others can read, or that is not a context file. */
export function readContexts(folder: string): Contexts {
  const file = join(folder, fileName)
  const text = readPrivate(file)
  if (text === null) return { current: null, byName: new Map() }
  const found = contextsOf(text)
  if (found === null) throw new CliError(`${file} is not a context file.`, { fix: "counterfoil login" })
  return found
}

/** Writes the contexts atomically: a reader sees the old file or the new one. */
export function writeContexts(folder: string, contexts: Contexts): void {
  const value = {
    format,
    current: contexts.current,
    contexts: Object.fromEntries([...contexts.byName].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
  writePrivate(folder, fileName, `${JSON.stringify(value, null, 2)}\n`)
}

/** A file that only its owner can read; null when it does not exist. Errors: a file that others can read. */
export function readPrivate(file: string): string | null {
  return refuseShared(file) ? readFileSync(file, "utf8") : null
}

/** False when the file does not exist. Errors: a file that others can read. Anything but a regular file, such as a pipe, is not checked. */
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

/** Writes a file that only its owner can read, whole or not at all. */
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
    return null // Text that is not JSON is not a context file; the caller reports that.
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
