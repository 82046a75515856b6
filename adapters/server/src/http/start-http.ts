// The HTTP server: one Fastify instance, its bounds, its routes, its end.
// Owns: order of set-up, the last resort for errors, closing. Does not own: any route (files beside this one).
// Keeps INV-04 (what is not a route of ours is refused) and INV-13 (no error of Fastify or Node leaves as it is).

import type { Socket } from "node:net"
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify"
import { refuse, type Registry, type SemVer } from "@counterfoil/contracts"
import type { Clock, Directory, Doorbell, Random } from "@counterfoil/contracts/ports"
import { newTraceId, traceIdOf, type Gate, type IdentityWorld } from "@counterfoil/gate"
import { describeError, type Logger } from "../operate/telemetry/logger.ts"
import type { Metrics } from "../operate/telemetry/metrics.ts"
import { readStrictJson } from "./body-parser.ts"
import type { ContractAddress } from "../outbound/contract-address.ts"
import { serveContracts } from "./contract-routes.ts"
import { openDoor } from "./door.ts"
import type { Health } from "./health.ts"
import { guardHosts } from "./host-guard.ts"
import { serveHealth } from "./health-routes.ts"
import type { HttpLimits } from "./http-limits.ts"
import { serveIdentity } from "./identity-routes.ts"
import { serveDescriptions, type Descriptions } from "./description-routes.ts"
import { answerProblem, isBadAnswer, problemMediaType, refusalOf, securityHeaders } from "./problem-answer.ts"
import { openRouteTable } from "./route-table.ts"
import { keepRoom } from "./socket-room.ts"
import { serveStreams, type StreamRoutes, type StreamStore } from "./stream-routes.ts"

/** What a server is made of. */
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
  /** Whether a caller may read an execution's events as they happen, or with null those of its whole tenant. */
  readonly mayRead: StreamRoutes["mayRead"]
  readonly places: StreamRoutes["places"]
  /** Where the document of a contract is found: this server, by the address that others reach it by. */
  /** The version of the program. */
  readonly version: SemVer
  readonly addressOf: ContractAddress
  readonly asyncApi: Descriptions["asyncApi"]
  readonly host: string
  /** Names, beside addresses and local ones, that it answers to; in lower case. */
  readonly hosts?: readonly string[]
  /** 0 takes a free one. */
  readonly port: number
}

/** A server at work. `close` stops taking requests, ends waits and streams, and answers when the last reply is out. */
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
    // Contracts parse what comes in and make what goes out. Without compilers of its own, Fastify loads two in a hundred files.
    schemaController: { compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema } },
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.idleMs,
    keepAliveTimeout: limits.idleMs,
    http: {
      // The guard answers what has no name, with a problem.
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

/** What a route with a schema of Fastify's own would be compiled with, at the start. */
function noSchema(): never {
  throw new Error("a route has a schema of Fastify's own: contracts describe what is served")
}

/** Answers whatever was thrown, and tells the operator about what the caller cannot be told. */
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

/** What could not be read as HTTP has no request to answer: one problem is written, and the socket ends. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, { random, limits }: HttpWorld): void {
  // A peer that went away or was too slow is told nothing: there is nobody to read it.
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
