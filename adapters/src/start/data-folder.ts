// The files beside the embedded database: the handlers' configuration and the secret that seals cursors.
// Owns: their names and modes. Does not own: the database's own files (store).

import { randomBytes } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { HandlerConfig } from "../handlers/handler-config.ts"

/** The operator's configuration of built-in handlers; absent means none that touch the outside. */
export const handlersFile = (dataDir: string): string => join(dataDir, "handlers.json")

/** Reads the configuration. Throws `SettingsError` with the file's name and what is wrong in it. */
export function readHandlers(dataDir: string): HandlerConfig {
  const file = handlersFile(dataDir)
  if (!existsSync(file)) return {}
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, "utf8"))
  } catch {
    throw new SettingsError(`${file} is not JSON.`)
  }
  const parsed = HandlerConfig.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SettingsError(`${file}: ${issue?.path.join("/") ?? ""} ${issue?.message ?? "is not valid"}`)
}

/** The secret that seals list cursors, made on the first start; readable by us alone. */
export function readCursorSecret(dataDir: string): Uint8Array {
  const file = join(dataDir, "cursor.key")
  mkdirSync(dataDir, { recursive: true })
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600 })
  return Buffer.from(readFileSync(file, "utf8").trim(), "hex")
}

/** A setting that the process cannot start with; the message names the place and what to do. */
export class SettingsError extends Error {
  override readonly name = "SettingsError"
}
