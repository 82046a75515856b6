import { describe, expect, test } from "vitest"
import {
  canonicalBytes,
  contractMediaType,
  contractOfDocument,
  policySourceMediaType,
  registryOf,
  type ContractDocument,
  type Digest,
  type Json,
} from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import type { BlobRow } from "@counterfoil/contracts/ports"
import type { CedarEngine } from "@counterfoil/policy"
import { openReplay, recordedPolicies, type ReplayKit } from "@counterfoil/replay"
import { edited, rehashed } from "./forge.ts"
import { payloadOf, without } from "./forgeries/forgery.ts"
import { blobs, bundleInMemory, recordExecution } from "./record-execution.ts"
import { contracts, engine, policySet, policySource, registry, start } from "./world.ts"

describe("a recorded execution", () => {
  test("INV-08 is derived again identically, a thousand times over", { timeout: 240_000 }, () => {
    const replay = openReplay({ installed: registry, engine, mode: "recorded" })
    const kinds = new Map<string, number>()
    for (let seed = 1; seed <= 1_000; seed++) {
      const recording = recordExecution({ seed })
      for (const { head } of recording.entries) kinds.set(head.kind, (kinds.get(head.kind) ?? 0) + 1)
      const report = replay(bundleInMemory(recording))
      expect(
        report.ok ? { ...report.value.first, ...report.value.unverifiable[0] } : report.error,
        `seed ${seed}`,
      ).toEqual({})
    }
    // The thousand executions cover everything that an execution can meet.
    expect([...kinds.keys()].filter((kind) => kind.startsWith("controlPlane.approval.")).length).toBe(5)
    expect(Math.min(...kinds.values())).toBeGreaterThan(10)
    expect(kinds.size).toBe(24)
  })

  test("INV-08 whose contracts or engine are not all here is unverifiable, and never divergent", () => {
    // A start, a resumption and a block that stand on what is missing are in these.
    const seeds = [2, 50, 51, 52, 53, 54, 86, 87]
    const recordings = seeds.map((seed) => bundleInMemory(recordExecution({ seed })))
    const results = new Set<string>()
    const look = (texts: readonly BlobRow[], kit: Pick<ReplayKit, "installed" | "engine">) => {
      const replay = openReplay({ ...kit, mode: "recorded" })
      for (const bundle of recordings) {
        const report = replay({ ...bundle, blobs: texts })
        if (!report.ok) throw new Error("a recording verifies")
        expect(report.value.first).toBeNull()
        results.add(report.value.result)
      }
    }
    const { chargeGet, refund, support } = contracts
    for (const { document } of [chargeGet, refund, support]) {
      const without = withoutBlob(blobDigest(canonicalBytes(document)))
      look(without, { installed: null, engine })
      look([...without, changedBlob(document)], { installed: registry, engine })
    }
    look(blobs, { installed: registry, engine: null })
    expect(results).toContain("unverifiable")
  }, 60_000)

  test("INV-08 whose intent does not pin the contract that it requests is never identical, with any plan", () => {
    const replay = openReplay({ installed: registry, engine, mode: "recorded" })
    const pinned = Array.from({ length: 20 }, (_, seed) => recordExecution({ seed })).filter(
      ({ entries: [first] }) => payloadOf(first)["contract"] !== undefined,
    )
    expect(pinned.length).toBeGreaterThan(5)
    for (const { entries } of pinned) {
      const entriesOfForger = rehashed(
        entries.map((entry, i) =>
          i === 0 ? edited(entry, { payload: without(payloadOf(entry), "contract") }) : entry,
        ),
      )
      const report = replay(bundleInMemory({ entries: entriesOfForger }))
      expect(report.ok ? report.value.first?.seq : report.error).toBe(1)
    }
  })

  test("INV-08 is derived with the tags that its contracts had then, not with the present ones", () => {
    const retagged = registryOf(
      registry.contracts.map((contract) => ({
        ...contract,
        meta: { ...contract.meta, tags: [...contract.meta.tags, "renamed"] },
      })),
      registry.capabilities,
    )
    const replay = openReplay({ installed: retagged, engine, mode: "recorded" })
    for (let seed = 1; seed <= 20; seed++) {
      const report = replay(bundleInMemory(recordExecution({ seed })))
      expect(report.ok ? report.value.first : report.error, `seed ${seed}`).toBeNull()
    }
  })

  test("INV-08 is not another one because a contract that it never called has other tags by now", () => {
    const never = "controlPlane.trace.get@1"
    const retagged = registry.contracts.map((contract) => {
      const meta = { ...contract.meta, tags: [...contract.meta.tags, "renamed"] }
      const document = contract.ref === never ? { ...contract.document, meta } : contract.document
      const bytes = canonicalBytes(JSON.parse(JSON.stringify(document)) as Json)
      return { digest: blobDigest(bytes), mediaType: contractMediaType, bytes }
    })
    const replay = openReplay({ installed: null, engine, mode: "recorded" })
    const bundle = bundleInMemory(recordExecution({ seed: 1 }))
    const policies = bundle.blobs.filter(({ mediaType }) => mediaType !== contractMediaType)
    const report = replay({ ...bundle, blobs: [...policies, ...retagged] })
    expect(report.ok ? report.value.first : report.error).toBeNull()
  })
})

const changedBlob = (document: ContractDocument): BlobRow => {
  const other = contractOfDocument({ ...document, version: "1.9.9", capability: "another.one" })
  if (other === null) throw new Error("the changed document is one")
  const bytes = canonicalBytes(other.contract.document)
  return { digest: blobDigest(bytes), mediaType: contractMediaType, bytes }
}

const withoutBlob = (digest: Digest): readonly BlobRow[] => {
  const kept = blobs.filter((blob) => blob.digest !== digest)
  expect(kept).toHaveLength(blobs.length - 1)
  return kept
}

describe("the policy texts of a bundle", () => {
  /** The engine, with a count of its instances and of the policies that they read. */
  const counted = () => {
    const count = { opened: 0, read: 0 }
    const counting: CedarEngine = {
      ...engine,
      open: () => {
        count.opened += 1
        const instance = engine.open()
        return {
          preparsePolicySet: (id, policies) => instance.preparsePolicySet(id, policies),
          preparseSchema: (name, schema) => instance.preparseSchema(name, schema),
          statefulIsAuthorized: (call) => instance.statefulIsAuthorized(call),
          validate: (schema, policies) => instance.validate(schema, policies),
          policyToJson: (text) => {
            count.read += 1
            return instance.policyToJson(text)
          },
          policyToText: (policy) => instance.policyToText(policy),
        }
      },
    }
    return { count, counting }
  }
  const withMore = (more: number, texts: number): BlobRow => {
    const { texts: own, modeMap } = policySource()
    const extra = Array.from({ length: texts }, (_, t) => ({
      layer: "tenant" as const,
      name: `more-${t}`,
      text: Array.from(
        { length: more },
        (_, i) => `@id("tenant.more-${t}-${i}") forbid (principal, action, resource);`,
      ).join("\n"),
    }))
    const bytes = canonicalBytes({ texts: [...own, ...extra], modeMap })
    return { digest: blobDigest(bytes), mediaType: policySourceMediaType, bytes }
  }
  const { digest } = policySet(policySource())

  test("are never read by the engine when no verdict names their digest, however many verdicts ask", () => {
    const { count, counting } = counted()
    const policies = recordedPolicies([withMore(1, 1)], registry, counting)
    for (let asked = 0; asked < 20; asked++) expect(policies(digest, start)).toBeNull()
    expect(count.opened).toBe(0)
  })

  test("beyond the policies of a layer are not read at all", () => {
    const { count, counting } = counted()
    expect(recordedPolicies([withMore(900, 4)], registry, counting)(digest, start)).toBeNull()
    expect(count.read).toBeLessThan(1_000)
  })

  test("are not loaded where a policy is longer than a live system accepts", () => {
    const { texts, modeMap } = policySource()
    const listing = (length: number): BlobRow => {
      const text = `@id("tenant.list") @reason("because it is so")
forbid (principal, action, resource) when { context.call.channel == "${"x".repeat(length)}" };`
      const bytes = canonicalBytes({ texts: [...texts, { layer: "tenant", name: "list", text }], modeMap })
      return { digest: blobDigest(bytes), mediaType: policySourceMediaType, bytes }
    }
    const [short, long] = [listing(10_000), listing(20_000)]
    const policies = recordedPolicies([short, long], registry, engine)
    expect(policies(short.digest, start)?.digest).toBe(short.digest)
    expect(policies(long.digest, start)).toBeNull()
    expect(policies.charactersOf(long.digest) - policies.charactersOf(short.digest)).toBe(10_000)
  })

  test("are loaded up to a bound, however many of them decided", () => {
    const { count, counting } = counted()
    const { texts, modeMap } = policySource()
    const large = (name: string): BlobRow => {
      // As much as a live system accepts of each of three layers.
      const filling = (["organisation", "skill", "freeze"] as const).flatMap((layer) =>
        Array.from({ length: 4 }, () => ({ layer, name, text: `// ${"x".repeat(60_000)}` })),
      )
      const bytes = canonicalBytes({ texts: [...texts, ...filling], modeMap })
      return { digest: blobDigest(bytes), mediaType: policySourceMediaType, bytes }
    }
    const [one, two] = [large("one"), large("two")]
    const policies = recordedPolicies([one, two], registry, counting)
    expect(policies(one.digest, start)?.digest).toBe(one.digest)
    const { read } = count
    expect(policies(two.digest, start)).toBeNull()
    expect(count.read).toBe(read)
  })

  test("that a verdict names are loaded, beside others that it does not name", () => {
    const { counting } = counted()
    const named = blobs.filter(({ mediaType }) => mediaType === policySourceMediaType)
    const policies = recordedPolicies([withMore(1, 1), ...named], registry, counting)
    expect(policies(digest, start)?.digest).toBe(digest)
  })
})
