import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { Problem, Time } from "@counterfoil/contracts"
import type { ExecutionSet } from "@counterfoil/contracts/ports"
import {
  executionId,
  otherExecutionId,
  people,
  publicUrl,
  sessionOf,
  startTestServer,
  tokens,
  type Asked,
  type TestServer,
} from "../../test/http-server.ts"

let world: TestServer
beforeAll(async () => {
  world = await startTestServer({
    mayRead: (principal, execution) =>
      execution === null ? principal === people.olga.id : execution === executionId,
  })
  world.append(5)
})
afterAll(async () => {
  await world.close()
})

interface Seen {
  readonly event: string
  readonly id: string
  readonly data: Readonly<Record<string, unknown>>
}
const framesOf = (text: string): readonly Seen[] =>
  text.split("\n\n").flatMap((frame) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(frame)?.[1] ?? ""
    return field("event") === ""
      ? []
      : [
          {
            event: field("event"),
            id: field("id"),
            data: z.record(z.string(), z.unknown()).parse(JSON.parse(field("data"))),
          },
        ]
  })

/** Reads a stream until `enough` returns true or the stream ends, then disconnects. */
async function read(path: string, enough: (text: string) => boolean, asked: Asked = {}): Promise<string> {
  const hangUp = new AbortController()
  const response = await world.get(path, { ...asked, signal: hangUp.signal })
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "text/event-stream; charset=utf-8",
  ])
  const decoder = new TextDecoder()
  let text = ""
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(z.instanceof(Uint8Array).parse(chunk), { stream: true })
    if (enough(text)) break
  }
  hangUp.abort()
  return text
}
const count =
  (n: number) =>
  (text: string): boolean =>
    framesOf(text).length >= n
const code = async (response: Response) => z.object({ code: z.string() }).parse(await response.json()).code

describe("a stream is the log as it happens", () => {
  test("each event has its kind, its position and its CloudEvent, in order", async () => {
    const frames = framesOf(await read("/v1/stream", count(5)))
    expect(frames.map(({ id }) => id)).toEqual(["1", "2", "3", "4", "5"])
    expect(frames[1]).toMatchObject({
      event: "controlPlane.execution.resumed",
      data: {
        specversion: "1.0",
        source: "/tenants/acme",
        type: "controlPlane.execution.resumed",
        subject: executionId,
        sequence: "00000000000000000002",
        datacontenttype: "application/json",
        dataschema: `${publicUrl}/v1/contracts/controlPlane.execution.resumed@1`,
        principalid: people.robot.id,
        data: { cause: "operator" },
      },
    })
    expect(frames[1]?.data["prevhash"]).toBe(frames[0]?.data["id"])
  })

  test("cut at any byte, it resumes without gap or repeat", async () => {
    const whole = await read(`/v1/executions/${executionId}/stream`, count(5))
    for (let cut = 0; cut <= whole.length; cut += 37) {
      const complete = framesOf(whole.slice(0, whole.slice(0, cut).lastIndexOf("\n\n") + 2))
      const last = complete.at(-1)?.id ?? "0"
      if (complete.length === 5) break
      const rest = framesOf(
        await read(`/v1/executions/${executionId}/stream?after=0`, count(5 - complete.length), {
          headers: { "last-event-id": last },
        }),
      )
      expect([...complete, ...rest].map(({ id }) => id)).toEqual(["1", "2", "3", "4", "5"])
    }
  })

  test("an append reaches every reader, and a doorbell does not have to be correct", async () => {
    const following = read("/v1/stream?after=5", count(2))
    await expect
      .poll(async () => (await world.metrics.text()).includes("counterfoil_http_streams_open 1"))
      .toBe(true)
    world.append(2)
    expect(framesOf(await following).map(({ id }) => id)).toEqual(["6", "7"])
  })

  test("a place that is not a position is INPUT_INVALID at /after", async () => {
    expect(await code(await world.get("/v1/stream?after=-1"))).toBe("INPUT_INVALID")
  })

  test("a place beyond the end is refused with the end of the log, so that a restored log has no silent gap", async () => {
    const restored = await startTestServer({})
    restored.append(3)
    const refusedAt = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
      const response = await restored.get(path, { headers })
      const problem = Problem.parse(await response.json())
      const [issue] = problem.issues
      return [
        response.status,
        problem.code,
        `${issue?.at} ${issue?.code}`,
        /ends at \S+:/.exec(issue?.message ?? "")?.[0],
      ]
    }
    const ahead = [400, "INPUT_INVALID", "/after ahead", "ends at 3:"]
    for (const path of ["/v1/stream", `/v1/executions/${executionId}/stream`]) {
      expect(await refusedAt(path, { "last-event-id": "4" })).toEqual(ahead)
      expect(await refusedAt(`${path}?after=999999999999999`)).toEqual(ahead)
      // The last event is a valid place: the reader gets what follows, and no event twice.
      const hangUp = new AbortController()
      const response = await restored.get(path, { headers: { "last-event-id": "3" }, signal: hangUp.signal })
      expect(response.status).toBe(200)
      hangUp.abort()
      await response.text().catch(() => undefined)
    }
    await restored.close()
  })

  test("INV-10 a reader of part of the tenant cannot find out with bare places where the log ends", async () => {
    const part = await startTestServer({
      reach: () => ({
        principal: people.olga.id,
        own: { kind: "only", ids: [] },
        others: { kind: "allBut", ids: [] },
      }),
    })
    part.append(3)
    for (const place of [1, 3, 4, 99])
      expect(await (await part.get(`/v1/stream?after=${place}`)).json()).toMatchObject({
        code: "INPUT_INVALID",
        issues: [{ code: "format" }],
      })
    const response = await part.get("/v1/stream")
    const reader = response.body?.getReader()
    let text = ""
    while (framesOf(text).length < 3)
      text += new TextDecoder().decode(z.instanceof(Uint8Array).parse((await reader?.read())?.value))
    await reader?.cancel()
    const last = framesOf(text).at(-1)?.id ?? ""
    // The same installation, restored to before that event.
    const earlier = await startTestServer({
      reach: () => ({
        principal: people.olga.id,
        own: { kind: "only", ids: [] },
        others: { kind: "allBut", ids: [] },
      }),
    })
    earlier.append(2)
    const refused = await earlier.get("/v1/stream", { headers: { "last-event-id": last } })
    const [issue] = Problem.parse(await refused.json()).issues
    expect([issue?.code, /^This stream ends at [A-Za-z0-9_-]{22}:/.test(issue?.message ?? "")]).toEqual([
      "ahead",
      true,
    ])
    await part.close()
    await earlier.close()
  })

  test("INV-10 an execution that a caller may not read gets the same answer as one that does not exist", async () => {
    expect(await code(await world.get(`/v1/executions/${otherExecutionId}/stream`))).toBe("NOT_FOUND")
    expect(await code(await world.get("/v1/executions/nonsense/stream"))).toBe("NOT_FOUND")
    expect(await code(await world.get("/v1/stream", { as: "mia" }))).toBe("GRANT_MISSING")
    expect(await code(await world.get("/v1/stream", { as: null }))).toBe("UNAUTHENTICATED")
  })

  test("INV-10 a reader of part of the tenant gets no other event, and no number that counts one", async () => {
    const narrow = { kind: "only" as const, ids: [] }
    const all = { kind: "allBut" as const, ids: [] }
    let others: ExecutionSet = narrow
    let decisions = 0
    const part = await startTestServer({
      reach: () => {
        decisions += 1
        return { principal: people.olga.id, own: narrow, others }
      },
    })
    const decidedAgain = () => {
      const before = decisions
      return expect.poll(() => decisions > before, { timeout: 5_000 }).toBe(true)
    }
    part.append(3)
    const hangUp = new AbortController()
    const response = await part.get("/v1/stream", { signal: hangUp.signal })
    const chunks: string[] = []
    const reading = (async () => {
      for await (const chunk of response.body ?? []) chunks.push(Buffer.from(chunk).toString())
    })().catch(() => undefined)
    // The reach is decided again every 2 s: events that come into it are shown from then on, and earlier ones are not.
    await decidedAgain()
    expect(framesOf(chunks.join(""))).toEqual([])
    others = all
    await decidedAgain()
    part.append(2)
    await expect.poll(() => framesOf(chunks.join("")).length).toBe(2)
    const seen = framesOf(chunks.join(""))
    expect(seen.map(({ data }) => data["sequence"])).toEqual(["4", "5"].map((seq) => seq.padStart(20, "0")))
    for (const { id } of seen) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
    hangUp.abort()
    await reading
    const resumed = await part.get("/v1/stream", { headers: { "last-event-id": seen[0]?.id ?? "" } })
    const reader = resumed.body?.getReader()
    let text = ""
    while (framesOf(text).length === 0)
      text += new TextDecoder().decode(z.instanceof(Uint8Array).parse((await reader?.read())?.value))
    expect(framesOf(text).map(({ id }) => id)).toEqual([seen[1]?.id])
    await reader?.cancel()
    expect(await code(await part.get(`/v1/stream?after=${seen[0]?.id}`, { as: "adam" }))).toBe(
      "INPUT_INVALID",
    )
    await part.close()
  })

  test("INV-04 a stream does not outlive the grant that it is read by", async () => {
    let isGranted = true
    const brief = await startTestServer({
      mayRead: () => isGranted,
      until: () => Time.parse("2026-03-02T10:00:05.000Z"),
    })
    brief.append(1)
    const response = await brief.get("/v1/stream")
    const text = response.text()
    isGranted = false
    brief.pass(5_000)
    const passedAt = performance.now()
    brief.append(1)
    const frames = framesOf(await text)
    expect(frames.at(-1)).toEqual({ event: "end", id: "", data: { code: "GRANT_MISSING" } })
    expect(frames.map(({ id }) => id)).not.toContain("2")
    // At the next read of the log, before the next regular decision.
    expect(performance.now() - passedAt).toBeLessThan(1_500)
    await brief.close()
  })

  test("a token that is revoked ends its streams within 5 s, with the code", async () => {
    const started = performance.now()
    let revoked: Promise<boolean> | undefined
    const text = await read(
      `/v1/executions/${executionId}/stream`,
      () => {
        revoked ??= world.directory.revokeToken(
          people.robot.tenant,
          sessionOf("robot"),
          Time.parse("2026-03-02T10:00:01.000Z"),
        )
        return false
      },
      { as: "robot" },
    )
    expect(await revoked).toBe(true)
    expect(framesOf(text).at(-1)).toEqual({ event: "end", id: "", data: { code: "UNAUTHENTICATED" } })
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test("a reader that accepts no data and is over 1,000 events behind is closed, and resumes", async () => {
    const slow = await startTestServer()
    slow.append(40_000)
    const { hostname, port } = new URL(slow.url)
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET /v1/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tokens.olga}\r\n\r\n`)
    })
    socket.pause()
    await expect
      .poll(() => slow.lines.join("").includes('"because":"tooSlow"'), { timeout: 15_000 })
      .toBe(true)
    socket.destroy()
    const response = await slow.get("/v1/stream?after=39999")
    const reader = response.body?.getReader()
    let text = ""
    while (framesOf(text).length === 0)
      text += new TextDecoder().decode(z.instanceof(Uint8Array).parse((await reader?.read())?.value))
    expect(framesOf(text)[0]?.id).toBe("40000")
    await reader?.cancel()
    await slow.close()
  }, 30_000)

  test("the streams of one principal are limited, and closing the server ends them", async () => {
    const few = await startTestServer({ limits: { streamsPerPrincipalMax: 1 } })
    const first = await few.get("/v1/stream")
    expect(await code(await few.get("/v1/stream"))).toBe("OVERLOADED")
    const ended = first.text()
    await few.close()
    expect(await ended).toContain("retry: 1000")
  })
})
