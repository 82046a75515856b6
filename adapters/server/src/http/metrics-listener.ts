// The listener for operators of the process: `GET /metrics`, `/livez` and `/readyz`, and nothing else.
// Owns: its socket, on loopback unless the operator configures another address. Does not own: the numbers (metrics.ts), the health.
// It is a separate listener because metrics need no token, and because a process that serves no API has health too.

import { createServer, type ServerResponse } from "node:http"
import { isKnownHost } from "../entrance/known-host.ts"
import { keepRoom } from "./socket-room.ts"
import { metricsMediaType, type Metrics } from "../operate/telemetry/metrics.ts"

/** A running listener. `close` settles when its socket is closed. */
interface MetricsListener {
  readonly url: string
  close(): Promise<void>
}

/** A scrape is one short request; a socket that is held longer is closed. In milliseconds. */
const scrapeMs = 10_000
/** Open sockets: far more than scrapers and probes need. */
const connectionsMax = 200

/** The two short health checks, which answer yes or no. */
interface Probes {
  readonly isAlive: () => boolean
  readonly isReady: () => Promise<boolean>
}

/** Starts listening; port 0 takes a free one. Throws when the address cannot be taken. */
export async function startMetricsListener({
  metrics,
  probes,
  host,
  port,
  hosts = [],
}: {
  readonly metrics: Metrics
  readonly probes: Probes
  readonly host: string
  readonly port: number
  /** Host names that it accepts beside addresses and local names; in lower case. */
  readonly hosts?: readonly string[]
}): Promise<MetricsListener> {
  const server = createServer(
    { requestTimeout: scrapeMs, headersTimeout: scrapeMs, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      // The listener needs no token, so a page of another site must not reach it by DNS rebinding.
      // A browser always sends Host; a probe in HTTP/1.0 may not.
      const { host: named } = request.headers
      if (named !== undefined && !isKnownHost(named, [...hosts, host.toLowerCase()])) {
        response.writeHead(421, { "content-type": "text/plain" }).end(foreign)
        return
      }
      if (request.method === "GET" && request.url === "/livez") return says(response, probes.isAlive())
      if (request.method === "GET" && request.url === "/readyz") {
        probes.isReady().then(
          (ready) => says(response, ready),
          () => says(response, false),
        )
        return
      }
      if (request.method !== "GET" || request.url !== "/metrics") {
        response.writeHead(404).end()
        return
      }
      metrics.text().then(
        (text) =>
          response
            .writeHead(200, { "content-type": metricsMediaType, "cache-control": "no-store" })
            .end(text),
        () => response.writeHead(500).end(),
      )
    },
  )
  keepRoom(server, connectionsMax)
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const bound = typeof address === "object" && address !== null ? address.port : port
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

const foreign =
  "This listener does not have the name in the Host header: use its address, or add the name to COUNTERFOIL_HOSTS.\n"

function says(response: ServerResponse, yes: boolean): void {
  response.writeHead(yes ? 200 : 503, { "content-type": "application/json", "cache-control": "no-store" })
  response.end(JSON.stringify({ status: yes ? "ok" : "unavailable" }))
}
