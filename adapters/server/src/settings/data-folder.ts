// The file beside the embedded database: the handlers' configuration.
// Owns: its name and reading it. Does not own: the database's own files (store).

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parseJson, type JsonProblem } from "@counterfoil/contracts"
import { isSystemError, systemFailure, systemReason } from "@counterfoil/contracts/system-error"
import { HandlerConfig } from "@counterfoil/handlers"

/** The operator's configuration of built-in handlers; without the file there are none that reach outside systems. */
export const handlersFile = (dataDir: string): string => join(dataDir, "handlers.json")

/** Reads the configuration. Throws `SettingsError` with the file's name and the problem. */
export function readHandlers(dataDir: string): HandlerConfig {
  const file = handlersFile(dataDir)
  return existsSync(file) ? readHandlersFile(file) : {}
}

/** Reads the configuration from a file that must exist. Throws `SettingsError` with the file's name and the problem. */
export function readHandlersFile(file: string): HandlerConfig {
  if (!existsSync(file))
    throw new SettingsError(
      `${file} does not exist. Correct the name, or write the file as docs/handlers.md shows.`,
    )
  const value = parseJson(contentOf(file))
  if (!value.ok)
    throw new SettingsError(`${file} ${problemText(value.error)}; docs/handlers.md shows how it is written.`)
  const parsed = HandlerConfig.safeParse(value.value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SettingsError(`${file}: ${issue?.path.join("/") ?? ""} ${issue?.message ?? "is not valid"}`)
}

// The system's error names no file when an opened file cannot be read.
function contentOf(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    const fix = isSystemError(error) ? ` ${systemFailure(error).fix}` : ""
    throw new SettingsError(`${file} cannot be read: ${systemReason(error)}.${fix}`, { cause: error })
  }
}

function problemText(problem: JsonProblem): string {
  switch (problem.code) {
    case "JSON_MALFORMED":
      return `is not JSON at byte ${problem.offset}`
    case "JSON_FORBIDDEN":
      return `has ${problem.what} at ${problem.at === "" ? "its top" : problem.at}`
    case "INPUT_TOO_LARGE":
      return `has more than ${problem.limit} bytes`
  }
}

/** A setting that prevents the start; the message names the setting and what to do. */
export class SettingsError extends Error {
  override readonly name = "SettingsError"
}
