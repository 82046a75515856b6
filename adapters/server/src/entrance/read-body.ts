// Parses bytes from outside with the strict parser, and turns each problem that it finds into a refusal.
// Does not own: the parser and its limits (contracts).

import {
  err,
  parseJson,
  refuse,
  type Json,
  type JsonProblem,
  type Refusal,
  type Result,
} from "@counterfoil/contracts"

/** The JSON in `bytes`, *untrusted*. Errors: JSON_MALFORMED, JSON_FORBIDDEN, INPUT_TOO_LARGE. */
export function readBody(bytes: Uint8Array): Result<Json, Refusal> {
  const parsed = parseJson(bytes)
  return parsed.ok ? parsed : err(refusalOfJson(parsed.error))
}

function refusalOfJson(problem: JsonProblem): Refusal {
  switch (problem.code) {
    case "JSON_MALFORMED":
      return refuse("JSON_MALFORMED", { offset: problem.offset })
    case "JSON_FORBIDDEN":
      return refuse("JSON_FORBIDDEN", { what: problem.what, at: problem.at })
    case "INPUT_TOO_LARGE":
      return refuse("INPUT_TOO_LARGE", { limit: problem.limit })
  }
}
