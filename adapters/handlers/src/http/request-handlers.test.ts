// The HTTP handlers against a server on loopback: the laws of their classes, and what they must not send or return.

import fc from "fast-check"
import ipaddr from "ipaddr.js"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { afterEach, describe, expect, test } from "vitest"
import type { Duration, Json } from "@counterfoil/contracts"
import { callOf, handlerLaws, type HandlerWorld } from "../../test/handler-laws.ts"
import { mayConnect } from "./egress.ts"
import { requestHandlers } from "./request-handlers.ts"
import type { HttpHost } from "../handler-config.ts"

const secret = "s3cr3t-of-the-tests-0123456789"
const readSecret = async (name: string) => (name === "notes/token" ? secret : undefined)

interface Provider {
  readonly origin: string
  readonly port: number
  readonly seen: readonly {
    readonly url: string
    readonly headers: IncomingMessage["headers"]
    readonly body: string
  }[]
  readonly acted: ReadonlySet<string>
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A provider that acts once for each idempotency key, and for each request without one. */
async function openProvider(
  answer?: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<Provider> {
  const seen: { url: string; headers: IncomingMessage["headers"]; body: string }[] = []
  const acted = new Set<string>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      seen.push({
        url: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      })
      const key = request.headers["idempotency-key"]
      if (request.method !== "GET") acted.add(typeof key === "string" ? key : `request ${seen.length}`)
      if (answer !== undefined) answer(response, request)
      else
        response
          .setHeader("content-type", "application/json")
          .end(`{"got":${JSON.stringify(request.headers.authorization ?? null)}}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const at = server.address()
  const port = typeof at === "object" && at !== null ? at.port : 0
  return { origin: `http://127.0.0.1:${port}`, port, seen, acted }
}

function handlersOf(
  hosts: readonly HttpHost[],
  resolve: (name: string) => Promise<readonly string[]> = async () => [],
) {
  const window = "PT24H" as Duration
  const config = {
    hosts: [...hosts],
    keyed: { origins: hosts.map((host) => host.origin), header: "idempotency-key", window },
  }
  const [get, send, keyed] = requestHandlers({ config, readSecret, resolve })
  if (get === undefined || send === undefined || keyed === undefined) throw new Error("three handlers")
  return { get, send, keyed }
}
const loopback = (origin: string): HttpHost => ({ origin, network: "loopback", secrets: ["notes/token"] })
const secretHeaders = { authorization: { $secret: "notes/token" } }

function lawWorld(kind: "get" | "send" | "keyed") {
  return async (): Promise<HandlerWorld> => {
    const provider = await openProvider()
    const target = { url: `${provider.origin}/notes`, secretHeaders }
    return {
      handler: handlersOf([loopback(provider.origin)])[kind],
      badInput: { url: "file:///etc/passwd" },
      secrets: [secret],
      input: kind === "get" ? target : { ...target, method: "POST", json: { text: "Hello" } },
      observe: async () => JSON.stringify([...provider.acted]),
      effects: async () => provider.acted.size,
      close: async () => {},
    }
  }
}

handlerLaws("http.request.get", lawWorld("get"))
handlerLaws("http.request.send", lawWorld("send"))
handlerLaws("http.request.keyed", lawWorld("keyed"))

describe("http handlers", () => {
  const post = (origin: string, more: { readonly [field: string]: Json } = {}) =>
    callOf({ method: "POST", url: `${origin}/notes`, json: { b: 1, a: 2 }, ...more })

  test("the key goes into the configured header, the body is canonical, the secret arrives and its echo is withheld", async () => {
    const provider = await openProvider()
    const answer = await handlersOf([loopback(provider.origin)]).keyed.run(
      post(provider.origin, { secretHeaders }),
    )
    expect(answer).toEqual({
      kind: "succeeded",
      output: { status: 200, contentType: null, body: null, withheld: "secret" },
    })
    expect(provider.seen[0]).toMatchObject({
      body: '{"a":2,"b":1}',
      headers: { "idempotency-key": "a1".repeat(32), authorization: secret },
    })
  })

  test.each([
    [400, "send", { kind: "rejected", code: "HTTP_400" }],
    [422, "keyed", { kind: "rejected", code: "HTTP_422" }],
    [429, "send", { kind: "rejected", code: "HTTP_429" }],
    [429, "keyed", { kind: "unknown", retryAfterMs: 7000 }],
    [409, "keyed", { kind: "unknown" }],
    [503, "send", { kind: "unknown", retryAfterMs: 7000 }],
    [302, "send", { kind: "unknown" }],
    [204, "send", { kind: "succeeded", output: { status: 204, body: "" } }],
  ] as const)("the status %i of %s gives the right answer", async (status, kind, expected) => {
    const provider = await openProvider((response) =>
      response.writeHead(status, { "retry-after": "7", location: "/else" }).end(),
    )
    expect(await handlersOf([loopback(provider.origin)])[kind].run(post(provider.origin))).toMatchObject(
      expected,
    )
    expect(provider.seen.length).toBe(1)
  })

  test("a refused connection sent nothing; a connection that is lost afterwards leaves it unknown", async () => {
    const closed = await openProvider()
    await closers.pop()?.()
    expect((await handlersOf([loopback(closed.origin)]).send.run(post(closed.origin))).kind).toBe("notSent")
    const reset = await openProvider((response) => response.destroy())
    expect((await handlersOf([loopback(reset.origin)]).send.run(post(reset.origin))).kind).toBe("unknown")
    const half = await openProvider((response) => {
      response.writeHead(200, { "content-length": "100" }).write("half")
      response.destroy()
    })
    expect((await handlersOf([loopback(half.origin)]).send.run(post(half.origin))).kind).toBe("unknown")
  })

  test("an attempt that is aborted while the provider is silent is unknown", async () => {
    const abort = new AbortController()
    const provider = await openProvider(() => abort.abort())
    const { send } = handlersOf([loopback(provider.origin)])
    expect((await send.run({ ...post(provider.origin), signal: abort.signal })).kind).toBe("unknown")
  })

  test("an answer that is too long or no text happened, and its body is withheld", async () => {
    const long = await openProvider((response) => response.end("x".repeat(64 * 1024 + 1)))
    expect(await handlersOf([loopback(long.origin)]).send.run(post(long.origin))).toMatchObject({
      kind: "succeeded",
      output: { withheld: "tooLarge" },
    })
    const binary = await openProvider((response) => response.end(Buffer.from([0xff, 0xfe])))
    expect(await handlersOf([loopback(binary.origin)]).send.run(post(binary.origin))).toMatchObject({
      kind: "succeeded",
      output: { withheld: "binary" },
    })
    const packed = await openProvider((response) => response.setHeader("content-encoding", "gzip").end("x"))
    expect(await handlersOf([loopback(packed.origin)]).send.run(post(packed.origin))).toMatchObject({
      kind: "succeeded",
      output: { withheld: "binary" },
    })
  })

  test("a request goes to configured origins only, however the address is spelled", async () => {
    const provider = await openProvider()
    const { get } = handlersOf([loopback(provider.origin)])
    const { port } = provider
    const spellings = [
      `http://localhost:${port}/`,
      `http://127.0.0.1:${port + 1}/`,
      `https://127.0.0.1:${port}/`,
    ]
    // A URL without a single spelling is not even compared with them.
    for (const url of [`http://user@127.0.0.1:${port}/`, `http://127.0.0.1.:${port}x/`, "http://["])
      expect(await get.run(callOf({ url }))).toMatchObject({ kind: "rejected", code: "INPUT_INVALID" })
    for (const url of spellings)
      expect(await get.run(callOf({ url }))).toMatchObject({ kind: "rejected", code: "EGRESS_DENIED" })
    // These are other spellings of the configured origin itself.
    for (const url of [
      `http://2130706433:${port}/`,
      `http://0x7f.1:${port}/`,
      `http://127.0.0.1.:${port}/`,
      `http://[::ffff:7f00:1]:${port}/`,
      `HTTP://127.1:${port}/`,
    ]) {
      expect((await get.run(callOf({ url }))).kind).toBe(url.startsWith("HTTP") ? "rejected" : "succeeded")
    }
  })

  test("a public name that leads inside is refused, also when only one of its addresses does", async () => {
    const provider = await openProvider()
    const origin = `http://api.example.com:${provider.port}`
    const host: HttpHost = { origin, network: "public", secrets: [] }
    for (const addresses of [
      ["127.0.0.1"],
      ["93.184.216.34", "10.0.0.1"],
      ["::ffff:127.0.0.1"],
      ["::1"],
      ["fd00::1"],
      ["169.254.169.254"],
    ]) {
      expect(await handlersOf([host], async () => addresses).send.run(post(origin))).toMatchObject({
        kind: "rejected",
        code: "EGRESS_DENIED",
      })
    }
    expect((await handlersOf([host], async () => []).send.run(post(origin))).kind).toBe("notSent")
    expect(provider.seen).toEqual([])
  })

  test("a name is resolved once, and the connection goes to the address that was checked", async () => {
    const provider = await openProvider()
    const origin = `http://api.example.com:${provider.port}`
    let asked = 0
    const resolve = async () => {
      asked += 1
      return asked === 1 ? ["127.0.0.1"] : ["10.0.0.1"]
    }
    expect(
      (await handlersOf([{ ...loopback(origin), secrets: [] }], resolve).send.run(post(origin))).kind,
    ).toBe("succeeded")
    expect(asked).toBe(1)
    expect(provider.seen[0]?.headers.host).toBe(`api.example.com:${provider.port}`)
  })

  test("a secret goes only where it is configured, and an absent one stops the request", async () => {
    const provider = await openProvider()
    const { send, keyed } = handlersOf([{ ...loopback(provider.origin), secrets: ["other"] }])
    for (const name of ["notes/token", "other"]) {
      const call = post(provider.origin, { secretHeaders: { authorization: { $secret: name } } })
      expect(await send.run(call)).toMatchObject({ kind: "rejected", code: "SECRET_UNAVAILABLE" })
    }
    expect(await keyed.run(post(provider.origin, { headers: { "idempotency-key": "mine" } }))).toMatchObject({
      kind: "rejected",
      code: "HEADER_REFUSED",
    })
    expect(provider.seen).toEqual([])
  })

  const refusedNetworks = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 " +
    "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ::/96 ::ffff:0:0/96 64:ff9b::/96 " +
    "64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8"
  ).split(" ")
  test.each(refusedNetworks)(
    "no address of the network %s is a public one, first, last or between",
    (network) => {
      const [base, bits] = ipaddr.parseCIDR(network)
      const first = base.toByteArray()
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 16, maxLength: 16 }), (any) => {
          const filled = (fill: (index: number) => number): string =>
            ipaddr
              .fromByteArray(
                first.map((byte, index) => {
                  const kept = Math.min(8, Math.max(0, bits - index * 8))
                  return (byte & (0xff << (8 - kept))) | (fill(index) & (0xff >> kept))
                }),
              )
              .toString()
          for (const address of [filled(() => 0), filled(() => 255), filled((index) => any[index] ?? 0)])
            expect([address, mayConnect("public", address)]).toEqual([address, false])
        }),
        { numRuns: 50 },
      )
    },
  )

  test.each([
    "::7f00:1",
    "::127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "1::",
    "fe80::1%eth0",
  ])("the address %s is not a public one", (address) => {
    expect(mayConnect("public", address)).toBe(false)
  })

  test("addresses of the public internet may be connected to", () => {
    for (const address of ["93.184.216.34", "1.1.1.1", "2606:4700::1111"])
      expect(mayConnect("public", address)).toBe(true)
    expect(mayConnect("public", "not an address")).toBe(false)
    expect(mayConnect("loopback", "10.0.0.1")).toBe(false)
  })
})
