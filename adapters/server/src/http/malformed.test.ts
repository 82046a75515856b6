import fc from "fast-check"
import { connect, type Socket } from "node:net"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Problem } from "@counterfoil/contracts"
import { executionId, startTestServer, tokens, type TestServer } from "../../test/http-server.ts"

// Enough to meet every kind of mistake often, and few enough for every test run; from a fixed seed.
const requestsMax = 10_000
const seed = 34

let world: TestServer
beforeAll(async () => {
  world = await startTestServer({
    limits: { requestsPerMinute: 1_000_000, refusedTokensPerMinute: 1_000_000 },
  })
})
afterAll(async () => {
  await world.close()
})

const paths = fc.constantFrom(
  "/v1/intents",
  "/v1/plans/compile",
  "/v1/plans/verify",
  "/v1/approvals/approve",
  "/v1/approvals/reject",
  "/v1/policy/explain",
  "/v1/tokens",
  "/v1/review-keys",
  `/v1/executions/${executionId}/cancel`,
  `/v1/executions/${executionId}/resolve`,
  `/v1/executions/${executionId}/evidence`,
  "/v1/grants/give",
  "/v1/policy/activate",
)
/** Bodies that no route accepts: text that is not JSON, forbidden JSON, JSON that is not an object, and truncated objects. */
const bodies = fc.oneof(
  fc.string({ minLength: 1 }).filter((text) => !isObject(text)),
  fc
    .jsonValue({ maxDepth: 3 })
    .map((value) => JSON.stringify(value))
    .filter((text) => !isObject(text)),
  fc.object({ maxDepth: 2 }).map((value) => JSON.stringify({ ...value, last: 1 }).slice(0, -1)),
  fc.constantFrom(
    '{"__proto__":1}',
    '{"a":{"constructor":{}}}',
    '{"a":1,"a":2}',
    '{"a":"\\ud800"}',
    '{"a":1e999}',
    '{"a":9007199254740993}',
    "\ufeff{}",
    `${"[".repeat(64)}${"]".repeat(64)}`,
  ),
)
const types = fc.constantFrom(
  "application/json",
  "application/json; charset=utf-8",
  "application/json;boundary",
  "text/plain",
  "application/xml",
  "multipart/form-data; boundary=x",
  "*/*",
  "json",
  "",
)
const methods = fc.constantFrom("POST", "POST", "POST", "POST", "PUT", "PATCH", "DELETE")
const junk = fc.constantFrom(
  "",
  "?",
  "?a=%zz",
  "?__proto__[x]=1",
  "?limit=1&limit=2",
  "/../..",
  "/%00",
  "/%ff%fe",
  `/${"x".repeat(300)}`,
)
const requests = fc.record({ path: paths, body: bodies, type: types, method: methods, junk })

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

describe("malformed requests", () => {
  test("10,000 of them are each refused with a code of the table and a 4xx status, and none reaches the gate", async () => {
    const samples = fc.sample(requests, { numRuns: requestsMax, seed })
    const reader = openReader(world.url)
    for (const { path, body, type, method, junk } of samples) {
      const bytes = Buffer.from(body)
      const answer = await reader.ask(
        Buffer.concat([
          Buffer.from(
            `${method} ${path}${junk} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${tokens.robot}\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`,
          ),
          bytes,
        ]),
      )
      const problem = Problem.safeParse(answer.body)
      const refused =
        problem.success &&
        answer.status === problem.data.status &&
        answer.status >= 400 &&
        answer.status < 500
      if (!refused) expect.fail(JSON.stringify({ answer, method, path, junk, type, body }))
    }
    reader.close()
    expect(world.calls).toEqual([])
    expect(samples).toHaveLength(requestsMax)
  }, 60_000)

  test("bytes that are not HTTP get a problem or a closed socket, and the server goes on", async () => {
    const garbage = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 200 }), { numRuns: 200, seed })
    for (const bytes of garbage) {
      const answer = await untilClosed(world.url, Buffer.concat([bytes, Buffer.from("\r\n\r\n")]))
      expect(answer === "" || answer.startsWith("HTTP/1.1 4")).toBe(true)
    }
    expect((await world.get("/livez")).status).toBe(200)
  }, 30_000)
})

/** A keep-alive connection that sends one request after the other as raw bytes, so that no client library corrects them. */
function openReader(url: string) {
  let socket: Socket | null = null
  const open = (): Socket => {
    if (socket !== null && !socket.destroyed && socket.writable) return socket
    const { hostname, port } = new URL(url)
    socket = connect(Number(port), hostname)
    return socket
  }
  return {
    close: () => {
      socket?.destroy()
    },
    ask: (request: Buffer): Promise<{ readonly status: number; readonly body: unknown }> =>
      new Promise((resolve, reject) => {
        const used = open()
        let text = ""
        const done = () => {
          used.off("data", read).off("close", closed)
          const [head = "", body = ""] = text.split("\r\n\r\n", 2)
          if (/connection: close/i.test(head)) used.destroy()
          resolve({
            status: Number(head.slice("HTTP/1.1 ".length, "HTTP/1.1 ".length + 3)),
            body: JSON.parse(body),
          })
        }
        const read = (data: Buffer) => {
          text += data.toString("latin1")
          const [head = "", body] = text.split("\r\n\r\n", 2)
          const length = /content-length: (\d+)/i.exec(head)?.[1]
          if (body !== undefined && length !== undefined && body.length >= Number(length)) done()
        }
        const closed = () => {
          reject(new Error(`closed without an answer: ${text.slice(0, 200)}`))
        }
        used.on("data", read).once("close", closed)
        used.write(request)
      }),
  }
}

const untilClosed = (url: string, bytes: Buffer): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => {
      socket.end(bytes)
    })
    let answer = ""
    socket.on("data", (data) => {
      answer += data.toString("latin1")
    })
    socket.on("error", () => {
      resolve(answer)
    })
    socket.on("close", () => {
      resolve(answer)
    })
  })
