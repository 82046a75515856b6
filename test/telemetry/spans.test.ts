// Spans as a collector receives them: one trace from the agent's call over a hold to the last step in another process.

import { createServer, type Server } from "node:http"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { z } from "zod"
import { startAll, type Started } from "@counterfoil/server/process"
import { Submitted } from "@counterfoil/contracts"
import { startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import { approve, draftOf, openRequests, readExecution, reject } from "../support/asking.ts"
import { newDataFolder, type DataFolder } from "../support/data-folder.ts"
import { effectCapability, effectHandlers, effectRef, type EffectName } from "../support/effect-handlers.ts"
import { openLedger } from "../support/ledger.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { until } from "../support/until.ts"

const Span = z.looseObject({
  name: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  status: z.looseObject({ code: z.int().optional() }).optional(),
  attributes: z.array(z.looseObject({ key: z.string(), value: z.looseObject({ stringValue: z.string() }) })),
  events: z.array(z.looseObject({ name: z.string() })).optional(),
})
type Span = z.infer<typeof Span>
const Sent = z.looseObject({
  resourceSpans: z.array(z.looseObject({ scopeSpans: z.array(z.looseObject({ spans: z.array(Span) })) })),
})

const spans: Span[] = []
const bodies: string[] = []
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
const agentSpan = "00f067aa0ba902b7"
const canary = "canary-1f6c"
const errorCode = 2

let collector: Server
let endpoint: string
let folder: DataFolder
let database: EmbeddedDatabase
let agent: Person
let ana: Person

beforeAll(async () => {
  collector = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body)
      for (const { scopeSpans } of Sent.parse(JSON.parse(body)).resourceSpans)
        spans.push(...scopeSpans.flatMap((scope) => scope.spans))
      response.writeHead(200, { "content-type": "application/json" }).end("{}")
    })
  })
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve))
  const address = collector.address()
  endpoint = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
  folder = newDataFolder("spans")
  database = await startEmbedded({ dataDir: join(folder.path, "database"), log: () => undefined })
}, 60_000)

afterAll(async () => {
  await database.stop()
  collector.close()
  folder.remove()
})

/** A process on the one database, which sends its spans to the collector. */
function processOf(): Promise<Started> {
  const ledger = openLedger(join(folder.path, "ledger.jsonl"))
  return startAll(
    {
      data: folder.path,
      host: "127.0.0.1",
      port: 0,
      metricsPort: 0,
      logLevel: "silent",
      extra: effectHandlers(ledger, "PT10S", () => Promise.resolve()),
    },
    {
      DATABASE_URL: database.url,
      DATABASE_OWNER_URL: database.ownerUrl,
      DATABASE_ERASER_URL: database.eraserUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    },
  )
}

const step = (name: EffectName, follows?: EffectName) => ({
  key: name,
  contract: effectRef(name),
  input: { label: `${canary}-${name}`, point: "none" },
  ...(follows === undefined ? {} : { after: [follows] }),
})
const named = (name: string): readonly Span[] => spans.filter((span) => span.name === name)
const said = (span: Span | undefined, key: string): string | undefined =>
  span?.attributes.find((attribute) => attribute.key === `counterfoil.${key}`)?.value.stringValue
const ofStep = (name: string, key: string): Span | undefined =>
  named(name).find((span) => said(span, "step.key") === key)

async function submit(plane: Started, key: string, steps: Parameters<typeof draftOf>[0]): Promise<string> {
  const response = await fetch(`${plane.plane.url}/v1/intents`, {
    method: "POST",
    headers: {
      "authorization": `Bearer ${agent.token}`,
      "content-type": "application/json",
      "traceparent": `00-${traceId}-${agentSpan}-01`,
    },
    body: JSON.stringify({ key, as: { draft: draftOf(steps) } }),
  })
  return Submitted.parse(await response.json()).executionId
}

describe("spans over OTLP", () => {
  let executionId: string
  let rejectedId: string
  let scraped: string

  test(
    "a first process takes the call and holds a step; a second one finishes after the approval",
    { timeout: 90_000 },
    async () => {
      const first = await processOf()
      const core = "control-plane.core"
      agent = await addSomeone(first, { kind: "agent", name: "bot", capabilities: [core, effectCapability] })
      ana = await addSomeone(first, {
        kind: "human",
        name: "ana",
        roles: ["approver"],
        capabilities: [core, "control-plane.approval", "control-plane.audit"],
      })
      executionId = await submit(first, "spans", [
        step("keyed"),
        step("probeable", "keyed"),
        step("natural", "probeable"),
      ])
      rejectedId = await submit(first, "rejected", [step("unsafe")])
      await until("both held", 15_000, async () =>
        (await openRequests(first.plane.url, ana)).length === 2 ? true : null,
      )
      await first.close()

      const second = await processOf()
      try {
        for (const item of await openRequests(second.plane.url, ana))
          await (item.executionId === executionId ? approve : reject)(second.plane.url, ana, item)
        await until("the end of both", 20_000, async () => {
          const all = await Promise.all(
            [executionId, rejectedId].map((id) => readExecution(second.plane.url, ana, id)),
          )
          return all.every(({ status }) => status === "completed" || status === "failed") ? true : null
        })
        scraped = await (await fetch(second.plane.metricsUrl)).text()
      } finally {
        await second.close()
      }
    },
  )

  test("one trace id goes from the agent's call over the hold to the last step in another process", () => {
    const ours = spans.filter((span) => said(span, "execution.id") === executionId)
    expect(new Set(ours.map((span) => span.traceId))).toEqual(new Set([traceId]))
    const submitted = named("counterfoil.submit").find((span) => said(span, "execution.id") === executionId)
    expect(submitted?.parentSpanId).toBe(agentSpan)
    const names = new Set(ours.map(({ name }) => name))
    expect(names).toEqual(
      new Set([
        "counterfoil.submit",
        "counterfoil.compile",
        "counterfoil.decide",
        "counterfoil.hold",
        "counterfoil.step",
        ...["keyed", "probeable", "natural"].map((name) => `execute_tool ledger.${name}.act@1`),
      ]),
    )
    for (const key of ["keyed", "probeable", "natural"]) {
      expect(ofStep("counterfoil.step", key)?.parentSpanId).toBe(submitted?.spanId)
      expect(ofStep(`execute_tool ledger.${key}.act@1`, key)?.parentSpanId).toBe(
        ofStep("counterfoil.step", key)?.spanId,
      )
    }
  })

  test("a hold is written at its end with its true start, below its step, and a point marks its beginning", () => {
    const hold = ofStep("counterfoil.hold", "probeable")
    expect(hold?.parentSpanId).toBe(ofStep("counterfoil.step", "probeable")?.spanId)
    expect(said(hold, "decision")).toBe("approved")
    const heldMs = (Number(hold?.endTimeUnixNano) - Number(hold?.startTimeUnixNano)) / 1e6
    expect(heldMs).toBeGreaterThan(100)
    const began = named("counterfoil.decide").filter((span) =>
      span.events?.some(({ name }) => name === "counterfoil.hold.began"),
    )
    expect(began.map((span) => said(span, "step.key") ?? "").toSorted()).toEqual(["probeable", "unsafe"])
  })

  test("hold and rejection are not errors, and a blocked step has a span that says so", () => {
    const blocked = ofStep("counterfoil.step", "unsafe")
    expect([said(blocked, "outcome"), said(blocked, "reason")]).toEqual(["blocked", "approvalRejected"])
    expect(said(ofStep("counterfoil.hold", "unsafe"), "decision")).toBe("rejected")
    expect(spans.filter(({ status }) => status?.code === errorCode)).toEqual([])
  })

  test("no input is in any span or metric", () => {
    expect(bodies.length).toBeGreaterThan(0)
    expect(bodies.join("\n")).not.toContain(canary)
    expect(scraped).not.toContain(canary)
  })

  test("after work with holds no metric has a label outside its closed set, and there are at most 2,000 series", () => {
    const series = scraped.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    expect(series.filter((line) => line.includes('="other"') || /_0[0-9a-z]{25}/.test(line))).toEqual([])
    expect(series.length).toBeGreaterThan(100)
    expect(series.length).toBeLessThanOrEqual(2_000)
  })
})
