// An error as it is answered: RFC 9457, the same object over HTTP, NATS and MCP.
// Owns: its shape and how it is made from a code. Does not own: the codes (errors.ts), the status line (adapters).
// Keeps INV-13: everything in it comes from the table, from typed details, or from issues that hold no values.

import { z } from "zod"
import { JsonPointer, text, type Immutable } from "../primitives.ts"
import { TraceId } from "./details.ts"
import { errorCodes, errors, type ErrorCode, type ErrorDetails } from "./errors.ts"
import { renderTemplate } from "./template.ts"

/** The most issues that one answer lists, for any body. */
export const problemIssuesMax = 50

/** One thing wrong with a body: where in the caller's own body, a code, and a sentence that holds no value. */
export const ProblemIssue = z.strictObject({ at: JsonPointer, code: z.string().max(64), message: text(500) })
export type ProblemIssue = Immutable<z.infer<typeof ProblemIssue>>

const typePrefix = "urn:counterfoil:error:"

/** An error answer. `details` holds the values of `detail` for programs, so that no one has to parse the sentence. */
export const Problem = z.strictObject({
  type: z
    .string()
    .regex(new RegExp(`^${typePrefix}.*`))
    .max(100),
  title: text(100),
  status: z.int().min(400).max(599),
  detail: text(2_000),
  instance: z.string().max(500).optional(),
  code: z.enum(errorCodes),
  actor: z.enum(["caller", "retry", "operator", "bug"]),
  traceId: TraceId,
  fix: text(500),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])),
  issues: z.array(ProblemIssue).max(problemIssuesMax),
})
export type Problem = Immutable<z.infer<typeof Problem>>

/** What an answer has beside its code. `fix` replaces the table's with a command for exactly this case. */
export type ProblemExtras = {
  readonly traceId: string
  readonly instance?: string
  readonly issues?: readonly ProblemIssue[]
  readonly fix?: string
}

/** The answer for a code. Issues beyond `problemIssuesMax` are left out. */
export function problem<C extends ErrorCode>(
  code: C,
  details: ErrorDetails<C>,
  extras: ProblemExtras,
): Problem {
  const { status, acts, template, fix } = errors[code]
  return {
    type: `${typePrefix}${code}`,
    title: titleOf(code),
    status,
    detail: renderTemplate(template, details),
    ...(extras.instance === undefined ? {} : { instance: extras.instance }),
    code,
    actor: acts,
    traceId: extras.traceId,
    fix: extras.fix ?? fix,
    details,
    issues: (extras.issues ?? []).slice(0, problemIssuesMax),
  }
}

/** `IDEMPOTENCY_CONFLICT` as "Idempotency conflict". */
function titleOf(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll("_", " ").replace("json", "JSON")
  return words.charAt(0).toUpperCase() + words.slice(1)
}
