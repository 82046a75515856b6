// The HTTP handlers through gate, policy, approval and executor, against a provider that answers over real HTTP:
// every outcome that a request can have, as the agent sees it.

import { createServer } from "node:net"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/adapters"
import type { ExecutionView, Json } from "@counterfoil/contracts"
import { startHandlerPlane, type HandlerPlane, type Input } from "../support/handler-plane.ts"
import { openHttpProvider, type HttpProvider } from "../support/http-provider.ts"
import { until } from "../support/until.ts"

const secret = "s3cr3t-of-the-tests-0123456789"
const secretHeaders = { authorization: { $secret: "provider-token" } }
const [get, send, keyed] = ["http.request.get@1", "http.request.send@1", "http.request.keyed@1"] as const

let provider: HttpProvider
/** An origin on which nothing listens. */
let closed: string
let world: HandlerPlane
/** Of a request whose answer is lost: asked for first, so that its approvals are through when the last test looks. */
let lost: Promise<ExecutionView>

beforeAll(async () => {
  provider = await openHttpProvider()
  closed = `http://127.0.0.1:${await unusedPort()}`
  const host = (origin: string, secrets: readonly string[]) => ({ origin, network: "loopback", secrets })
  const http = {
    hosts: [host(provider.origin, ["provider-token", "absent"]), host(closed, [])],
    keyed: { origins: [provider.origin], header: "idempotency-key", window: "PT24H" },
  }
  world = await startHandlerPlane("http-handlers", { http }, ["http.call"], {
    COUNTERFOIL_SECRET_PROVIDER_TOKEN: secret,
  })
  lost = outcome("lost", send, post("/hang-up"))
})

afterAll(async () => {
  await world.close()
  await provider.close()
})

/** A port that was free a moment ago. */
async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const at = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (at === null || typeof at === "string") throw new Error("no port was given")
  return at.port
}

const outcome = (key: string, contract: string, input: Input) => world.outcome(key, contract, input)

const to = (path: string, more: Input = {}) => ({
  url: `${provider.origin}${path}`,
  ...more,
})
const post = (path: string, more: Input = {}) => ({
  method: "POST",
  json: { amount: 5 },
  ...to(path, more),
})
const stepOf = (view: ExecutionView) => view.steps?.[0]

describe.concurrent("a request over HTTP", () => {
  test("that is answered completes, with the answer as its output", async () => {
    const view = await outcome("get", get, to("/notes"))
    expect([view.status, view.output, stepOf(view)?.attempt]).toEqual([
      "completed",
      { status: 200, contentType: "application/json", body: '{"ok":true}', withheld: null },
      1,
    ])
  })

  test("INV-02 is sent once after its approvals, with exactly the body that was approved", async () => {
    const view = await outcome("send", send, post("/send"))
    expect([view.status, provider.acted("/send")]).toEqual(["completed", 1])
    expect(provider.seen.find(({ path }) => path === "/send")).toMatchObject({
      method: "POST",
      body: '{"amount":5}',
    })
  })

  test("INV-13 that names a secret is asked for directly, and only the provider sees the value", async () => {
    const view = await outcome("secret", get, to("/plain", { secretHeaders }))
    expect(view.status).toBe("completed")
    expect(provider.seen.find(({ path }) => path === "/plain")?.headers.authorization).toBe(secret)
    const trace = await must(
      call<Json>(
        world.plane.url,
        world.approvers[0],
        "GET",
        `/executions/${view.executionId}/trace?limit=200&includePayloads=true`,
      ),
    )
    expect(JSON.stringify(trace)).not.toContain(secret)
  })

  test("INV-13 whose answer repeats the secret completes without the answer", async () => {
    const view = await outcome("echo", get, to("/echo", { secretHeaders }))
    expect(view.output).toMatchObject({ status: 200, body: null, withheld: "secret" })
  })

  test.each([
    ["/large", "tooLarge"],
    ["/binary", "binary"],
  ])("whose answer at %s cannot be kept completes and says that it is %s", async (path, withheld) => {
    expect((await outcome(path, get, to(path))).output).toMatchObject({ status: 200, body: null, withheld })
  })
})

describe.concurrent("a request over HTTP that gets no yes", () => {
  test("fails at once when the provider refuses it", async () => {
    const view = await outcome("refused", send, post("/refuse"))
    expect(view.failure).toMatchObject({ code: "HANDLER_REJECTED", providerCode: "HTTP_422" })
    expect([view.status, provider.acted("/refuse")]).toEqual(["failed", 0])
    expect(stepOf(view)).toMatchObject({ status: "failed", attempt: 1 })
  })

  test("is tried again when nothing was sent, and says so in the end", async () => {
    const view = await outcome("closed", get, { url: `${closed}/` })
    expect([view.status, stepOf(view)?.attempt]).toEqual(["failed", 3])
  })

  test.each([
    ["/busy", "when the provider is busy"],
    ["/moved", "when the provider redirects"],
    ["/hang-up", "when the connection ends before the answer"],
  ])("a read at %s fails after three attempts %s", async (path) => {
    const view = await outcome(`read-${path}`, get, to(path))
    expect([view.status, stepOf(view)?.attempt]).toEqual(["failed", 3])
  })

  test("INV-03 a keyed request whose answer was lost is sent again under the same key", async () => {
    const view = await outcome("keyed", keyed, post("/hang-up-once"))
    expect([view.status, stepOf(view)?.attempt, provider.acted("/hang-up-once")]).toEqual(["completed", 2, 1])
  })

  test("INV-13 does not leave without its secret", async () => {
    const absent = { authorization: { $secret: "absent" } }
    const view = await outcome("absent", get, to("/absent", { secretHeaders: absent }))
    expect([view.status, provider.seen.some(({ path }) => path === "/absent")]).toEqual(["failed", false])
  })

  test("INV-04 does not go to an origin that is not configured", async () => {
    expect((await outcome("elsewhere", get, { url: "https://elsewhere.example/" })).status).toBe("failed")
  })
})

// Last and by itself, because time passes for everything that is under way.
describe("an unsafe request over HTTP", () => {
  test("INV-03 whose answer was lost is in doubt once no answer can come any more, and is never sent again", async () => {
    await until("lost request", 20_000, () => (provider.acted("/hang-up") === 1 ? true : null))
    expect((await world.now("lost"))?.status).toBe("running")
    // The deadline of its attempt (30 s), and what clocks may differ by.
    world.pass(40_000)
    const view = await lost
    expect([view.status, provider.acted("/hang-up")]).toEqual(["inDoubt", 1])
  })
})
