import { describe, expect, test } from "vitest"
import { readFile } from "node:fs/promises"
import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  Environment,
  type Digest,
  type PolicySource,
  makeRegistry,
  TenantId,
  Time,
} from "@counterfoil/contracts"
import { defaultPolicySource, engineWasmUrl, openWasmEngine } from "@counterfoil/policy"
import { memoryStore } from "@counterfoil/store/test"
import { policyBlob, policyCache } from "./policy-cache.ts"

const acme = TenantId.parse("acme")
const now = (): Time => Time.parse("2026-11-21T10:00:00.000Z")

describe("the activated policy set", () => {
  test("INV-02 a set that was loaded answers by its digest without another connection, so that consumptions under locks cannot starve each other", async () => {
    const engine = openWasmEngine(await readFile(new URL(engineWasmUrl())))
    if (!engine.ok) throw new Error("the engine is not the known one")
    const kept = memoryStore(Environment.parse("test"), now)
    let reads = 0
    const store = {
      ...kept,
      policySource: (tenant: TenantId) => {
        reads += 1
        return kept.policySource(tenant)
      },
    }
    const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
    const cache = policyCache({ store, registry, engine: engine.value, clock: { now } })
    const source = defaultPolicySource()
    const checked = cache.check(source)
    if (!checked.ok) throw new Error("the shipped policy does not load")
    await kept.activatePolicy(acme, { from: null, digest: checked.value.digest, source })
    await cache.of(acme)
    cache.moved(acme)
    const before = reads
    expect((await cache.of(acme, checked.value.digest)).digest).toBe(checked.value.digest)
    expect(reads).toBe(before)
  })

  test("INV-02 a set that was read under a lock decides although another is activated before it was loaded here", async () => {
    const engine = openWasmEngine(await readFile(new URL(engineWasmUrl())))
    if (!engine.ok) throw new Error("the engine is not the known one")
    const store = memoryStore(Environment.parse("test"), now)
    const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
    const opened = () => policyCache({ store, registry, engine: engine.value, clock: { now } })
    const shipped = defaultPolicySource()
    const stricter: PolicySource = {
      ...shipped,
      modeMap: { ...shipped.modeMap, default: { ...shipped.modeMap.default, low: "assist" } },
    }
    let from: Digest | null = null
    for (const source of [shipped, stricter]) {
      const checked = opened().check(source)
      if (!checked.ok) throw new Error("the policy does not load")
      const { digest } = checked.value
      await store.putBlobs([policyBlob(source)])
      await store.activatePolicy(acme, { from, digest, source })
      from ??= digest
    }
    if (from === null) throw new Error("nothing was activated")
    expect((await opened().of(acme, from)).digest).toBe(from)
  })
})
