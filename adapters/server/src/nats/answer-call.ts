// Answers one request over NATS: reads a call from the bytes of a message, calls the gate, and makes the reply.
// Owns: the order of the checks. Does not own: each check (entrance/), parsing and authority (the gate), subscriptions (open-nats-door.ts).
// Keeps INV-10 (a token works only in its own tenant), INV-12 (a subject is not identity) and INV-13 (no error is sent unchanged).

import { Match, type MsgHdrs } from "@nats-io/transport-node"
import { err, ok, refuse, type Refusal, type Registry, type Result } from "@counterfoil/contracts"
import { natsCalls, natsHeaders, parseSubject, type NatsCall } from "@counterfoil/contracts/nats"
import type { Random } from "@counterfoil/contracts/ports"
import { answerInTime } from "../entrance/answer-in-time.ts"
import { waitSecondsOf } from "../entrance/call-headers.ts"
import { inputOf } from "../entrance/call-input.ts"
import type { DoorLimits } from "../entrance/door-limits.ts"
import type { Entrance } from "../entrance/entrance.ts"
import { readBody } from "../entrance/read-body.ts"
import { newTraceId, traceIdOf, type Caller, failureOf, type CallAnswer, type Gate } from "@counterfoil/gate"
import { describeError, type Logger } from "../operate/telemetry/logger.ts"
import { answerReply, problemReply, type NatsReply } from "./nats-reply.ts"

/** What answering needs. */
interface CallWorld {
  readonly gate: Gate
  readonly registry: Registry
  readonly entrance: Entrance
  readonly random: Random
  readonly limits: DoorLimits
  readonly logger: Logger
  readonly closing: AbortSignal
}

/** The parts of a message that are read, all of them *untrusted*. Reading `headers` may throw. */
export interface NatsRequest {
  readonly subject: string
  readonly headers?: MsgHdrs
  readonly data: Uint8Array
}

/** Answers one request with any content; never throws. `call` is the contract that its subject names, if it names one. */
type AnswerCall = (
  request: NatsRequest,
) => Promise<{ readonly call: NatsCall | null; readonly reply: NatsReply }>

/** Makes the function that answers calls of a registry. */
export function callAnswerer(world: CallWorld): AnswerCall {
  const calls = new Map(natsCalls(world.registry).map((call) => [call.name, call]))
  return async (request) => {
    const headers = headersOf(request, world.limits.headerBytesMax)
    const traceId = headers.ok
      ? traceIdOf(headers.value(natsHeaders.traceparent), world.random)
      : newTraceId(world.random)
    const subject = parseSubject(request.subject)
    const call = (subject?.kind === "call" ? calls.get(subject.name) : undefined) ?? null
    try {
      if (!headers.ok) return { call, reply: problemReply(headers.error.problem(traceId)) }
      if (subject === null || call === null)
        return { call, reply: problemReply(refuse("ROUTE_NOT_FOUND", {}).problem(traceId)) }
      const asked = { call, tenant: subject.tenant, header: headers.value, data: request.data, traceId }
      return { call, reply: await replyTo(world, asked) }
    } catch (error) {
      const problem = failureOf(error, traceId).problem(traceId)
      world.logger.error("request failed", { code: problem.code, traceId, ...describeError(error) })
      return { call, reply: problemReply(problem) }
    }
  }
}

interface Asked {
  readonly call: NatsCall
  readonly tenant: string
  readonly header: Header
  readonly data: Uint8Array
  readonly traceId: string
}

type Header = (name: string) => string | undefined

/** Reads headers by name, ignoring case; the values of a repeated header are joined, as over HTTP. */
function headersOf(request: NatsRequest, bytesMax: number): Result<Header, Refusal> {
  let given: MsgHdrs | undefined
  try {
    given = request.headers
  } catch {
    return err(refuse("JSON_MALFORMED", { offset: 0 })) // bytes that cannot be read as headers, as over HTTP
  }
  const fields: [string, string[]][] = given === undefined ? [] : [...given]
  const size = fields.reduce(
    (sum, [name, values]) => sum + values.reduce((all, value) => all + name.length + value.length + 4, 0),
    0,
  )
  if (size > bytesMax) return err(refuse("INPUT_TOO_LARGE", { limit: bytesMax }))
  return ok((name) => {
    const values = given?.values(name, Match.IgnoreCase) ?? []
    return values.length === 0 ? undefined : values.join(", ")
  })
}

async function replyTo(world: CallWorld, asked: Asked): Promise<NatsReply> {
  const { call, header, traceId } = asked
  const refused = (refusal: Refusal) => problemReply(refusal.problem(traceId))
  const session = await world.entrance.identify(
    {
      authorization: header(natsHeaders.authorization),
      traceparent: header(natsHeaders.traceparent),
      channel: "nats",
    },
    `nats ${asked.tenant}`,
  )
  if (!session.ok) return refused(session.error)
  const { caller } = session.value
  // Before any look-up, so that no answer reveals what exists in the other tenant.
  if (caller.tenant !== asked.tenant)
    return refused(
      refuse("GRANT_MISSING", { principal: caller.principal, capability: call.contract.capability }),
    )
  const room = world.entrance.admit(caller)
  if (!room.ok) return refused(room.error)
  try {
    return await called(world, asked, caller)
  } finally {
    room.value()
  }
}

async function called(world: CallWorld, asked: Asked, caller: Caller): Promise<NatsReply> {
  const { call, header, data, traceId } = asked
  const { contract, keyed } = call
  const body = data.length === 0 ? ok(undefined) : readBody(data)
  if (!body.ok) return problemReply(body.error.problem(traceId))
  const input = inputOf(
    { name: contract.ref, method: "POST", inputSchema: contract.inputSchema, inPath: [], keyed },
    { path: {}, query: "", body: body.value, idempotencyKey: header(natsHeaders.idempotencyKey) },
  )
  if (!input.ok) return problemReply(input.error.problem(traceId))
  const waitSeconds = waitSecondsOf(header(natsHeaders.prefer))
  const { answerMs } = world.limits
  const answer = await answerInTime({ answerMs, ends: world.closing, traceId }, (signal) =>
    world.gate.call({
      caller,
      contract: contract.ref,
      input: input.value,
      waitMs: (waitSeconds ?? 0) * 1000,
      signal,
      traceId,
    }),
  )
  return answered(world, call, answer, waitSeconds, traceId)
}

function answered(
  { logger }: CallWorld,
  { contract, answer: schema }: NatsCall,
  answer: CallAnswer,
  waitSeconds: number | null,
  traceId: string,
): NatsReply {
  if (answer.kind === "problem") return problemReply(answer.problem, answer.retryAfterSeconds)
  if (schema.safeParse(answer.body).success) return answerReply(answer.body, waitSeconds)
  const problem = refuse("OUTPUT_INVALID", {}).problem(traceId)
  logger.error("answer does not match its contract", { code: problem.code, traceId, contract: contract.ref })
  return problemReply(problem)
}
