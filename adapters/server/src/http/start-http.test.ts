import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { AnyJson, Problem, refuse, type Json } from "@counterfoil/contracts"
import { httpCalls } from "@counterfoil/contracts/http"
import { StoreUnavailable } from "@counterfoil/contracts/ports"
import { identityOperations } from "@counterfoil/gate"
import { routeTemplates } from "./route-templates.ts"
import {
  executionId,
  people,
  publicUrl,
  registry,
  startTestServer,
  submitted,
  type TestServer,
} from "../../test/http-server.ts"

let world: TestServer
beforeAll(async () => {
  world = await startTestServer()
})
afterAll(async () => {
  await world.close()
})

const bodyOf = async (response: Response): Promise<Json> => AnyJson.parse(await response.json())
const problemOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toContain("application/problem+json")
  const problem = Problem.parse(await bodyOf(response))
  expect(response.status).toBe(problem.status)
  return problem
}
const intent = { as: { contract: "git.release.cut@1", input: {} } }

/** Sends raw bytes and returns what came back. */
const raw = (bytes: string, url: string = world.url): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes)
    })
    let answer = ""
    socket.on("data", (data) => {
      answer += data.toString()
    })
    socket.on("close", () => {
      resolve(answer)
    })
    // The server may end the connection during the write; what it sent before counts.
    socket.on("error", () => {
      resolve(answer)
    })
  })

describe("routes are those of the contracts and of the listed tables", () => {
  test("each contract with a place in HTTP has its route, and there is no other", () => {
    const ours = [
      ...httpCalls(registry).map(({ operation }) => `${operation.method} ${operation.path}`),
      ...identityOperations.map(({ method, path }) => `${method} /v1${path}`),
      "GET /livez",
      "GET /readyz",
      "GET /v1/openapi.json",
      "GET /v1/asyncapi.json",
      "GET /v1/contracts.lock.json",
      "GET /v1/contracts/:contract",
      "GET /v1/stream",
      "GET /v1/executions/:executionId/stream",
    ]
    expect(world.server.routes).toEqual(ours.toSorted())
    const paths = new Set(world.server.routes.map((route) => route.replace(/^[A-Z]+ /, "")))
    expect(routeTemplates(registry).toSorted()).toEqual([...paths].toSorted())
  })
})

describe("the document of a contract", () => {
  const at = "/v1/contracts/controlPlane.execution.completed@1"

  test("is a schema that says its version, at the absolute address which events name", async () => {
    const response = await world.get(at)
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "application/schema+json; charset=utf-8",
    ])
    expect(await bodyOf(response)).toMatchObject({
      $id: `${publicUrl}${at}`,
      "x-contract": { ref: "controlPlane.execution.completed@1", kind: "event", version: "1.0.0" },
      $ref: "urn:counterfoil:contract:controlPlane.execution.completed@1:data",
    })
  })

  test("is there for every contract, and for callers with a token alone", async () => {
    for (const { ref } of registry.contracts)
      expect((await world.get(`/v1/contracts/${ref}`)).status).toBe(200)
    expect((await world.get(at, { as: null })).status).toBe(401)
  })

  test("that does not exist is CONTRACT_UNKNOWN, and what names no contract NOT_FOUND", async () => {
    expect((await problemOf(await world.get("/v1/contracts/payments.refund@9"))).code).toBe(
      "CONTRACT_UNKNOWN",
    )
    expect((await problemOf(await world.get("/v1/contracts/__proto__"))).code).toBe("NOT_FOUND")
  })
})

describe("a request becomes one call of the gate", () => {
  test("path, body and Idempotency-Key are put together, and the caller is the token's", async () => {
    await world.post(
      `/v1/executions/${executionId}/cancel`,
      { reason: "no longer wanted" },
      { headers: { "idempotency-key": '"cancel \\"1\\""' } },
    )
    const call = world.calls.at(-1)
    expect(call?.contract).toBe("controlPlane.execution.cancel@1")
    expect(call?.input).toEqual({ executionId, reason: "no longer wanted", key: 'cancel "1"' })
    expect(call?.caller).toMatchObject({ tenant: "acme", principal: people.olga.id, channel: "http" })
  })

  test("an open record answers 202, a final one 200", async () => {
    const open = await world.post("/v1/intents", { key: "k", ...intent })
    expect([open.status, await bodyOf(open)]).toEqual([202, submitted])
    const done = await startTestServer({
      answer: async () => ({ kind: "answer", body: submitted, final: true }),
    })
    expect((await done.post("/v1/intents", { key: "k", ...intent })).status).toBe(200)
    await done.close()
  })

  test("a query string is read in the types of the contract", async () => {
    await world.get("/v1/executions?status=running&status=waiting&limit=20&held=true&label=x&nonsense=1")
    expect(world.calls.at(-1)?.input).toEqual({
      status: ["running", "waiting"],
      limit: 20,
      held: true,
      label: "x",
      nonsense: "1",
    })
  })

  test("Prefer: wait is bounded by 25 s, passed on, and said back", async () => {
    const response = await world.post(
      "/v1/intents",
      { key: "k", ...intent },
      { headers: { prefer: "respond-async, wait=90" } },
    )
    expect(world.calls.at(-1)?.waitMs).toBe(25_000)
    expect(response.headers.get("preference-applied")).toBe("wait=25")
  })

  test("a header and a body that disagree about the key are INPUT_INVALID at /key", async () => {
    const problem = await problemOf(
      await world.post("/v1/intents", { key: "one", ...intent }, { headers: { "idempotency-key": "two" } }),
    )
    expect(problem).toMatchObject({ code: "INPUT_INVALID", issues: [{ at: "/key", code: "value" }] })
  })

  test("an alias of intent.submit passes its own contract with the key, and answers Submitted", async () => {
    const response = await world.post(
      "/v1/grants/revoke",
      { grantId: "grn_01kaz3v8g0e8r4n2t6w0y3b5da", reason: "left the team" },
      { headers: { "idempotency-key": "g1" } },
    )
    expect(response.status).toBe(202)
    expect(world.calls.at(-1)).toMatchObject({
      contract: "controlPlane.grant.revoke@1",
      input: { key: "g1", reason: "left the team" },
    })
  })
})

describe("every error response is a problem with a code of the table", () => {
  test.each([
    ["malformed JSON", "{", "application/json", "JSON_MALFORMED"],
    ["a duplicate key", '{"key":"a","key":"b"}', "application/json", "JSON_FORBIDDEN"],
    ["a reserved key", '{"__proto__":{}}', "application/json", "JSON_FORBIDDEN"],
    ["an array", "[]", "application/json", "INPUT_INVALID"],
    ["another media type", "a=b", "application/x-www-form-urlencoded", "MEDIA_TYPE_UNSUPPORTED"],
    ["an oversized body", `"${"x".repeat(300_000)}"`, "application/json", "INPUT_TOO_LARGE"],
  ])("%s", async (_what, body, type, code) => {
    const response = await fetch(`${world.url}/v1/intents`, {
      method: "POST",
      headers: { authorization: `Bearer cft_${"o".repeat(43)}`, "content-type": type },
      body,
    })
    expect((await problemOf(response)).code).toBe(code)
  })

  test("an unknown route is ROUTE_NOT_FOUND, and a known one with another method says what it accepts", async () => {
    expect((await problemOf(await world.get("/v1/nothing"))).code).toBe("ROUTE_NOT_FOUND")
    expect((await problemOf(await world.get("/v1/executions/%zz"))).code).toBe("ROUTE_NOT_FOUND")
    expect((await problemOf(await world.get(`/v1/executions/${"x".repeat(500)}`))).code).toBe(
      "ROUTE_NOT_FOUND",
    )
    const response = await fetch(`${world.url}/v1/executions/${executionId}/cancel`, { method: "DELETE" })
    expect((await problemOf(response)).details).toEqual({
      route: "/v1/executions/:executionId/cancel",
      methods: ["POST"],
    })
    expect(response.headers.get("allow")).toBe("POST")
    expect((await fetch(`${world.url}/livez`, { method: "HEAD" })).status).toBe(405)
  })

  test("bytes that are not HTTP, or a header that is too large, get a problem and the socket ends", async () => {
    expect(await raw("nonsense\r\n\r\n")).toContain('"code":"JSON_MALFORMED"')
    expect(await raw(`GET /livez HTTP/1.1\r\nhost: x\r\nx-large: ${"x".repeat(20_000)}\r\n\r\n`)).toContain(
      '"code":"INPUT_TOO_LARGE"',
    )
  })

  test("a body that grows past the limit while it arrives is INPUT_TOO_LARGE", async () => {
    const chunk = "x".repeat(0x8000)
    const head =
      "POST /v1/intents HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n"
    const answer = await raw(
      `${head}authorization: Bearer cft_${"o".repeat(43)}\r\n\r\n${`8000\r\n${chunk}\r\n`.repeat(12)}`,
    )
    expect(answer).toContain('"code":"INPUT_TOO_LARGE"')
  })

  test("a request that is not finished in time is closed", async () => {
    const impatient = await startTestServer({ limits: { requestMs: 100 } })
    for (const unfinished of [
      "GET /v1/who",
      "POST /v1/intents HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{",
    ]) {
      expect(await raw(unfinished, impatient.url)).not.toContain("HTTP/1.1 200")
    }
    await impatient.close()
  })

  test("a bug of ours is INTERNAL with a trace id; neither message nor stack leaves, and neither is logged whole", async () => {
    const broken = await startTestServer({
      answer: async () => {
        throw new Error("select * from secret where token = 'canary'")
      },
    })
    const response = await broken.post("/v1/intents", { key: "k", ...intent })
    const problem = await problemOf(response)
    expect(problem).toMatchObject({ code: "INTERNAL", details: { traceId: problem.traceId } })
    expect(JSON.stringify(problem)).not.toMatch(/canary|select|\.ts/)
    expect(broken.lines.join("")).toContain(problem.traceId)
    expect(broken.lines.join("")).not.toContain("canary")
    await broken.close()
  })

  test("an answer that does not match its contract is OUTPUT_INVALID, without the answer", async () => {
    const problem = await problemOf(await world.get(`/v1/executions/${executionId}`))
    expect(problem.code).toBe("OUTPUT_INVALID")
    expect(JSON.stringify(problem)).not.toContain("waiting")
  })

  test("INV-04 while the directory is unreachable every request is refused", async () => {
    const down = await startTestServer()
    const token = down.directory.token.bind(down.directory)
    Object.assign(down.directory, {
      token: async () => {
        throw new StoreUnavailable("gone")
      },
    })
    const response = await down.get("/v1/whoami")
    expect((await problemOf(response)).code).toBe("STORE_UNAVAILABLE")
    expect(response.headers.get("retry-after")).toBe("1")
    Object.assign(down.directory, { token })
    await down.close()
  })

  test("a gate that does not answer in time is OUTCOME_UNKNOWN, and its call is aborted", async () => {
    let aborted = false
    const slow = await startTestServer({
      limits: { answerMs: 50 },
      answer: (call) =>
        new Promise(() => {
          call.signal.addEventListener("abort", () => {
            aborted = true
          })
        }),
    })
    expect((await problemOf(await slow.post("/v1/intents", { key: "k", ...intent }))).code).toBe(
      "OUTCOME_UNKNOWN",
    )
    expect(aborted).toBe(true)
    await slow.close()
  })

  test("a refusal of the gate is answered as it is, with its Retry-After", async () => {
    const busy = await startTestServer({
      answer: async () => ({
        kind: "problem",
        retryAfterSeconds: 7,
        problem: refuse("STORE_UNAVAILABLE", {}).problem("trace-1"),
      }),
    })
    const response = await busy.post("/v1/intents", { key: "k", ...intent })
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "7"])
    await busy.close()
  })
})

describe("the door", () => {
  test.each([
    ["no header", undefined],
    ["another scheme", "Basic abc"],
    ["a token in another format", "Bearer abc"],
    ["an unknown token", `Bearer cft_${"x".repeat(43)}`],
  ])("%s is UNAUTHENTICATED", async (_what, authorization) => {
    const response = await fetch(
      `${world.url}/v1/whoami`,
      authorization === undefined ? {} : { headers: { authorization } },
    )
    expect((await problemOf(response)).code).toBe("UNAUTHENTICATED")
    expect(response.headers.get("www-authenticate")).toBe("Bearer")
  })

  test("a principal over its rate is RATE_LIMITED with a Retry-After; others are not", async () => {
    const strict = await startTestServer({ limits: { requestsPerMinute: 3 } })
    for (let i = 0; i < 3; i++) expect((await strict.get("/v1/whoami")).status).toBe(200)
    const response = await strict.get("/v1/whoami")
    expect((await problemOf(response)).code).toBe("RATE_LIMITED")
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0)
    expect((await strict.get("/v1/whoami", { as: "mia" })).status).toBe(200)
    await strict.close()
  })

  test("an address that guesses tokens is RATE_LIMITED, and callers with a token behind it go on", async () => {
    const strict = await startTestServer({ limits: { refusedTokensPerMinute: 2 } })
    for (let i = 0; i < 2; i++) await strict.get("/v1/whoami", { as: null })
    expect((await problemOf(await strict.get("/v1/whoami", { as: null }))).code).toBe("RATE_LIMITED")
    expect((await strict.get("/v1/whoami")).status).toBe(200)
    await strict.close()
  })

  test("a principal with all its calls under way is OVERLOADED; others are let in", async () => {
    const waiting = Promise.withResolvers<void>()
    const strict = await startTestServer({
      limits: { callsPerPrincipalMax: 1 },
      answer: async () => {
        await waiting.promise
        return { kind: "answer", body: submitted, final: false }
      },
    })
    const first = strict.post("/v1/intents", { key: "k", ...intent })
    await expect.poll(() => strict.calls.length).toBe(1)
    expect((await problemOf(await strict.get("/v1/whoami"))).code).toBe("OVERLOADED")
    expect((await strict.get("/v1/whoami", { as: "mia" })).status).toBe(200)
    waiting.resolve()
    expect((await first).status).toBe(202)
    expect((await strict.get("/v1/whoami")).status).toBe(200)
    await strict.close()
  })

  test("closing ends waits, and answers what is under way", async () => {
    const closing = await startTestServer({
      answer: (call) =>
        new Promise((resolve) => {
          call.signal.addEventListener("abort", () => {
            resolve({ kind: "answer", body: submitted, final: false })
          })
        }),
    })
    const waiting = closing.post("/v1/intents", { key: "k", ...intent })
    await expect.poll(() => closing.calls.length).toBe(1)
    await closing.close()
    expect((await waiting).status).toBe(202)
  })

  test("every response forbids caching, sniffing and framing", async () => {
    for (const path of ["/livez", "/v1/whoami", "/v1/nothing"]) {
      const { headers } = await world.get(path)
      expect([
        headers.get("cache-control"),
        headers.get("x-content-type-options"),
        headers.get("content-security-policy"),
      ]).toEqual(["no-store", "nosniff", "default-src 'none'; frame-ancestors 'none'"])
    }
  })
})
