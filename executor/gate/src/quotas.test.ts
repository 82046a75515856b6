import { describe, expect, test } from "vitest"
import type { PrincipalId, TenantId, Time } from "@counterfoil/contracts"
import type { Standing } from "@counterfoil/contracts/ports"
import { openQuotas } from "./quotas.ts"

const tenant = "acme" as TenantId
const agent = "agt_01kaz3v8g0e8r4n2t6w0y3b5d7" as PrincipalId
const now = "2026-11-21T15:00:00.000Z" as Time
const expiry = "2026-11-21T19:00:00.000Z" as Time

function quotasOver(standing: Standing) {
  let ms = 0
  let looks = 0
  const store = {
    standing: () => {
      looks += 1
      return Promise.resolve(standing)
    },
  }
  const limits = { openExecutions: 10, openRequests: 3 }
  return {
    quotas: openQuotas({ store, clock: { now: () => now }, limits, nowMs: () => ms }),
    pass: (by: number) => (ms += by),
    looks: () => looks,
  }
}

describe("quotas of a submit", () => {
  test("a requester with as many open requests as it may have learns when the first of them ends at the latest", async () => {
    const { quotas } = quotasOver({ openExecutions: 3, openRequests: 3, firstExpiry: expiry })
    const refusal = await quotas.refusal(tenant, agent)
    expect(refusal?.code).toBe("QUOTA_EXCEEDED")
    expect(refusal?.problem("trace").detail).toBe(`Open approvals is used up until ${expiry}.`)
  })

  test("what this process let in counts before the database is asked again, and it is asked once a second", async () => {
    const { quotas, pass, looks } = quotasOver({ openExecutions: 1, openRequests: 1, firstExpiry: expiry })
    expect(await quotas.refusal(tenant, agent)).toBeNull()
    quotas.made(tenant, agent, 2)
    expect((await quotas.refusal(tenant, agent))?.code).toBe("QUOTA_EXCEEDED")
    expect(looks()).toBe(1)
    pass(1_000)
    expect(await quotas.refusal(tenant, agent)).toBeNull()
    expect(looks()).toBe(2)
  })

  test("a tenant whose open executions are as many as they may be gets no further one", async () => {
    const { quotas } = quotasOver({ openExecutions: 9, openRequests: 0, firstExpiry: null })
    expect(await quotas.refusal(tenant, agent)).toBeNull()
    quotas.made(tenant, agent, 0)
    expect((await quotas.refusal(tenant, agent))?.code).toBe("QUOTA_EXCEEDED")
  })
})
