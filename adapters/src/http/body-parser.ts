// Reading bodies: bytes through the strict parser, and only JSON.
// Owns: which media type is read and what a bad body answers. Does not own: the parser (contracts), nor the size limit (Fastify).

import type { FastifyInstance } from "fastify"
import { parseJson, refuse, type Json, type JsonProblem, type Refusal } from "@counterfoil/contracts"
import { RefusedRequest } from "./problem-answer.ts"

/** Replaces Fastify's parsers, which accept duplicate keys and answer in words of their own. */
export function readStrictJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    (_request, body: Buffer, done: (error: Error | null, value?: Json) => void) => {
      if (body.length === 0) return done(null)
      const parsed = parseJson(body)
      if (parsed.ok) done(null, parsed.value)
      else done(new RefusedRequest(refusalOfJson(parsed.error)))
    },
  )
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
