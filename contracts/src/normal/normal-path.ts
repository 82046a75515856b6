// The one spelling of a path in a file system or a repository, with `/` between its names.
// Owns: this spelling. Does not own: which folder it is below, links, nor case: file systems differ over it (handlers).

import { err, ok, type Result } from "../result.ts"

/** Composed Unicode, one slash between names, no `.`; a path that begins with a slash still does. */
export function normalPath(text: string): Result<string, string> {
  if (/[\u0000-\u001f\u007f-\u009f\\]|\p{Default_Ignorable_Code_Point}/u.test(text))
    return err("A path has no control characters, invisible characters or backslashes.")
  const names = text
    .normalize("NFC")
    .split("/")
    .filter((name) => name !== "" && name !== ".")
  if (names.includes("..")) return err("A path does not lead up: with links, that leads elsewhere.")
  // Some file systems read such a name as the one without.
  if (names.some((name) => /^ |[. ]$/.test(name)))
    return err("A name begins or ends with a space, or ends with a dot.")
  if (names.length === 0) return err("A path has at least one name.")
  return ok(`${text.startsWith("/") ? "/" : ""}${names.join("/")}`)
}
