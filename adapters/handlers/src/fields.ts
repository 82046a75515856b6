// Fields that several contracts of the built-in handlers share, so that one's output fits another's input.
// Owns: their form and marks. Does not own: any contract.

import { mark, text } from "@counterfoil/contracts"
import { z } from "zod"

/** Longest text that a handler reads, renders or writes: the most that one string of a trace may hold. */
export const textBytesMax = 64 * 1024

/** Text of a file, of release notes, of a rendered template. Handlers bound its bytes as well (`textBytesMax`). */
export const longText = text(textBytesMax)

/** An operator's name for a repository, a folder, a program. */
export const configuredName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9-]*$/)

const segment = String.raw`(?!\.{1,2}(?:/|$))(?!\.[gG][iI][tT](?:/|$))[A-Za-z0-9._+@=](?:[A-Za-z0-9._+@=, -]*[A-Za-z0-9_+@=-])?`

const pathForm = z
  .string()
  .max(400)
  .regex(new RegExp(`^${segment}(?:/${segment})*$`))

/**
 * A path below a configured folder: names separated by `/`, none of them `.`, `..` or `.git`, none with a space or dot at
 * its end (some file systems drop those). ASCII only, because some file systems drop invisible characters.
 */
export const relativePath = mark(pathForm, ["policy", "target", "path"])

/** The same form where the step does not act on the path: one that a query reads, or that was read. */
export const readPath = mark(pathForm, ["policy"])
/** A path of such a form in an answer, or in the state that a command is bound to. */
export const shownPath = pathForm

/** How many bytes a text has in UTF-8. */
export const utf8Bytes = (value: string): number => Buffer.byteLength(value, "utf8")
