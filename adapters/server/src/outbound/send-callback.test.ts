import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import { afterEach, describe, expect, test } from "vitest"
import {
  CallbackId,
  contractUrn,
  Digest,
  emptyHead,
  Environment,
  ExecutionId,
  Fence,
  PrincipalId,
  sealEntries,
  TenantId,
  Time,
} from "@counterfoil/contracts"
import { RegisteredCallback, type Resolve } from "@counterfoil/handlers"
import { verifyCallback } from "@counterfoil/sdk"
import { sendCallback, type SendWorld } from "./send-callback.ts"

const environment = Environment.parse("test")
const tenant = TenantId.parse("acme")
const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7")
const now = Time.parse("2026-03-02T10:14:02.119Z")
const canary = `whsec_${Buffer.from("canary-of-these-tests-0123456789").toString("base64")}`
const next = `whsec_${Buffer.from("the secret that comes after the first").toString("base64")}`
const secrets: Readonly<Record<string, string>> = { first: canary, next, short: "whsec_c2hvcnQ=" }

const [entry] = sealEntries(
  {
    environment,
    tenant,
    executionId,
    after: emptyHead(environment, tenant, executionId),
    fence: Fence.parse(0),
    time: now,
    kindDigest: () => Digest.parse(`sha256:${"1".repeat(64)}`),
  },
  [
    {
      kind: "controlPlane.execution.cancelled@1",
      payload: {
        reason: "enough",
        undone: [],
        stepCounts: {
          total: 0,
          completed: 0,
          failed: 0,
          blocked: 0,
          skipped: 0,
          undone: 0,
          inDoubt: 0,
          open: 0,
        },
      },
      by: {
        principal: { id: PrincipalId.parse("counterfoil.executor"), kind: "service" },
        onBehalfOf: null,
        session: null,
        capabilitySource: null,
        breakGlassId: null,
        traceparent: null,
      },
    },
  ],
)
if (entry === undefined) throw new Error("nothing was sealed")

const delivery = {
  tenant,
  executionId,
  seq: 1,
  callbackId: CallbackId.parse("agents-done"),
  channel: "http",
  attempt: 1,
  lastCode: null,
} as const
const world = (resolve: Resolve = async () => ["127.0.0.1"]): SendWorld => ({
  trace: async () => [entry],
  readSecret: async (name) => secrets[name],
  resolve,
  clock: { now: () => now },
  showsData: async () => true,
  addressOf: contractUrn,
})
const registered = (url: string, more: object = {}) =>
  RegisteredCallback.parse({ tenant, url, network: "loopback", secrets: ["first"], ...more })
const going = new AbortController().signal

interface Receiver {
  readonly port: number
  readonly seen: readonly { readonly headers: IncomingHttpHeaders; readonly body: Buffer }[]
}
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
async function openReceiver(answer: (response: ServerResponse) => void): Promise<Receiver> {
  const seen: { headers: IncomingHttpHeaders; body: Buffer }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      seen.push({ headers: request.headers, body: Buffer.concat(chunks) })
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const at = server.address()
  return { port: typeof at === "object" && at !== null ? at.port : 0, seen }
}
const status = (code: number, headers: Readonly<Record<string, string>> = {}) =>
  openReceiver((response) => {
    response.writeHead(code, headers).end()
  })

describe("one attempt to send a callback", () => {
  test("carries the event that the bus carries, with its hash as id, signed with every active secret", async () => {
    const receiver = await status(204)
    const to = registered(`http://receiver.test:${receiver.port}/done?of=ours`, {
      secrets: ["first", "next"],
    })
    expect(await sendCallback(world(), to, delivery, going)).toBe("delivered")
    const [got] = receiver.seen
    expect(got?.headers).toMatchObject({
      "content-type": "application/cloudevents+json",
      "webhook-id": entry.hash.slice("sha256:".length),
      host: `receiver.test:${receiver.port}`,
    })
    expect(JSON.parse(String(got?.body))).toMatchObject({
      id: entry.hash.slice("sha256:".length),
      subject: executionId,
      type: "controlPlane.execution.cancelled",
    })
    for (const secret of [canary, next])
      expect(verifyCallback(got?.headers ?? {}, got?.body ?? Buffer.of(), [secret], Date.parse(now))).toBe(
        true,
      )
  })

  test.each([
    [200, "delivered"],
    [202, "delivered"],
    [301, "redirected"],
    [400, "refused"],
    [404, "refused"],
    [410, "gone"],
    [429, "refused"],
    [500, "refused"],
  ] as const)("answered with %i it is %s", async (code, becomes) => {
    const { port } = await status(code)
    expect(await sendCallback(world(), registered(`http://receiver.test:${port}/`), delivery, going)).toBe(
      becomes,
    )
  })

  test("an endless response is cut off, and its status counts", async () => {
    const receiver = await openReceiver((response) => {
      response.writeHead(200)
      const pour = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
        response.once("drain", pour)
      }
      pour()
    })
    const to = registered(`http://receiver.test:${receiver.port}/`)
    expect(await sendCallback(world(), to, delivery, going)).toBe("delivered")
  })

  test("after a broken or refused connection it is to be sent again", async () => {
    const closing = new AbortController()
    const silent = await openReceiver(() => closing.abort())
    const to = registered(`http://receiver.test:${silent.port}/`)
    expect(await sendCallback(world(), to, delivery, closing.signal)).toBe("lost")
    const nobody = await status(204)
    for (const close of closers.splice(0)) await close()
    const gone = registered(`http://receiver.test:${nobody.port}/`)
    expect(await sendCallback(world(), gone, delivery, going)).toBe("unreachable")
    expect(
      await sendCallback(
        world(async () => []),
        gone,
        delivery,
        going,
      ),
    ).toBe("unreachable")
  })
})

describe("a callback does not reach private addresses", () => {
  const outside = registered("https://receiver.example.com/done", { network: "public" })

  test.each(["10.0.0.7", "127.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fd00::1", "::ffff:10.0.0.7"])(
    "a name that resolves to %s is denied, also beside a public address",
    async (address) => {
      for (const addresses of [[address], ["203.0.113.7", address]])
        expect(
          await sendCallback(
            world(async () => addresses),
            outside,
            delivery,
            going,
          ),
        ).toBe("addressDenied")
    },
  )

  test("an address in the URL is checked like the address of a name", async () => {
    const inside = registered("https://10.0.0.7/", { network: "public" })
    expect(await sendCallback(world(), inside, delivery, going)).toBe("addressDenied")
  })

  test("a redirect to a private address is not followed", async () => {
    const inside = await status(204)
    const receiver = await status(307, { location: `http://127.0.0.1:${inside.port}/secrets` })
    const to = registered(`http://receiver.test:${receiver.port}/`)
    expect(await sendCallback(world(), to, delivery, going)).toBe("redirected")
    expect([receiver.seen.length, inside.seen.length]).toEqual([1, 0])
  })

  test("a name is looked up once for each attempt, and a changed address is checked again", async () => {
    const receiver = await status(204)
    const answers = ["127.0.0.1", "10.0.0.7"]
    const asked: string[] = []
    const resolve: Resolve = async (name) => {
      asked.push(name)
      return [answers[asked.length - 1] ?? "10.0.0.8"]
    }
    const to = registered(`http://receiver.test:${receiver.port}/`)
    expect(await sendCallback(world(resolve), to, delivery, going)).toBe("delivered")
    expect(await sendCallback(world(resolve), to, delivery, going)).toBe("addressDenied")
    expect([asked.length, receiver.seen.length]).toEqual([2, 1])
  })
})

describe("INV-13 INV-10 nothing is sent", () => {
  test.each([["absent"], ["short"]])("when a secret is %s", async (name) => {
    const receiver = await status(204)
    const to = registered(`http://receiver.test:${receiver.port}/`, { secrets: ["first", name] })
    expect(await sendCallback(world(), to, delivery, going)).toBe("secretMissing")
    expect(receiver.seen).toEqual([])
  })

  test("to the callback of another tenant", async () => {
    const receiver = await status(204)
    const to = registered(`http://receiver.test:${receiver.port}/`, { tenant: "globex" })
    expect(await sendCallback(world(), to, delivery, going)).toBe("otherTenant")
    expect(receiver.seen).toEqual([])
  })
})

describe("a callback is registered", () => {
  const form = { tenant: "acme", url: "https://agents.example.com/done", secrets: ["agents-done"] }
  const isValid = (change: object): boolean => RegisteredCallback.safeParse({ ...form, ...change }).success

  test("with an address over TLS, or on loopback where that is allowed", () => {
    expect(isValid({})).toBe(true)
    expect(isValid({ url: "http://127.0.0.1:8080/done" })).toBe(false)
    expect(isValid({ url: "http://127.0.0.1:8080/done", network: "loopback" })).toBe(true)
    for (const url of [
      "agents.example.com",
      "ftp://agents.example.com/",
      "https://u:p@agents.example.com/",
      "https://a.test/#b",
    ])
      expect(isValid({ url, network: "loopback" })).toBe(false)
  })

  test("with the names of one or two secrets, and never with a secret itself", () => {
    expect(
      [[], ["a"], ["a", "b"], ["a", "b", "c"], [canary]].map((names) => isValid({ secrets: names })),
    ).toEqual([false, true, true, false, false])
  })
})
