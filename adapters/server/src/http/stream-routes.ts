// The event streams of one execution and of a whole tenant.
// Owns: the two routes, the place from which a reader resumes, the check that it is a place of this log, and how many may read.
// Does not own: the loop (event-stream.ts).
// Keeps INV-04 (what a reader may see is decided at the start, every 2 s and when a grant ends) and INV-10 (an
// execution that a caller may not read gets the same answer as one that does not exist, and no place in a stream counts what is not shown).

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import {
  ContractRef,
  ExecutionId,
  err,
  ok,
  refuse,
  type ErrorCode,
  type Refusal,
  type Result,
  type TenantId,
} from "@counterfoil/contracts"
import { httpPrefix } from "@counterfoil/contracts/http"
import type { Clock, Directory, Doorbell, ExecutionRow, TraceStore } from "@counterfoil/contracts/ports"
import { authenticate } from "../entrance/authenticate.ts"
import type { Caller, Following, PlaceCodec } from "@counterfoil/gate"
import type { Logger } from "../operate/telemetry/logger.ts"
import type { Metrics } from "../operate/telemetry/metrics.ts"
import { openAdmission } from "../entrance/admission.ts"
import type { ContractAddress } from "../outbound/contract-address.ts"
import { followEvents, type Followed } from "./event-stream.ts"
import type { HttpLimits } from "./http-limits.ts"
import { answerProblem, refusalOf, securityHeaders } from "./problem-answer.ts"
import { headerOf, partsOf, queryOf, sessionOf } from "./request.ts"
import { openWake } from "../outbound/wake.ts"

/** The part of the store that streams read: the log and the traces. */
export interface StreamStore extends Pick<TraceStore, "sequenced" | "logEnd" | "trace"> {
  execution(tenant: TenantId, executionId: ExecutionId): Promise<Pick<ExecutionRow, "head"> | null>
}

/** What the streams need. */
export interface StreamRoutes {
  readonly store: StreamStore
  readonly doorbell: Pick<Doorbell, "listen">
  readonly directory: Directory
  readonly clock: Clock
  readonly metrics: Metrics
  readonly logger: Logger
  readonly limits: HttpLimits
  readonly closing: AbortSignal
  readonly mayRead: (caller: Caller, executionId: ExecutionId | null) => Promise<Result<Following, Refusal>>
  readonly places: PlaceCodec
  readonly addressOf: ContractAddress
}

/** The path of each stream with its description. The ids of a stream count in its own order. */
export const streamPaths = {
  [`${httpPrefix}/stream`]:
    "Every event of the tenant that the caller may read, in the order of its log. Resume from the id.",
  [`${httpPrefix}/executions/:executionId/stream`]:
    "Every event of one execution. The id is the number of the entry in its trace.",
} as const

const roomAfterSeconds = 5

/** Serves the streams. */
export function serveStreams(app: FastifyInstance, routes: StreamRoutes): void {
  const admission = openAdmission({
    all: routes.limits.streamsMax,
    each: routes.limits.streamsPerPrincipalMax,
  })
  for (const path of Object.keys(streamPaths)) {
    app.get(path, { config: { stays: true } }, async (request, reply) => {
      const { caller } = sessionOf(request)
      const opened = await opening(routes, request, caller)
      if (!opened.ok) return answerProblem(reply, opened.error.problem(request.id))
      const leave = admission.enter(caller)
      if (leave === null)
        return answerProblem(reply, refuse("OVERLOADED", { seconds: roomAfterSeconds }).problem(request.id))
      reply.hijack()
      routes.metrics.set("http_streams_open", {}, admission.inside)
      try {
        await serve(routes, request, reply, opened.value)
      } finally {
        leave()
        routes.metrics.set("http_streams_open", {}, admission.inside)
      }
    })
  }
}

interface Opened {
  readonly executionId: ExecutionId | null
  readonly after: number
  readonly following: Following
}

/** What to read and from where, or the refusal. */
async function opening(
  routes: StreamRoutes,
  request: FastifyRequest,
  caller: Caller,
): Promise<Result<Opened, Refusal>> {
  const { mayRead, places } = routes
  const named = partsOf(request).path["executionId"]
  const after = placeOf(request, (text) => (named === undefined ? places.open(caller, text) : null))
  if (!after.ok) return after
  const parsed = named === undefined ? null : ExecutionId.safeParse(named)
  if (parsed?.success === false) return err(refuse("NOT_FOUND", { type: "Execution" }))
  const executionId = parsed?.data ?? null
  const following = await mayRead(caller, executionId)
  if (!following.ok) return following
  const { position, isBare } = after.value
  // A reader of part of a log gets only encrypted places: a plain one would reveal how long the log is.
  if (following.value.reach !== null && isBare && position > 0) return err(notAPlace("format", noPlace))
  const end = position === 0 ? null : await endBefore(routes, caller, executionId, position)
  if (end !== null) {
    const shown = idAt(places, caller, following.value, end)
    return err(
      notAPlace(
        "ahead",
        `This stream ends at ${shown}: the place lies beyond it, and events may have been lost.`,
      ),
    )
  }
  return ok({ executionId, after: position, following: following.value })
}

/** A position in the form that its reader gets. A position in a log counts hidden entries too, so only a reader of the whole log gets it plain. */
const idAt = (places: PlaceCodec, caller: Caller, { reach }: Following, position: number): string =>
  reach === null ? String(position) : places.seal(caller, position)

/**
 * The end of a log that ends before a position; null when the log reaches the position. A reader that resumes beyond the end, as after
 * a restore, would never get the entries up to its place.
 */
async function endBefore(
  { store }: StreamRoutes,
  { tenant }: Caller,
  executionId: ExecutionId | null,
  position: number,
): Promise<number | null> {
  const end =
    executionId === null
      ? await store.logEnd(tenant)
      : ((await store.execution(tenant, executionId))?.head.seq ?? 0)
  return end < position ? end : null
}

interface AskedPlace {
  readonly position: number
  /** Written as a number, and not encrypted. */
  readonly isBare: boolean
}

/** The position after which to resume: `Last-Event-ID` before `?after=`, since a browser reconnects with both. */
function placeOf(
  request: FastifyRequest,
  unsealed: (text: string) => number | null,
): Result<AskedPlace, Refusal> {
  const asked =
    headerOf(request, "last-event-id") ?? new URLSearchParams(queryOf(request.url)).get("after") ?? "0"
  const isBare = /^\d{1,15}$/.test(asked)
  const position = isBare ? Number(asked) : unsealed(asked)
  return position === null ? err(notAPlace("format", noPlace)) : ok({ position, isBare })
}

const noPlace = "A place is the id of an event, or 0."
const notAPlace = (code: "format" | "ahead", message: string): Refusal =>
  refuse(
    "INPUT_INVALID",
    { contract: ContractRef.parse("stream.follow@1"), count: 1 },
    { issues: [{ at: "/after", code, message }] },
  )

async function serve(
  routes: StreamRoutes,
  request: FastifyRequest,
  { raw }: FastifyReply,
  { executionId, after, ...opened }: Opened,
): Promise<void> {
  const { caller } = sessionOf(request)
  let { following } = opened
  const wake = openWake()
  const silence = routes.doorbell.listen((rung) => {
    if (executionId === null || rung === executionId) wake.wake()
  })
  const wakeAtEnd = () => {
    wake.wake()
  }
  routes.closing.addEventListener("abort", wakeAtEnd)
  const followed: Followed = {
    wake,
    closing: routes.closing,
    addressOf: routes.addressOf,
    next: (position, limit) =>
      executionId === null
        ? routes.store.sequenced(caller.tenant, position, limit, following.reach)
        : ofExecution(routes, caller, executionId, position, limit),
    idOf: (position) => idAt(routes.places, caller, following, position),
    stillMay: async () => {
      const decided = await decidedAgain(routes, request, executionId)
      if (!decided.ok) return decided.error
      following = decided.value
      return null
    },
    isOver: () => following.until !== null && following.until <= routes.clock.now(),
  }
  raw.writeHead(200, {
    ...securityHeaders,
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",
  })
  try {
    const end = await followEvents(raw, followed, after)
    routes.logger.info("stream ended", { traceId: request.id, because: end })
  } catch (error) {
    // The headers are sent, so the error goes into the stream; the reader resumes by its last id.
    const { code } = refusalOf(error, request.id, routes.limits.bodyBytesMax)
    raw.end(`event: end\ndata: ${JSON.stringify({ code })}\n\n`)
    routes.logger.warn("stream ended", { traceId: request.id, because: code })
  } finally {
    silence()
    routes.closing.removeEventListener("abort", wakeAtEnd)
  }
}

/** Entries of one trace, with their number as position. */
async function ofExecution(
  { store }: StreamRoutes,
  caller: Caller,
  executionId: ExecutionId,
  after: number,
  limit: number,
) {
  const entries = await store.trace(caller.tenant, executionId, { fromSeq: after + 1, limit })
  return entries.map((entry) => ({ position: entry.head.seq, entry }))
}

async function decidedAgain(
  { directory, clock, mayRead, limits }: StreamRoutes,
  request: FastifyRequest,
  executionId: ExecutionId | null,
): Promise<Result<Following, ErrorCode>> {
  try {
    const session = await authenticate(
      {
        authorization: headerOf(request, "authorization"),
        traceparent: undefined,
        channel: "http",
        now: clock.now(),
      },
      directory,
    )
    if (!session.ok) return err(session.error.code)
    const following = await mayRead(session.value.caller, executionId)
    return following.ok ? following : err(following.error.code)
  } catch (error) {
    return err(refusalOf(error, request.id, limits.bodyBytesMax).code) // Without a decision the reader gets nothing (INV-04).
  }
}
