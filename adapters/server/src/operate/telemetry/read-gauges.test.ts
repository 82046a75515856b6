import { describe, expect, test } from "vitest"
import type { StoreGauges } from "@counterfoil/store"
import { openMetrics, type Metrics } from "./metrics.ts"
import { freeShareOf, readGaugesAtScrape } from "./read-gauges.ts"

const open: StoreGauges = {
  approvals: [{ tier: "high", open: 2, oldestSeconds: 90, timeUsed: 0.25 }],
  executions: [{ status: "waiting", open: 2 }],
  stepsInDoubt: 1,
  inDoubtOldestSeconds: 30,
  readyOldestSeconds: 0.5,
  relayLag: { entries: 7, seconds: 3 },
  callbacks: { waiting: 4, oldestSeconds: 61 },
}

function metricsOf(
  read: () => Promise<StoreGauges>,
  hasBus = true,
): { readonly metrics: Metrics; nowMs: number } {
  const metrics = openMetrics({ contract: [], route: [], component: [], subject: [], version: ["0.1.0"] })
  const world = { metrics, nowMs: 0 }
  readGaugesAtScrape({
    metrics,
    open: read,
    components: () => Promise.resolve([]),
    freeShare: () => Promise.resolve(0.5),
    hasBus,
    nowMs: () => world.nowMs,
  })
  return world
}

describe("gauges that are read at a scrape", () => {
  test("show what is open, with a zero for what is not", async () => {
    const text = await metricsOf(() => Promise.resolve(open)).metrics.text()
    for (const line of [
      'counterfoil_approvals_open{tier="high"} 2',
      'counterfoil_approvals_open{tier="low"} 0',
      'counterfoil_approval_time_used_ratio{tier="high"} 0.25',
      'counterfoil_executions_open{status="waiting"} 2',
      "counterfoil_steps_in_doubt 1",
      "counterfoil_step_in_doubt_oldest_seconds 30",
      "counterfoil_ready_work_oldest_seconds 0.5",
      "counterfoil_relay_lag_entries 7",
      "counterfoil_callbacks_waiting 4",
      "counterfoil_callback_oldest_seconds 61",
      "counterfoil_disk_free_ratio 0.5",
    ])
      expect(text.split("\n")).toContain(line)
  })

  test("show no lag where there is no bus to publish to", async () => {
    const text = await metricsOf(() => Promise.resolve(open), false).metrics.text()
    expect(text.split("\n")).toContain("counterfoil_relay_lag_seconds 0")
  })

  test("query the database once in five seconds, for any number of scrapes", async () => {
    let asked = 0
    const world = metricsOf(() => {
      asked += 1
      return Promise.resolve(open)
    })
    await Promise.all([world.metrics.text(), world.metrics.text()])
    world.nowMs = 4_000
    await world.metrics.text()
    expect(asked).toBe(1)
    world.nowMs = 6_000
    await world.metrics.text()
    expect(asked).toBe(2)
  })

  test("are NaN when the database is unreachable, not the last value or zero", async () => {
    const world = metricsOf(() => Promise.reject(new Error("gone")))
    const text = await world.metrics.text()
    expect(text).toContain('counterfoil_approvals_open{tier="high"} Nan')
    expect(text).toContain("counterfoil_ready_work_oldest_seconds Nan")
  })

  test("the free share of a disk is between nothing and all of it, and unknown without a folder", async () => {
    const share = await freeShareOf(".")
    expect(share).toBeGreaterThanOrEqual(0)
    expect(share).toBeLessThanOrEqual(1)
    expect(await freeShareOf(null)).toBeNaN()
  })
})
