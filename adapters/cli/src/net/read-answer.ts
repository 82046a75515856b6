// Parses the body of an answer, once, with the schema of its contract.
// Owns: the error for a server of another version. Does not own: the schemas.

import { parseWith, type Immutable, type Json } from "@counterfoil/contracts"
import type { z } from "zod"
import { CliError } from "../cli-error.ts"

/** The parsed answer. Errors: an answer that does not match the schema. */
export function readAnswer<S extends z.ZodType>(schema: S, body: Json, from: string): Immutable<z.output<S>> {
  const parsed = parseWith(schema, body)
  if (parsed.ok) return parsed.value
  throw new CliError(`This version cannot read the answer to ${from}.`, {
    code: "ANSWER_UNKNOWN",
    ends: "failed",
    fix: "counterfoil doctor",
    lines: parsed.error.slice(0, 5).map(({ at, message }) => `${at}: ${message}`),
  })
}
