import { afterEach, describe, expect, test } from "vitest"
import { startTestServer, type TestServer } from "../../test/http-server.ts"
import type { ComponentStatus, HealthProbe } from "./health.ts"

let world: TestServer | undefined
afterEach(async () => {
  await world?.close()
})

const probe = (name: string, required: boolean, look: () => Promise<ComponentStatus>): HealthProbe => ({
  name,
  required,
  runbook: `${name}-unavailable`,
  look,
})

describe("health", () => {
  test("a process is alive without a check of anything outside, and ready when every required component is ok", async () => {
    world = await startTestServer({
      probes: [probe("store", true, async () => "ok"), probe("bus", false, async () => "failed")],
    })
    expect(await (await world.get("/livez", { as: null })).json()).toEqual({ status: "ok" })
    expect(await (await world.get("/readyz", { as: null })).json()).toEqual({ status: "ok" })
  })

  test("a store that throws is failed: the process is not ready, with the code and Retry-After, and still alive", async () => {
    world = await startTestServer({
      probes: [
        probe("store", true, async () => {
          throw new Error("gone")
        }),
      ],
    })
    const response = await world.get("/readyz", { as: null })
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"])
    expect(await response.json()).toMatchObject({ code: "STORE_UNAVAILABLE" })
    expect((await world.get("/livez", { as: null })).status).toBe(200)
  })

  test("a probe that does not answer has failed", async () => {
    world = await startTestServer({ probes: [probe("clock", true, () => new Promise(() => {}))] })
    expect(await (await world.get("/readyz", { as: null })).json()).toMatchObject({ code: "OVERLOADED" })
  })

  test("INV-04 only administrators see the components, each with the time of its status and its runbook", async () => {
    world = await startTestServer({ probes: [probe("worker", false, async () => "degraded")] })
    expect(await (await world.get("/readyz?verbose", { as: null })).json()).toMatchObject({
      code: "UNAUTHENTICATED",
    })
    expect(await (await world.get("/readyz?verbose", { as: "mia" })).json()).toMatchObject({
      code: "GRANT_MISSING",
    })
    expect(await (await world.get("/readyz?verbose", { as: "adam" })).json()).toEqual({
      components: [
        {
          component: "worker",
          status: "degraded",
          required: false,
          since: "2026-03-02T10:00:00.000Z",
          runbook: "worker-unavailable",
        },
      ],
    })
  })
})
