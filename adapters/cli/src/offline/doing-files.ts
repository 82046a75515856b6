// What the disk refuses, as an end of a command: "failed", never "stale" or "clean".
// Owns: those words. Does not own: what is read or written.

import { isSystemError, systemReason } from "@counterfoil/contracts/system-error"
import { CliError } from "../cli-error.ts"

/** What `act` answers. Errors: the disk refused; `where` names the place and `fix` a command. */
export function doingFiles<T>(where: string, fix: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw new CliError(`${where} cannot be read or written: ${systemReason(cause)}.`, {
      ends: "failed",
      code: "FILE_UNREADABLE",
      fix,
    })
  }
}
