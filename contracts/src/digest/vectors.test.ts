import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { canonical, canonicalBytes } from "../json/canonical.ts"
import type { Json, JsonObject } from "../json/json.ts"
import { ContractRef, Digest, Environment, ExecutionId, Key, StepKey, TenantId } from "../primitives.ts"
import { hex, utf8 } from "./bytes.ts"
import { commitmentOf } from "./commitment.ts"
import { chainHash, entryDigestOf, genesisHash, payloadDigestOf } from "./entry-chain.ts"
import { id26 } from "./id26.ts"
import { inputDigestOf } from "./idempotency-key.ts"
import { leafBytes, leafHash } from "./log-leaf.ts"
import { planIdOf, stepIdOf } from "./plan-ids.ts"
import { clientKeyDigestOf, requestDigestOf } from "./request-digest.ts"
import { digestOf, taggedHash } from "./tagged-hash.ts"

const sha = (text: string): string => `sha256:${text}`
const example = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf8")) as {
  readonly head: JsonObject
  readonly plan: JsonObject
}

const environment = Environment.parse("production")
const tenant = TenantId.parse("acme")
const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7")
const chain = { environment, tenant, executionId }

describe("the published vectors of the hash formula", () => {
  test("a tag without parts", () => {
    expect(hex(taggedHash("counterfoil.test.v1"))).toBe(
      "a7e2ad69a8eb0156918e5c4d6e10f4a4e4bdd409513b1dbff551c3b84fc8650f",
    )
  })

  test("parts that join to the same text have different hashes", () => {
    expect(hex(taggedHash("counterfoil.test.v1", "ab", "c"))).toBe(
      "6a77fbd4f15666555697f9e3f014b092239f421883f47171ee229e46d8eb1df0",
    )
    expect(hex(taggedHash("counterfoil.test.v1", "a", "bc"))).toBe(
      "578515655df7fe1a26532ab1e1517f0e60a65f7e62f7b866560936bf6d6c62a4",
    )
  })

  test("id26 spans all zeros to all ones", () => {
    expect(id26(new Uint8Array(16))).toBe("00000000000000000000000000")
    expect(id26(new Uint8Array(16).fill(255))).toBe("7zzzzzzzzzzzzzzzzzzzzzzzzz")
  })
})

describe("the published vectors of a call", () => {
  const input = { amount: 4200, chargeId: "ch_81", reason: "damaged" }

  test("a client key", () => {
    expect(clientKeyDigestOf(Key.parse("order-81"))).toBe(
      sha("9d97d61bd730920028c4ebff58994eab891874b53961e0e1c47ca376c079494f"),
    )
  })

  test("the body of a request", () => {
    expect(requestDigestOf(ContractRef.parse("support.refund@1"), canonicalBytes(input))).toBe(
      sha("03f9820767b917be30e37088c62df40c8ad420e47ed217b75b291123845d9694"),
    )
  })

  test("the input of an intent", () => {
    expect(inputDigestOf(canonicalBytes(input))).toBe(
      sha("e784acb4cce51021c3cb31c0f4a41b182c4ea8ba915ced4eae2bf463d9bf411b"),
    )
  })

  test("the resolved input of a step", () => {
    expect(inputDigestOf(canonicalBytes({ amount: 4200, chargeId: "ch_81", currency: "EUR" }))).toBe(
      sha("b0f9702faf404f8a9d26cf816917b485f2ce541db637ca1d6023dff6fdc0c507"),
    )
  })
})

describe("INV-07 the published vectors of a trace", () => {
  const secondKind = ContractRef.parse("controlPlane.plan.rejected@1")
  const secondHead: Json = {
    ...example.head,
    seq: 2,
    fence: 7,
    kind: secondKind,
    kindDigest: digestOf("counterfoil.contract.v1", canonicalBytes({ example: secondKind })),
    payloadDigest: payloadDigestOf(secondKind, canonicalBytes({ rejections: [] })),
    time: "2026-11-21T08:35:00.250Z",
  }
  const h0 = genesisHash(chain)
  const d1 = entryDigestOf(canonicalBytes(example.head))
  const h1 = chainHash({ executionId, seq: 1, prevHash: h0, entryDigest: d1 })
  const h2 = chainHash({
    executionId,
    seq: 2,
    prevHash: h1,
    entryDigest: entryDigestOf(canonicalBytes(secondHead)),
  })

  test("genesis, payload, entry and both links", () => {
    expect(h0).toBe(sha("df21b43169754da0ece12e01d62a2af1f5fac4a8a41ebcbf4d5a7584b44b3053"))
    expect(
      payloadDigestOf(
        ContractRef.parse("controlPlane.intent.received@1"),
        canonicalBytes({ hello: "world" }),
      ),
    ).toBe(sha("a2094902ac60cb95466f2ec3a48212f0f06f5172b52ae963fbce695c86d566c8"))
    expect(canonicalBytes(example.head)).toHaveLength(648)
    expect(d1).toBe(sha("dc3c6307eaab64bdf8c64d1b76a4249a032f2bdbbaa3371794af92df0a183ddf"))
    expect(h1).toBe(sha("f3dd3dd03f823bec820a8dbfb6f5c7a7ac55c9b039fac3aed2b9a95b4a639bbd"))
    expect(h2).toBe(sha("76f689eff8f0199889536dbac42ef084e8d334f31983ddacbe248d9e819c01ea"))
  })

  test("the kind's digest in the first head is the digest of its contract", () => {
    expect(example.head["kindDigest"]).toBe(
      digestOf("counterfoil.contract.v1", canonicalBytes({ example: "controlPlane.intent.received@1" })),
    )
  })

  test("the leaf of the log", () => {
    const leaf = leafBytes({ ...chain, seq: 2, hash: h2 })
    expect(leaf).toHaveLength(124)
    expect(hex(leafHash(leaf))).toBe("099e536aedede02d20c0f38a13d2f5475ab25b0adb2020d652bbc6fbd2dedbea")
  })

  test("a commitment to a personal value", () => {
    expect(commitmentOf(new Uint8Array(32).fill(7), utf8(canonical("ana@example.test")))).toBe(
      sha("f28a4a909c9657be26e44c909a15b3ec1dd735f44b03ed18ae1cee2edf56dfe1"),
    )
  })
})

describe("INV-08 the published vectors of a plan", () => {
  const bytes = canonicalBytes(example.plan)
  const planDigest = digestOf("counterfoil.plan.v1", bytes)
  const step = (key: string) => ({ planDigest, key: StepKey.parse(key) })

  test("the digest and id of the example plan", () => {
    expect(bytes).toHaveLength(2834)
    expect(planDigest).toBe(sha("e22c56f922b43cfc1473fddeb6d7008aeee7f98831ce2e51d87805e3c1297eb1"))
    expect(planIdOf(planDigest)).toBe("pln_725hbfj8nm7ky18wzxvtvde04a")
  })

  test("a step, an undo step and an instance of a fan-out have ids of their own", () => {
    expect(stepIdOf({ ...step("refund"), index: null, role: "do" })).toBe("stp_17s9jdpebsfzxfzfhdp40d71vn")
    expect(stepIdOf({ ...step("note"), index: null, role: "undo" })).toBe("stp_2s9amw4jsw2tfyz0dfr13f7k3g")
    expect(stepIdOf({ ...step("note"), index: 0, role: "do" })).toBe("stp_3npp98q2404wv3959xysx3kdfs")
  })

  test("the contract digests in the example plan are digests of their example contracts", () => {
    for (const pinned of example.plan["steps"] as readonly { contract: string; contractDigest: string }[]) {
      expect(Digest.parse(pinned.contractDigest)).toBe(
        digestOf("counterfoil.contract.v1", canonicalBytes({ example: pinned.contract })),
      )
    }
  })
})
