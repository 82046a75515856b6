// The page on effect classes: its example is code that runs, and its table leaves out no handler.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import {
  defineCapability,
  ExecutionId,
  IdempotencyKey,
  makeRegistry,
  PrincipalId,
  StepId,
  TenantId,
  Time,
  type Json,
} from "@counterfoil/contracts"
import type { HandlerCall } from "@counterfoil/contracts/ports"
import { installedRegistry } from "@counterfoil/cli"
import { compilePlan, intentOf, singleStepDraft } from "@counterfoil/planner"
import { rootFolder } from "../architecture/source-tree.ts"
import { priceLower, priceLowerHandler, priceRead, type Shop } from "./examples/acting-on-state.ts"
import { fencedBlock } from "./run-blocks.ts"

const page = readFileSync(join(rootFolder, "docs/effects.md"), "utf8")
const now = Time.parse("2026-11-21T08:35:00.000Z")

function shopOf(cents: number): Shop & { readonly raise: () => void } {
  let current = { cents, revision: 7 }
  const done = new Map<string, typeof current>()
  return {
    price: async () => current,
    loweredUnder: async (key) => done.get(key) ?? null,
    lower: async (key, _article, to) => {
      if (to.revision !== current.revision) return null
      current = { cents: to.cents, revision: current.revision + 1 }
      done.set(key, current)
      return current
    },
    raise: () => {
      current = { cents: current.cents * 2, revision: current.revision + 1 }
    },
  }
}
const callOf = (input: Json): HandlerCall => ({
  input,
  idempotencyKey: IdempotencyKey.parse("a1".repeat(32)),
  attempt: 1,
  tenant: TenantId.parse("acme"),
  executionId: ExecutionId.parse(`exe_${"0".repeat(26)}`),
  stepId: StepId.parse(`stp_${"0".repeat(26)}`),
  requester: PrincipalId.parse(`hum_${"0".repeat(26)}`),
  startedAt: now,
  deadlineMs: 10_000,
  signal: new AbortController().signal,
})

describe("acting on outside state, as the page shows it", () => {
  test("is the code that is compiled and run here", () => {
    const source = readFileSync(join(rootFolder, "test/docs/examples/acting-on-state.ts"), "utf8")
    expect(fencedBlock(page, "ts acting-on-state")).toBe(source.slice(source.indexOf("\n\n") + 2))
  })

  test("asked for without a state, it is read by a step before it", () => {
    const capability = defineCapability({ name: "shop.prices", requires: [], meta: priceRead.meta })
    const input = { article: "tea", percent: 10 }
    const compiled = compilePlan({
      draft: singleStepDraft(priceLower, input),
      origin: "contract",
      intent: intentOf(priceLower.pin, input),
      contracts: makeRegistry([priceRead, priceLower], [capability]),
      held: [capability.name],
      asOf: now,
    })
    expect(
      compiled.ok &&
        compiled.value.plan.steps.map(({ key, contract, input: given }) => [key, contract, given]),
    ).toEqual([
      ["call-state", "shop.price.read@1", { article: "tea" }],
      ["call", "shop.price.lower@1", { article: "tea", percent: 10, state: { $from: "call-state", at: "" } }],
    ])
  })

  test("INV-02 acts on the state that was read, refuses another before any effect, and finds what it did itself", async () => {
    const shop = shopOf(400)
    const handler = priceLowerHandler(shop)
    const run = (call: HandlerCall) => handler.run(call)
    const asked = { article: "tea", percent: 10, state: { cents: 400, revision: 7 } }
    expect(await run(callOf({ article: "tea", percent: 10 }))).toMatchObject({ code: "STATE_MISSING" })
    expect(await run(callOf({ ...asked, state: { cents: 40, revision: 7 } }))).toMatchObject({
      code: "STATE_CHANGED",
    })
    expect(await shop.price("tea")).toEqual({ cents: 400, revision: 7 })
    const done = await run(callOf(asked))
    expect(done).toMatchObject({ kind: "succeeded", output: { cents: 360, revision: 8 } })
    shop.raise()
    expect(await run(callOf(asked))).toEqual(done)
    expect(await shop.price("tea")).toEqual({ cents: 720, revision: 9 })
  })
})

test("every built-in handler has its row in the table of what it acts on", () => {
  const rows = page.slice(page.indexOf("## What the built-in handlers act on"))
  const { contracts } = installedRegistry(undefined)
  const builtIn = contracts.filter(({ name }) => !name.startsWith("controlPlane.")).map(({ ref }) => ref)
  expect(builtIn.length).toBeGreaterThan(10)
  expect(builtIn.filter((ref) => !rows.includes(`\`${ref}\``))).toEqual([])
})
