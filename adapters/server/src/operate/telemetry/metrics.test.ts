import { describe, expect, test } from "vitest"
import { metricTable, type MetricRow } from "./metric-table.ts"
import { openMetrics } from "./metrics.ts"
import { startMetricsListener } from "../../http/metrics-listener.ts"

const installation = {
  contract: ["demo.thing.change@1"],
  route: ["/v1/intents"],
  component: ["store"],
  subject: ["cp.q"],
  version: ["0.1.0"],
}
const seriesMax = 2_000

describe("metrics", () => {
  test("a label value outside its closed set is counted as other, so that no id becomes a label", async () => {
    const metrics = openMetrics(installation)
    metrics.observe(
      "http_request_duration_seconds",
      { route: "/v1/executions/exe_01kaz3v8g0e8r4n2t6w0y3b5d7", status: "200" },
      0.1,
    )
    metrics.count("intents_total", { channel: "http", answer: "accepted" })
    const text = await metrics.text()
    expect(text).toContain('counterfoil_intents_total{channel="http",answer="accepted"} 1')
    expect(text).toContain('counterfoil_http_request_duration_seconds_count{route="other",status="200"} 1')
    expect(text).not.toContain("exe_")
  })

  test("counters end in _total, durations in _seconds, and every label is a closed set", () => {
    for (const [name, row] of Object.entries<MetricRow>(metricTable)) {
      expect([name, name.endsWith("_total")]).toEqual([name, row.type === "counter"])
      for (const values of Object.values(row.labels))
        expect(typeof values === "string" ? values in installation : values.length > 0).toBe(true)
    }
  })

  test("the label names are these and no others", () => {
    const labels = new Set(Object.values<MetricRow>(metricTable).flatMap((row) => Object.keys(row.labels)))
    expect([...labels].toSorted()).toEqual([
      "answer",
      "channel",
      "code",
      "component",
      "contract",
      "decision",
      "effect",
      "kind",
      "mode",
      "outcome",
      "reason",
      "route",
      "status",
      "subject",
      "tier",
      "version",
      "what",
    ])
  })

  test("every combination of every counter and gauge together stays within 2,000 series", () => {
    const combinations = Object.values<MetricRow>(metricTable)
      .filter(({ type }) => type !== "histogram")
      .map(({ labels }) =>
        Object.values(labels).reduce(
          (product, values) => product * (typeof values === "string" ? 10 : values.length + 1),
          1,
        ),
      )
    expect(combinations.reduce((sum, each) => sum + each, 0)).toBeLessThan(seriesMax)
  })
})

describe("the listener", () => {
  test("serves the metrics and the two health checks, and nothing else", async () => {
    let ready = true
    const probes = { isAlive: () => true, isReady: () => Promise.resolve(ready) }
    const metrics = openMetrics(installation)
    metrics.count("leases_lapsed_total", {}, 3)
    const listener = await startMetricsListener({ metrics, probes, host: "127.0.0.1", port: 0 })
    expect(await (await fetch(listener.url)).text()).toContain("counterfoil_leases_lapsed_total 3")
    const statusOf = async (path: string) => (await fetch(listener.url.replace("/metrics", path))).status
    expect([await statusOf("/livez"), await statusOf("/readyz"), await statusOf("/")]).toEqual([
      200, 200, 404,
    ])
    ready = false
    expect([await statusOf("/livez"), await statusOf("/readyz")]).toEqual([200, 503])
    expect((await fetch(listener.url, { method: "POST" })).status).toBe(404)
    await listener.close()
  })
})
