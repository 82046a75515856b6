// The HTTP handlers through gate, policy, approval and executor, against a provider that answers over real HTTP:
// every outcome that a request can have, as the agent sees it.

import { generateKeyPairSync } from "node:crypto"
import { createServer } from "node:net"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { approveAs, call, must } from "@counterfoil/adapters"
import { HumanId, Time, type ExecutionView, type Json, type Submitted } from "@counterfoil/contracts"
import { hex, sha256 } from "@counterfoil/contracts/digest"
import { openRequests, readExecution } from "../support/asking.ts"
import { openHttpProvider, type HttpProvider } from "../support/http-provider.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

const secret = "s3cr3t-of-the-tests-0123456789"
const secretHeaders = { authorization: { $secret: "provider-token" } }
const [get, send, keyed] = ["http.request.get@1", "http.request.send@1", "http.request.keyed@1"] as const

let provider: HttpProvider
/** An origin on which nothing listens. */
let closed: string
let plane: TestPlane
let agent: Person
let approvers: readonly Person[]

beforeAll(async () => {
  provider = await openHttpProvider()
  closed = `http://127.0.0.1:${await unusedPort()}`
  const host = (origin: string, secrets: readonly string[]) => ({ origin, network: "loopback", secrets })
  plane = await startTestPlane("http-handlers", "PT20S", () => Promise.resolve(), {
    handlers: {
      http: {
        hosts: [host(provider.origin, ["provider-token", "absent"]), host(closed, [])],
        keyed: { origins: [provider.origin], header: "idempotency-key", window: "PT24H" },
      },
    },
    env: { COUNTERFOIL_SECRET_PROVIDER_TOKEN: secret },
  })
  const capabilities = ["control-plane.core", "http.call"]
  agent = await addSomeone(plane.started, { kind: "agent", name: "bot", capabilities })
  approvers = await Promise.all(["ana", "ben"].map(addApprover))
})

afterAll(async () => {
  await plane.close()
  await provider.close()
})

async function addApprover(name: string): Promise<Person> {
  const capabilities = ["control-plane.core", "control-plane.approval", "control-plane.audit"]
  const person = await addSomeone(plane.started, { kind: "human", name, roles: ["approver"], capabilities })
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  const spki = publicKey.export({ format: "der", type: "spki" })
  const { directory, clock } = plane.started.plane.store
  await directory.enrolReviewKey({
    keyId: hex(sha256(spki)),
    tenant: plane.started.tenant,
    human: HumanId.parse(person.id),
    spki: spki.toString("base64"),
    enrolledAt: clock.now(),
    revokedAt: null,
  })
  return { ...person, key: privateKey }
}

const origin = "counterfoil://development/local"

/** A port that was free a moment ago. */
async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const at = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (at === null || typeof at === "string") throw new Error("no port was given")
  return at.port
}

/** Asks for one request, has people approve it where it is held, and returns the execution's id. */
async function ask(
  key: string,
  contract: string,
  input: { readonly [field: string]: Json },
): Promise<string> {
  const { executionId } = await must(
    call<Submitted>(plane.url, agent, "POST", "/intents", { key, as: { contract, input } }),
  )
  const held = await openRequests(plane.url, approvers[0] ?? agent, executionId)
  for (const item of held)
    for (const who of approvers.slice(
      0,
      item.quorum.needed.reduce((sum, { count }) => sum + count, 0),
    )) {
      const now = Time.parse(new Date().toISOString())
      await must(approveAs(plane.url, who, item, origin, who.id, now))
    }
  return executionId
}

const ended = (executionId: string): Promise<ExecutionView> =>
  until(`end of ${executionId}`, 50_000, async () => {
    const view = await readExecution(plane.url, agent, executionId)
    return ["completed", "failed", "inDoubt"].includes(view.status) ? view : null
  })

/** The view of a request that has ended, one way or another. */
const outcome = async (key: string, contract: string, input: { readonly [field: string]: Json }) =>
  ended(await ask(key, contract, input))

const to = (path: string, more: { readonly [field: string]: Json } = {}) => ({
  url: `${provider.origin}${path}`,
  ...more,
})
const post = (path: string, more: { readonly [field: string]: Json } = {}) => ({
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
        plane.url,
        approvers[0] ?? agent,
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

  test("INV-03 an unsafe request whose answer was lost is in doubt and never sent again", async () => {
    const view = await outcome("lost", send, post("/hang-up"))
    expect([view.status, provider.acted("/hang-up")]).toEqual(["inDoubt", 1])
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
