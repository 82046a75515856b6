// The HTTP server: one Fastify instance, its limits, its routes, its shutdown.
// Owns: the order of set-up, the handler of unexpected errors, closing. Does not own: the routes (files beside this one).
// Keeps INV-04 (a path that is not a route is refused) and INV-13 (no error of Fastify or Node is sent unchanged).

import { once } from "node:events"
import { createServer, type Socket } from "node:net"
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify"
import { refuse, type Json, type Registry, type SemVer } from "@counterfoil/contracts"
import type { Clock, Directory, Doorbell, Random } from "@counterfoil/contracts/ports"
import { newTraceId, traceIdOf, type Gate, type IdentityWorld } from "@counterfoil/gate"
import { describeError, type Logger } from "../operate/telemetry/logger.ts"
import type { Metrics } from "../operate/telemetry/metrics.ts"
import { readBody } from "../entrance/read-body.ts"
import type { ContractAddress } from "../outbound/contract-address.ts"
import { serveContracts } from "./contract-routes.ts"
import { openDoor } from "./door.ts"
import type { Health } from "./health.ts"
import { guardHosts } from "./host-guard.ts"
import { serveHealth } from "./health-routes.ts"
import type { HttpLimits } from "./http-limits.ts"
import { serveIdentity } from "./identity-routes.ts"
import { serveDescriptions, type Descriptions } from "./description-routes.ts"
import {
  answerProblem,
  isBadAnswer,
  problemMediaType,
  refusalOf,
  RefusedRequest,
  securityHeaders,
} from "./problem-answer.ts"
import { openRouteTable } from "./route-table.ts"
import { keepRoom } from "./socket-room.ts"
import { serveStreams, type StreamRoutes, type StreamStore } from "./stream-routes.ts"

/** What a server needs. */
export interface HttpWorld {
  readonly gate: Gate
  readonly directory: Directory
  readonly governing: IdentityWorld["governing"]
  readonly store: StreamStore
  readonly doorbell: Pick<Doorbell, "listen">
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  readonly health: Health
  readonly limits: HttpLimits
  readonly logger: Logger
  /** Whether a caller may stream an execution's events, or with null those of its whole tenant. */
  readonly mayRead: StreamRoutes["mayRead"]
  readonly places: StreamRoutes["places"]
  /** The address of a contract's document: on this server, by the address under which others reach it. */
  /** The version of the program. */
  readonly version: SemVer
  readonly addressOf: ContractAddress
  readonly asyncApi: Descriptions["asyncApi"]
  readonly host: string
  /** Host names that it accepts beside addresses and local names; in lower case. */
  readonly hosts?: readonly string[]
  /** 0 takes a free one. */
  readonly port: number
}

/** A running server. `close` stops taking requests, ends waits and streams, and settles when the last response is sent. */
export interface HttpServer {
  readonly url: string
  /** Every route that is served, as `METHOD /path`, sorted. */
  readonly routes: readonly string[]
  close(): Promise<void>
}

/** Starts listening. Throws when the address cannot be taken. */
export async function startHttp(world: HttpWorld): Promise<HttpServer> {
  const { limits, logger } = world
  const closing = new AbortController()
  const table = openRouteTable()
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: "idle",
    // Contracts parse requests and serialize responses. Unless compilers are set, Fastify loads its two, in a hundred files.
    schemaController: { compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema } },
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.idleMs,
    keepAliveTimeout: limits.idleMs,
    http: {
      // The host guard refuses a request without Host, with a problem.
      requireHostHeader: false,
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: 1_000,
    },
    genReqId: (request) => traceIdOf(textOf(request.headers["traceparent"]), world.random),
    clientErrorHandler: (error, socket) => {
      answerUnreadable(error, socket, world)
    },
    frameworkErrors: (error, request, reply) => {
      void answerError(world, error, request, reply.headers(securityHeaders))
    },
  })
  keepRoom(app.server, limits.connectionsMax)
  app.addHook("onRoute", (route) => {
    table.add(route)
  })
  app.setErrorHandler((error, request, reply) => answerError(world, error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    answerProblem(reply, table.refusal(request.url).problem(request.id)),
  )
  readStrictJson(app)
  measure(app, world.metrics)
  guardHosts(app, [...(world.hosts ?? []), world.host.toLowerCase()])
  openDoor(app, { directory: world.directory, clock: world.clock, limits, closing: closing.signal })
  serveContracts(app, {
    gate: world.gate,
    registry: world.registry,
    answerMs: limits.answerMs,
    closing: closing.signal,
  })
  serveIdentity(app, world)
  serveDescriptions(app, world)
  serveHealth(app, world)
  serveStreams(app, { ...world, closing: closing.signal })
  const url = await app.listen({ host: world.host, port: world.port })
  logger.info("listening", { url })
  return {
    url,
    routes: table.routes(),
    close: async () => {
      closing.abort()
      await app.close()
    },
  }
}

/** The compiler for a route with a Fastify schema; it throws at the start, because there must be none. */
function noSchema(): never {
  throw new Error("a route has a Fastify schema: only contracts describe what is served")
}

/** Turns a thrown error into a response, and logs for the operator what the response must not contain. */
function answerError(
  { logger, limits }: HttpWorld,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = refusalOf(error, request.id, limits.bodyBytesMax)
  const problem = refusal.problem(request.id)
  if (problem.status >= 500) {
    const message = isBadAnswer(error) ? "answer does not match its contract" : "request failed"
    logger.error(message, {
      code: problem.code,
      traceId: request.id,
      route: request.routeOptions.url ?? "none",
      ...describeError(error),
    })
  }
  return answerProblem(reply, problem)
}

/** Bytes that cannot be parsed as HTTP have no request to answer: writes one problem, and ends the socket. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, { random, limits }: HttpWorld): void {
  // A peer that disconnected or was too slow gets no response, since it would not read one.
  if (!socket.writable || error.code === "ECONNRESET" || error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    socket.destroy()
    return
  }
  const refusal =
    error.code === "HPE_HEADER_OVERFLOW"
      ? refuse("INPUT_TOO_LARGE", { limit: limits.headerBytesMax })
      : refuse("JSON_MALFORMED", { offset: 0 })
  const problem = refusal.problem(newTraceId(random))
  const body = JSON.stringify(problem)
  const headers = {
    ...securityHeaders,
    "content-type": problemMediaType,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(`HTTP/1.1 ${problem.status} Refused\r\n${lines.join("\r\n")}\r\n\r\n${body}`)
}

const textOf = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === "string" ? header : undefined

function measure(app: FastifyInstance, metrics: Metrics): void {
  app.addHook("onResponse", async (request, reply) => {
    metrics.observe(
      "http_request_duration_seconds",
      { route: request.routeOptions.url ?? "none", status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    )
  })
}

/** Replaces Fastify's parsers, which accept duplicate keys and send error messages of their own. */
function readStrictJson(app: FastifyInstance): void {
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

/** Listens on an address and stops again. Throws what listening there throws. */
export async function refuseTaken(host: string, port: number): Promise<void> {
  const server = createServer().listen(port, host)
  await once(server, "listening")
  server.close()
  await once(server, "close")
}
