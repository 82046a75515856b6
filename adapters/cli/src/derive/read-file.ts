// Reads input files: JSON from a file or from stdin, parsed as strictly as the server parses a body.
// Owns: the errors that name the file and the place. Does not own: the parser (contracts).

import { parseJson, type Json } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import type { Io } from "../io.ts"

/** The JSON in a file; `-` is stdin. Errors: usage, for a file that cannot be read or is not strict JSON. */
export function readJsonFile(io: Pick<Io, "read">, path: string): Json {
  const parsed = parseJson(io.read(path))
  if (parsed.ok) return parsed.value
  const { error } = parsed
  const fix = "counterfoil contract list --include document"
  switch (error.code) {
    case "JSON_MALFORMED":
      throw new CliError(`${path} is not valid JSON at byte ${error.offset}.`, {
        code: error.code,
        fix,
        see: "docs/errors/JSON_MALFORMED.md",
      })
    case "JSON_FORBIDDEN":
      throw new CliError(`${path} has ${error.what} at ${error.at}.`, {
        code: error.code,
        fix,
        see: "docs/errors/JSON_FORBIDDEN.md",
      })
    case "INPUT_TOO_LARGE":
      throw new CliError(`${path} has more than ${error.limit} bytes.`, {
        code: error.code,
        fix,
        see: "docs/errors/INPUT_TOO_LARGE.md",
      })
  }
}
