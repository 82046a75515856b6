// Verdicts a second under sets of 10, 100 and 1,000 policies beside the base layer, ten for each contract.
// Owns: the made-up contracts and rules. Does not own: deciding (policy).
// `new`: every question differs in a fact that the rules read. `known`: one question again, which the set remembers.

import { readFileSync } from "node:fs"
import {
  buildPolicyRequest,
  canonicalBytes,
  controlPlaneCapabilities,
  controlPlaneContracts,
  defineCommand,
  Environment,
  GrantId,
  invariant,
  makeRegistry,
  mark,
  PrincipalId,
  TenantId,
  Time,
  type Callable,
  type PolicyRequest,
  type PolicySource,
} from "@counterfoil/contracts"
import { inputDigestOf } from "@counterfoil/contracts/digest"
import {
  defaultPolicySource,
  engineWasmUrl,
  loadPolicySet,
  openWasmEngine,
  type CedarEngine,
} from "@counterfoil/policy"
import { z } from "zod"
import type { Measure } from "./measure.ts"
import { quantile } from "./statistics.ts"
import { benchCapability, benchStep } from "./workload.ts"

const rulesPerContract = 10
// A text of a set is at most 64 KiB.
const rulesPerText = 100
const now = Time.parse("2026-11-21T10:00:00.000Z")
const principal = PrincipalId.parse("svc_01kaz3v8g0e8r4n2t6w0y3b5a0")

/** The engine from its installed bytes. */
export function installedEngine(): CedarEngine {
  const engine = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
  invariant(engine.ok, "INV-04", { engineKnown: false })
  return engine.value
}

/** Measures `questions` verdicts of each kind under a set with `policies` policies beside the base layer. */
export function verdictsUnder(engine: CedarEngine, policies: number, questions: number): Measure {
  const contracts = Array.from({ length: Math.ceil(policies / rulesPerContract) }, (_, i) => madeUp(i))
  const registry = makeRegistry(
    [...controlPlaneContracts, ...contracts],
    [...controlPlaneCapabilities, benchCapability],
  )
  const set = loadPolicySet({ source: sourceOf(contracts, policies), registry, engine, now })
  invariant(set.ok, "INV-04", { issues: set.ok ? 0 : set.error.length })
  const [contract] = contracts
  invariant(contract !== undefined, "INV-04", { contracts: 0 })
  let asked = 0
  return async () => {
    const fresh = Array.from({ length: questions }, () => questionOf(contract, asked++ % countMax))
    const latencies = fresh.map((request) => {
      const begunMs = performance.now()
      const { core } = set.value.decide(request)
      const tookMs = performance.now() - begunMs
      invariant(core.decision === "allow", "INV-02", { decision: core.decision })
      return tookMs
    })
    const begunMs = performance.now()
    const again = questionOf(contract, 1)
    for (let i = 0; i < questions; i += 1) set.value.decide(again)
    const knownMs = performance.now() - begunMs
    const totalMs = latencies.reduce((sum, ms) => sum + ms, 0)
    return [
      { figure: `new verdicts, ${policies} policies`, unit: "/s", value: (questions / totalMs) * 1000 },
      { figure: `new verdict p50, ${policies} policies`, unit: "ms", value: quantile(latencies, 0.5) },
      { figure: `new verdict p99, ${policies} policies`, unit: "ms", value: quantile(latencies, 0.99) },
      { figure: `known verdicts, ${policies} policies`, unit: "/s", value: (questions / knownMs) * 1000 },
    ]
  }
}

const countMax = 1_000_000

function madeUp(i: number) {
  return defineCommand({
    name: `bench.filler.n${i}`,
    version: "1.0.0",
    meta: { ...benchStep.meta, title: "Be one of many" },
    effect: "natural",
    input: z.strictObject({ count: mark(z.int().min(0).max(countMax), ["policy"]) }),
    output: z.strictObject({ count: z.int() }),
    capability: benchCapability.name,
    examples: [
      { title: "one", input: { count: 1 } },
      { title: "none", input: {}, fails: "/count" },
    ],
  })
}

function sourceOf(contracts: readonly Callable[], policies: number): PolicySource {
  const shipped = defaultPolicySource()
  const rules = Array.from({ length: policies }, (_, i) => {
    const ref = contracts[Math.floor(i / rulesPerContract)]?.ref
    // The last of each ten lets everything through, so that every question is allowed.
    const limit =
      i % rulesPerContract === rulesPerContract - 1 ? countMax : (i % rulesPerContract) * 1000 + 1000
    return `@id("tenant.rule-${i}") @tier("low") @reason("one of many rules that a set holds")
permit (principal, action == Counterfoil::Action::"${ref}", resource) when { context.input.count <= ${limit} };`
  })
  const texts = Array.from({ length: Math.ceil(policies / rulesPerText) }, (_, i) => ({
    layer: "tenant" as const,
    name: `bench-${i}.cedar`,
    text: rules.slice(i * rulesPerText, (i + 1) * rulesPerText).join("\n"),
  }))
  return { ...shipped, texts: [...shipped.texts.filter(({ layer }) => layer === "base"), ...texts] }
}

function questionOf(contract: Callable, count: number): PolicyRequest {
  const input = { count }
  return buildPolicyRequest({
    environment: Environment.parse("development"),
    tenant: TenantId.parse("bench"),
    contract,
    input,
    inputDigest: inputDigestOf(canonicalBytes(input)),
    taint: [],
    object: null,
    minimumMode: "autonomous",
    breakGlass: null,
    chain: [
      {
        id: principal,
        kind: "service",
        tenant: TenantId.parse("bench"),
        enabled: true,
        owner: null,
        roles: [],
        grants: [
          {
            grantId: GrantId.parse("grn_01kaz3v8g0e8r4n2t6w0y3b5a0"),
            principal,
            capability: contract.capability,
            scope: { level: "tenant" },
            source: "owner",
            expiresAt: Time.parse("2026-12-21T10:00:00.000Z"),
          },
        ],
      },
    ],
    call: { channel: "http", assurance: "session", origin: "contract", labels: [], planSteps: 3, now },
  })
}
