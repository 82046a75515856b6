// Reads the body of a request: only JSON, with the strict parser.
// Owns: the accepted media type and the errors for a bad body. Does not own: the parser (contracts), nor the size limit (Fastify).

import type { FastifyInstance } from "fastify"
import type { Json } from "@counterfoil/contracts"
import { readBody } from "../entrance/read-body.ts"
import { RefusedRequest } from "./problem-answer.ts"

/** Replaces Fastify's parsers, which accept duplicate keys and send error messages of their own. */
export function readStrictJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    (_request, body: Buffer, done: (error: Error | null, value?: Json) => void) => {
      if (body.length === 0) return done(null)
      const read = readBody(body)
      if (read.ok) done(null, read.value)
      else done(new RefusedRequest(read.error))
    },
  )
}
