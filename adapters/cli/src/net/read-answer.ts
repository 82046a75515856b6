// An answer's body, parsed once by the schema of its contract.
// Owns: the error for a server that speaks another version. Does not own: the schemas.

import { parseWith, type Immutable, type Json } from "@counterfoil/contracts"
import type { z } from "zod"
import { CliError } from "../cli-error.ts"

/** The answer as its schema sees it. Errors: one that is not of this form. */
export function readAnswer<S extends z.ZodType>(schema: S, body: Json, from: string): Immutable<z.output<S>> {
  const parsed = parseWith(schema, body)
  if (parsed.ok) return parsed.value
  throw new CliError(`The answer to ${from} is not of the form that this version reads.`, {
    code: "ANSWER_UNKNOWN",
    ends: "failed",
    fix: "counterfoil doctor",
    lines: parsed.error.slice(0, 5).map(({ at, message }) => `${at}: ${message}`),
  })
}
