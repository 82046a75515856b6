// A file that is there already, as an end of a command that would write over it.
// Owns: the error, and writing a new file without replacing one. Does not own: the content.

import { writeFileSync } from "node:fs"
import { isSystemError } from "@counterfoil/contracts/system-error"
import { CliError } from "../cli-error.ts"

/** The end. `command` is the one whose help names the flag of the file. */
export const fileExists = (file: string, command: string): CliError =>
  new CliError(`${file} is there already, and was left as it is.`, {
    code: "FILE_EXISTS",
    ends: "conflict",
    fix: `counterfoil ${command} --help`,
  })

/** Whether the system refused to make a file because there is one. */
export const isThere = (error: unknown): boolean => isSystemError(error) && error.code === "EEXIST"

/** Writes a file with this mode. Errors: there is one. */
export function writeNewFile(file: string, text: string, mode: number, command: string): void {
  try {
    writeFileSync(file, text, { mode, flag: "wx" })
  } catch (cause) {
    throw isThere(cause) ? fileExists(file, command) : cause
  }
}
