// Turns every error into a problem with a code of the table before it is sent over HTTP.
// Owns: the code for an error of Fastify, of the store or of a bug, and the headers. Does not own: the codes.
// Keeps INV-13: no error message is passed on; an unexpected error is INTERNAL with a trace id.

import type { FastifyReply } from "fastify"
import { refuse, type Problem, type Refusal } from "@counterfoil/contracts"
import { retryAfterOf } from "../entrance/retry-after.ts"
import { failureOf } from "@counterfoil/gate"

/** The media type of every error (RFC 9457 §3). */
export const problemMediaType = "application/problem+json"

/** Set on every response: no response is a page, may be cached, or may be framed. */
export const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const

/** A refusal in a parser or hook of Fastify, which can report it only by throwing. */
export class RefusedRequest extends Error {
  override readonly name = "RefusedRequest"
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/** The refusal for an error. `bodyBytesMax` is the limit that the refusal of an oversized body names. */
export function refusalOf(error: unknown, traceId: string, bodyBytesMax: number): Refusal {
  if (error instanceof RefusedRequest) return error.refusal
  if (isBadAnswer(error)) return refuse("OUTPUT_INVALID", {})
  return frameworkRefusal(error, bodyBytesMax) ?? failureOf(error, traceId)
}

/** True when an answer did not match its contract's output schema; the message of that error quotes the answer. */
export const isBadAnswer = (error: unknown): boolean =>
  error instanceof Error && /^(TsRest)?ResponseValidationError$/.test(error.constructor.name)

/** The refusal for a request that Fastify itself rejects; null for an error that the request did not cause. */
function frameworkRefusal(error: unknown, bodyBytesMax: number): Refusal | null {
  switch (frameworkCode(error)) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return refuse("INPUT_TOO_LARGE", { limit: bodyBytesMax })
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
    case "FST_ERR_CTP_INVALID_TYPE":
      return refuse("MEDIA_TYPE_UNSUPPORTED", {})
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
    case "ECONNRESET":
    case "ERR_STREAM_PREMATURE_CLOSE":
      return refuse("JSON_MALFORMED", { offset: 0 })
    case "FST_ERR_BAD_URL":
    case "FST_ERR_MAX_PARAM_LENGTH":
    case "FST_ERR_NOT_FOUND":
      return refuse("ROUTE_NOT_FOUND", {})
    case "FST_ERR_HANDLER_TIMEOUT":
      return refuse("OUTCOME_UNKNOWN", {})
    default:
      return null
  }
}

const frameworkCode = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : null

/** The headers of a response with a problem. */
export function headersOf(problem: Problem, retryAfterSeconds?: number): Readonly<Record<string, string>> {
  const after = retryAfterOf(problem, retryAfterSeconds)
  const methods = problem.details["methods"]
  return {
    ...(after === null ? {} : { "retry-after": String(after) }),
    ...(problem.status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(problem.code === "METHOD_NOT_ALLOWED" && Array.isArray(methods) ? { allow: methods.join(", ") } : {}),
  }
}

/** Sends a problem. Use it where no ts-rest route does. */
export function answerProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .status(problem.status)
    .headers(headersOf(problem))
    .type(problemMediaType)
    .send(JSON.stringify(problem))
}
