// Rules on addresses: for every spelling that a caller writes, policy, people, the trace and the provider see one spelling.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import type { ExecutionView, Json, Submitted } from "@counterfoil/contracts"
import { addRules } from "../support/add-rules.ts"
import { openRequests, readExecution } from "../support/asking.ts"
import { openHttpProvider, type HttpProvider } from "../support/http-provider.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

let provider: HttpProvider
let plane: TestPlane
let agent: Person
let approver: Person

beforeAll(async () => {
  provider = await openHttpProvider()
  plane = await startTestPlane("target-rules", "PT20S", () => Promise.resolve(), {
    handlers: { http: { hosts: [{ origin: provider.origin, network: "loopback" }] } },
  })
  const capabilities = ["control-plane.core", "http.call"]
  agent = await addSomeone(plane.started, { kind: "agent", name: "bot", capabilities })
  approver = await addSomeone(plane.started, {
    kind: "human",
    name: "ana",
    roles: ["approver"],
    capabilities: ["control-plane.core", "control-plane.approval", "control-plane.audit"],
  })
  await addRules(
    plane,
    plane.started.tenant,
    `@id("tenant.no-admin") @reason("agents stay out of the administration")
forbid (principal, action, resource) when { context.input has url && context.input.url like "${provider.origin}/admin*" };`,
  )
})

afterAll(async () => {
  await plane.close()
  await provider.close()
})

const spellings = () => {
  const { host, port } = new URL(provider.origin)
  return [
    `${provider.origin}/admin/users`,
    `${provider.origin}/%61dmin/users`,
    `${provider.origin}//admin/users`,
    `${provider.origin}/x/../admin/users`,
    `${provider.origin}/x/%2e%2e/admin/users`,
    `${provider.origin}/./admin//users#top`,
    `http://127.1:${port}/admin/users`,
    `http://2130706433:${port}/admin/users`,
    `http://[::ffff:${host.split(":")[0] ?? ""}]:${port}/admin/users`,
    `http://127.0.0.1.:${port}/admin/users`,
  ]
}
const sent = () => provider.seen.filter(({ path }) => /admin/i.test(decodeURIComponent(path)))

const submit = (key: string, as: Json) => call<Submitted>(plane.url, agent, "POST", "/intents", { key, as })
const ended = (executionId: string): Promise<ExecutionView> =>
  until(`end of ${executionId}`, 30_000, async () => {
    const view = await readExecution(plane.url, agent, executionId)
    return ["completed", "failed", "inDoubt", "rejected"].includes(view.status) ? view : null
  })
const draftOf = (url: string): Json => ({
  draft: {
    format: "counterfoil.draft/1",
    steps: [{ key: "get", because: "to look", contract: "http.request.get@1", input: { url } }],
    output: null,
  },
})

describe.concurrent("a forbid on the start of an address", () => {
  test("INV-04 holds for every spelling of it, asked for directly or in a draft, and nothing is sent", async () => {
    for (const [index, url] of spellings().entries()) {
      const asks: readonly Json[] = [{ contract: "http.request.get@1", input: { url } }, draftOf(url)]
      for (const [way, as] of asks.entries()) {
        const { executionId } = await must(submit(`forbidden-${index}-${way}`, as))
        const view = await ended(executionId)
        expect([url, view.status, view.steps?.[0]?.blockReason]).toEqual([url, "failed", "forbidden"])
      }
    }
    expect(sent()).toEqual([])
  })

  test("leaves no other way to write it: what has no single spelling is refused", async () => {
    for (const path of [
      "/x%2f..%2fadmin",
      "/%c0%ae/admin",
      "/%2561dmin",
      "/;x/admin",
      "/x\\..\\admin",
      "/admin%00",
    ]) {
      const url = `${provider.origin}${path}`
      const direct = await submit(`refused-${path}`, { contract: "http.request.get@1", input: { url } })
      expect([path, direct.kind === "problem" ? direct.problem.code : null]).toEqual([path, "INPUT_INVALID"])
      const drafted = await must(submit(`refused-draft-${path}`, draftOf(url)))
      expect([path, drafted.status, drafted.rejections?.[0]?.code]).toEqual([
        path,
        "rejected",
        "INPUT_INVALID",
      ])
    }
    expect(sent()).toEqual([])
  })

  test("INV-02 what is decided, recorded and sent is the one spelling", async () => {
    const url = `${provider.origin}//n%6ftes/./seven?q=%7e#top`
    const { executionId } = await must(submit("spelled", draftOf(url)))
    expect((await ended(executionId)).status).toBe("completed")
    expect(provider.seen.map(({ path }) => path)).toContain("/notes/seven?q=~")
    const { entries } = await must(
      call<{ readonly entries: readonly { readonly kind: string; readonly payload: Json }[] }>(
        plane.url,
        approver,
        "GET",
        `/executions/${executionId}/trace?limit=200&includePayloads=true`,
      ),
    )
    const said = (kind: string) => JSON.stringify(entries.filter((entry) => entry.kind === kind))
    for (const kind of ["controlPlane.policy.decided@1", "controlPlane.execution.step.started@1"]) {
      expect(said(kind)).toContain(`${provider.origin}/notes/seven?q=~`)
      expect(said(kind)).not.toContain("n%6ftes")
    }
  })

  test("an approver reads the one spelling", async () => {
    const url = `${provider.origin}//m%61il#x`
    const { executionId } = await must(
      submit("held", { contract: "http.request.send@1", input: { method: "POST", url, text: "Hello" } }),
    )
    const [held] = await until("request", 30_000, async () => {
      const open = await openRequests(plane.url, approver, executionId)
      return open.length > 0 ? open : null
    })
    expect(held?.preview.find(({ label }) => label === "Address")?.value).toBe(`${provider.origin}/mail`)
  })
})
