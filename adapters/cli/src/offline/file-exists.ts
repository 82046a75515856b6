// The error of a command that would replace an existing file.
// Owns: the error, and writing a new file without replacing one. Does not own: the content.

import { writeFileSync } from "node:fs"
import { isSystemError } from "@counterfoil/contracts/system-error"
import { CliError } from "../cli-error.ts"

/** The error. `command` is the one whose help names the flag for the file. */
export const fileExists = (file: string, command: string): CliError =>
  new CliError(`${file} already exists, and was not changed.`, {
    code: "FILE_EXISTS",
    ends: "conflict",
    fix: `counterfoil ${command} --help`,
  })

/** True when the system refused to create a file because it exists. */
export const isThere = (error: unknown): boolean => isSystemError(error) && error.code === "EEXIST"

/** Writes a new file with this mode. Errors: the file exists. */
export function writeNewFile(file: string, text: string, mode: number, command: string): void {
  try {
    writeFileSync(file, text, { mode, flag: "wx" })
  } catch (cause) {
    throw isThere(cause) ? fileExists(file, command) : cause
  }
}
