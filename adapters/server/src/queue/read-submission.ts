// Reads one submission: from bytes to a call of the gate, or the reason why it cannot become one.
// Owns: parsing, authentication, the key beside the body. Does not own: the gate, nor what is done with a refused message.
// Keeps INV-10 (the token's tenant is the subject's) and INV-12 (the body names neither).

import {
  isObject,
  err,
  intentSubmit,
  ok,
  refuse,
  TenantId,
  type Json,
  type JsonObject,
  type Refusal,
  type Result,
} from "@counterfoil/contracts"
import type { Clock, Directory, Submission } from "@counterfoil/contracts/ports"
import { sessionOfHash } from "../entrance/authenticate.ts"
import { keyHeaderProblem, keyOfHeader } from "../entrance/call-headers.ts"
import { readBody } from "../entrance/read-body.ts"
import type { Caller } from "@counterfoil/gate"

/** The call of the gate. */
interface ReadSubmission {
  readonly caller: Caller
  readonly input: Json
}

/** Why a submission was not read: it was unreadable, or it was read and refused; with the sender, if known. */
interface NotRead {
  readonly reason: "unreadable" | "refused"
  readonly caller: Caller | null
  readonly refusal: Refusal
}

/** Reads one. Throws what the directory throws. */
export async function readSubmission(
  submission: Submission,
  { directory, clock }: { readonly directory: Directory; readonly clock: Clock },
): Promise<Result<ReadSubmission, NotRead>> {
  const body = readBody(submission.body)
  if (!body.ok) return err({ reason: "unreadable", caller: null, refusal: body.error })
  const tenant = TenantId.safeParse(submission.tenant)
  if (!tenant.success)
    return err({ reason: "unreadable", caller: null, refusal: refuse("ROUTE_NOT_FOUND", {}) })
  const session = await sessionOfHash(
    submission.tokenHash,
    { traceparent: submission.traceparent ?? undefined, channel: "nats", now: clock.now() },
    directory,
  )
  if (!session.ok) return err({ reason: "refused", caller: null, refusal: session.error })
  const { caller } = session.value
  const refusal =
    caller.tenant === tenant.data
      ? null
      : refuse("GRANT_MISSING", { principal: caller.principal, capability: intentSubmit.capability })
  if (refusal !== null) return err({ reason: "refused", caller, refusal })
  const input = inputOf(body.value, submission)
  return input.ok
    ? ok({ caller, input: input.value })
    : err({ reason: "refused", caller, refusal: input.error })
}

/** The body with the key of the header. No caller waits for the answer, so a `wait` in the body is removed. */
function inputOf(body: Json, { key: header, messageKey }: Submission): Result<Json, Refusal> {
  if (!isObject(body)) return ok(body)
  const { wait: _wait, ...input } = body
  const unreadable = keyHeaderProblem(header ?? undefined)
  if (unreadable !== null) return err(wrongKey("header", unreadable))
  const key = keyOfHeader(header ?? undefined)
  if (input["key"] === undefined) return ok({ ...input, ...keyed(key ?? messageKey) })
  if (key === undefined || input["key"] === key) return ok(input)
  return err(wrongKey("value", "Two places of the request disagree."))
}

const wrongKey = (code: string, message: string): Refusal =>
  refuse(
    "INPUT_INVALID",
    { contract: intentSubmit.ref, count: 1 },
    { issues: [{ at: "/key", code, message }] },
  )

const keyed = (key: string | null): JsonObject => (key === null ? {} : { key })
