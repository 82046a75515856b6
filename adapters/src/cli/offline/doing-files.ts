// What the disk refuses, as an end of a command: "failed", never "stale" or "clean".
// Owns: those words. Does not own: what is read or written.

import { CliError } from "../cli-error.ts"

/** What `act` answers. Errors: the disk refused; `where` names the place and `fix` a command. */
export function doingFiles<T>(where: string, fix: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (!(cause instanceof Error) || !("code" in cause)) throw cause
    throw new CliError(`${where} cannot be read or written: ${String(cause.code)}.`, {
      ends: "failed",
      code: "FILE_UNREADABLE",
      fix,
    })
  }
}
