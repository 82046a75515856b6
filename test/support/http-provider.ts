// A provider on loopback that tests call over real HTTP: it answers by path, and counts what it acted on.
// Owns: its paths. Does not own: which handler calls it.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

/** A running provider. */
export interface HttpProvider {
  readonly origin: string
  /** Requests in the order of arrival. */
  readonly seen: readonly SeenRequest[]
  /** How many requests changed something: one for each idempotency key, and one for each request without a key. */
  acted(path: string): number
  close(): Promise<void>
}

/** One request as the provider received it. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/**
 * Starts one on a free port. By path: `/refuse` answers 422, `/busy` 503, `/moved` 302, `/echo` the authorisation header,
 * `/large` more than a step may keep, `/binary` bytes that are not text, `/hang-up` and `/hang-up-once` end the connection
 * after the request took effect. Every other path answers 200 with a JSON body.
 */
export async function openHttpProvider(): Promise<HttpProvider> {
  const seen: SeenRequest[] = []
  const acts = new Map<string, Set<string>>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const path = request.url ?? ""
      const method = request.method ?? ""
      const earlier = seen.filter((one) => one.path === path).length
      seen.push({ method, path, headers: request.headers, body: Buffer.concat(chunks).toString("utf8") })
      const key = request.headers["idempotency-key"]
      if (method !== "GET" && path !== "/refuse")
        acts.set(path, (acts.get(path) ?? new Set()).add(typeof key === "string" ? key : `${earlier}`))
      answer(request, response, path, earlier)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const at = server.address()
  if (at === null || typeof at === "string") throw new Error("the provider listens on no port")
  return {
    origin: `http://127.0.0.1:${at.port}`,
    seen,
    acted: (path) => acts.get(path)?.size ?? 0,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse, path: string, earlier: number): void {
  switch (path) {
    case "/refuse":
      response.writeHead(422).end("no")
      return
    case "/busy":
      response.writeHead(503).end()
      return
    case "/moved":
      response.writeHead(302, { location: "/elsewhere" }).end()
      return
    case "/echo":
      response.setHeader("content-type", "text/plain").end(request.headers.authorization ?? "")
      return
    case "/large":
      response.end("x".repeat(1024 * 1024))
      return
    case "/binary":
      response.end(Buffer.from([0xff, 0xfe, 0x00]))
      return
    case "/hang-up":
    case "/hang-up-unsafe":
      request.socket.destroy()
      return
    case "/hang-up-once":
      if (earlier === 0) request.socket.destroy()
      else response.setHeader("content-type", "application/json").end('{"ok":true}')
      return
    default:
      response.setHeader("content-type", "application/json").end('{"ok":true}')
  }
}
