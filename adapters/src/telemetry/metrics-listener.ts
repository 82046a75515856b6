// The listener that Prometheus reads: `GET /metrics`, and nothing else.
// Owns: its socket, on loopback unless the operator says otherwise. Does not own: the numbers (metrics.ts).
// A listener of its own, because metrics have no token: whoever reaches the socket reads them.

import { createServer } from "node:http"
import { metricsMediaType, type Metrics } from "./metrics.ts"

/** A listener at work. `close` answers when its socket is gone. */
export interface MetricsListener {
  readonly url: string
  close(): Promise<void>
}

/** A scrape is one short request; whoever holds a socket longer is cut off. In milliseconds. */
const scrapeMs = 10_000

/** Starts listening; port 0 takes a free one. Throws when the address cannot be taken. */
export async function startMetricsListener({
  metrics,
  host,
  port,
}: {
  readonly metrics: Metrics
  readonly host: string
  readonly port: number
}): Promise<MetricsListener> {
  const server = createServer(
    { requestTimeout: scrapeMs, headersTimeout: scrapeMs, connectionsCheckingInterval: 1_000 },
    (request, response) => {
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
