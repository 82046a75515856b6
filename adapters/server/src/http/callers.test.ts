// Which requests reach a route: the check of the host name, and room for new sockets.

import { connect, type Socket } from "node:net"
import { afterEach, describe, expect, test, vi } from "vitest"
import { Problem } from "@counterfoil/contracts"
import { startMetricsListener } from "./metrics-listener.ts"
import { startTestServer, tokens, type TestServer } from "../../test/http-server.ts"

const sockets: Socket[] = []
let world: TestServer | null = null
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await world?.close()
  world = null
})

const opened = (url: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    sockets.push(socket)
    socket.once("connect", () => {
      resolve(socket)
    })
    socket.once("error", reject)
  })

/** Sends raw bytes, and returns what comes back until the socket ends. */
const sent = async (url: string, text: string): Promise<string> => {
  const socket = await opened(url)
  return new Promise((resolve) => {
    let answer = ""
    socket.on("data", (data) => {
      answer += data.toString("latin1")
    })
    socket.once("close", () => {
      resolve(answer)
    })
    socket.write(text)
  })
}

const ask = (path: string, ...headers: readonly string[]): string =>
  [`GET ${path} HTTP/1.1`, ...headers, "connection: close", "", ""].join("\r\n")
const problemIn = (answer: string) => Problem.parse(JSON.parse(answer.split("\r\n\r\n")[1] ?? ""))

describe("INV-04 the name that a request was sent to", () => {
  test("has to be one of the server: a page of another site reads nothing, health included", async () => {
    world = await startTestServer()
    const token = `authorization: Bearer ${tokens.olga}`
    for (const path of ["/livez", "/v1/openapi.json", "/nowhere"]) {
      const answer = await sent(world.url, ask(path, "host: rebound.evil.example:7420", token))
      expect(answer).toMatch(/^HTTP\/1\.1 404 /)
      const { code, fix, issues } = problemIn(answer)
      expect([code, issues[0]?.code]).toEqual(["ROUTE_NOT_FOUND", "host"])
      expect(fix).toContain("COUNTERFOIL_HOSTS")
    }
    expect(await sent(world.url, ask("/livez", "host: localhost"))).toMatch(/^HTTP\/1\.1 200 /)
    expect(world.calls).toEqual([])
  })

  test("may not be left out: a request without Host gets a problem", async () => {
    world = await startTestServer()
    const answer = await sent(world.url, ask("/livez"))
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain("application/problem+json")
    expect(problemIn(answer).issues).toEqual([
      { at: "", code: "host", message: "The request has no Host header." },
    ])
  })

  test("is asked of the metrics listener too, which asks for no token", async () => {
    const listener = await startMetricsListener({
      metrics: { text: async () => "numbers 1\n" } as Parameters<typeof startMetricsListener>[0]["metrics"],
      probes: { isAlive: () => true, isReady: async () => true },
      host: "127.0.0.1",
      port: 0,
      hosts: ["metrics.acme.test"],
    })
    try {
      for (const path of ["/metrics", "/livez", "/readyz"])
        expect(await sent(listener.url, ask(path, "host: rebound.evil.example"))).toMatch(/^HTTP\/1\.1 421 /)
      expect(await sent(listener.url, ask("/metrics", "host: metrics.acme.test"))).toContain("numbers 1")
      // A probe in HTTP/1.0, as some balancers send it.
      expect(await sent(listener.url, "GET /livez HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /)
    } finally {
      await listener.close()
    }
  })
})

describe("a server that is full of idle sockets", () => {
  test("closes the one that is idle longest, and answers new callers", async () => {
    world = await startTestServer({ limits: { connectionsMax: 20 } })
    const { url } = world
    const first = await opened(url)
    let closed = false
    first.once("close", () => {
      closed = true
    })
    for (let count = 0; count < 60; count += 1) await opened(url)
    await vi.waitUntil(() => closed, { timeout: 5_000 })
    expect(await sent(url, ask("/livez", "host: localhost"))).toMatch(/^HTTP\/1\.1 200 /)
  })

  test("never closes one with a request under way: a stream stays open", async () => {
    world = await startTestServer({ limits: { connectionsMax: 20 } })
    const { url } = world
    const stream = await opened(url)
    let ended = false
    let text = ""
    stream.once("close", () => {
      ended = true
    })
    stream.on("data", (data) => {
      text += data.toString("latin1")
    })
    stream.write(`GET /v1/stream HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${tokens.olga}\r\n\r\n`)
    await vi.waitUntil(() => text.includes("200 OK"), { timeout: 5_000 })
    for (let count = 0; count < 60; count += 1) await opened(url)
    expect(await sent(url, ask("/livez", "host: localhost"))).toMatch(/^HTTP\/1\.1 200 /)
    expect(ended).toBe(false)
  })
})
