import { describe, expect, test } from "vitest"
import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  makeRegistry,
  PrincipalId,
  Problem,
  SessionId,
  TenantId,
  Time,
  type Json,
  refuse,
} from "@counterfoil/contracts"
import { StoreUnavailable } from "@counterfoil/contracts/ports"
import { doorLimits } from "../entrance/door-limits.ts"
import type { Entrance } from "../entrance/entrance.ts"
import type { Caller, CallAnswer } from "@counterfoil/gate"
import { openLogger } from "../operate/telemetry/logger.ts"
import { callAnswerer, type NatsRequest } from "./answer-call.ts"

const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
const subject = "controlPlane.v1.acme.call.contract.list.v1"
const caller: Caller = {
  tenant: TenantId.parse("acme"),
  principal: PrincipalId.parse("agt_01kaz3v8g0e8r4n2t6w0y3b5c7"),
  kind: "agent",
  name: "robot",
  owner: null,
  roles: [],
  session: SessionId.parse("ses_01kaz3v8g0e8r4n2t6w0y3b5c7"),
  mintedBy: null,
  origin: null,
  assurance: "session",
  channel: "nats",
  traceparent: null,
}
const entrance: Entrance = {
  identify: async () => ({
    ok: true,
    value: { caller, expiresAt: Time.parse("2026-03-02T10:00:00.000Z") },
  }),
  identifySignIn: async () => ({ ok: false, error: refuse("UNAUTHENTICATED", {}) }),
  admit: () => ({ ok: true, value: () => undefined }),
}

function answering(answer: () => Promise<CallAnswer>) {
  const lines: string[] = []
  const answerCall = callAnswerer({
    gate: { call: answer },
    registry,
    entrance,
    random: { bytes: (count) => new Uint8Array(count).fill(7), unit: () => 0 },
    limits: { ...doorLimits, answerMs: 50 },
    logger: openLogger({ write: (line: string) => void lines.push(line) }, "info"),
    closing: new AbortController().signal,
  })
  const ask = async (request: NatsRequest = { subject, data: new Uint8Array() }) => {
    const { reply } = await answerCall(request)
    return { code: reply.problem?.code ?? null, body: JSON.parse(reply.body) as Json, headers: reply.headers }
  }
  return { ask, lines }
}

describe("every error of a call over NATS is a problem of the table", () => {
  test("a bug is INTERNAL, an answer against its contract OUTPUT_INVALID, and neither text is sent", async () => {
    const broken = answering(() => Promise.reject(new Error("select * from secret where token = 'canary'")))
    const wrong = answering(async () => ({ kind: "answer", body: { canary: true }, final: true }))
    const [internal, invalid] = [await broken.ask(), await wrong.ask()]
    expect([internal.code, invalid.code]).toEqual(["INTERNAL", "OUTPUT_INVALID"])
    const said = JSON.stringify([internal, invalid, broken.lines, wrong.lines])
    expect(said).not.toMatch(/canary|select/)
    expect(broken.lines.join("")).toContain(Problem.parse(internal.body).traceId)
  })

  test("an unreachable store is STORE_UNAVAILABLE with a time to retry, a late answer OUTCOME_UNKNOWN", async () => {
    const away = await answering(() => Promise.reject(new StoreUnavailable())).ask()
    expect([away.code, away.headers["Retry-After"]]).toEqual(["STORE_UNAVAILABLE", "1"])
    const late = await answering(() => new Promise(() => undefined)).ask()
    expect(late.code).toBe("OUTCOME_UNKNOWN")
  })

  test("headers that cannot be read are refused, and nothing is called", async () => {
    let called = false
    const { ask } = answering(async () => {
      called = true
      return { kind: "answer", body: {}, final: true }
    })
    const unreadable: NatsRequest = {
      subject,
      data: new Uint8Array(),
      get headers(): never {
        throw new TypeError("no header")
      },
    }
    expect([(await ask(unreadable)).code, called]).toEqual(["JSON_MALFORMED", false])
  })
})
