// A signed review says what was written with it and counts once: over HTTP and real PostgreSQL, as an attacker with a kept envelope.

import { createPublicKey, generateKeyPairSync, hash, sign, type KeyObject } from "node:crypto"
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, deriveWith, must } from "@counterfoil/cli"
import { verifyBundle, type TrustedKey } from "@counterfoil/verifier"
import { canonicalBytes, type ApprovalItem, type Json } from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import { engineWasmUrl, openWasmEngine } from "@counterfoil/policy"
import type { PostgresStore } from "@counterfoil/store"
import { named, openRequests, readExecution, submitDraft } from "../support/asking.ts"
import { effectCapability, effectRef } from "../support/effect-handlers.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

let plane: TestPlane
let agent: Person
let ana: Person
let olga: Person
const { privateKey, publicKey } = generateKeyPairSync("ed25519")
const spki = publicKey.export({ format: "der", type: "spki" })
/** What happens before the next call that locks this execution gets its lock. */
let meanwhile: { readonly executionId: string; readonly act: () => Promise<unknown> } | null = null

/** The store, whose lock can be made to wait for something. */
const waiting = (store: PostgresStore): PostgresStore => ({
  ...store,
  locked: async (tenant, executionId, decide) => {
    const act = meanwhile?.executionId === executionId ? meanwhile.act : null
    if (act !== null) {
      meanwhile = null
      await act()
    }
    return store.locked(tenant, executionId, decide)
  },
})

beforeAll(async () => {
  plane = await startTestPlane("signed", "PT5S", async () => undefined, { aroundStore: waiting })
  const core = "control-plane.core"
  agent = await addSomeone(plane.started, {
    kind: "agent",
    name: "bot",
    capabilities: [core, effectCapability],
  })
  ana = await addSomeone(plane.started, {
    kind: "human",
    name: "ana",
    roles: ["approver"],
    capabilities: [core, "control-plane.approval", "control-plane.audit"],
  })
  olga = await addSomeone(plane.started, {
    kind: "human",
    name: "olga",
    roles: ["owner", "approver"],
    capabilities: [core, "control-plane.approval", "control-plane.audit", "control-plane.governance"],
  })
  await must(call(plane.url, ana, "POST", "/review-keys", { spki: spki.toString("base64") }))
})

afterAll(async () => {
  await plane.close()
})

const payloadType = "application/vnd.counterfoil.review+json"

/** An envelope of Ana over one request. */
function signed(
  { approvalDigest, planDigest, previewDigest }: ApprovalItem,
  said: { readonly [field: string]: Json },
  key: KeyObject = privateKey,
): Json {
  const body = Buffer.from(
    canonicalBytes({
      format: "counterfoil.review/1",
      decision: "approve",
      human: ana.id,
      method: "ed25519",
      origin: plane.started.plane.origin,
      at: plane.started.plane.store.clock.now(),
      reasonDigest: null,
      items: [{ approvalDigest, planDigest, previewDigest }],
      ...said,
    }),
  )
  const holder = createPublicKey(key).export({ format: "der", type: "spki" })
  const message = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `),
    body,
  ])
  return {
    payloadType,
    payload: body.toString("base64"),
    signatures: [{ keyid: hash("sha256", holder, "hex"), sig: sign(null, message, key).toString("base64") }],
  }
}

/** A new request of the agent. */
async function request(label: string): Promise<ApprovalItem> {
  const step = { key: "act", contract: effectRef("probeable"), input: { label, point: "none" } }
  const { executionId } = await submitDraft(plane.url, agent, label, [step], { minimumMode: "assist" })
  const [item] = await until("request", 10_000, async () => {
    const items = await openRequests(plane.url, ana, executionId)
    return items.length > 0 ? items : null
  })
  if (item === undefined) throw new Error("there was no request")
  return item
}

let calls = 0
async function review(
  path: "approve" | "reject",
  item: ApprovalItem,
  more: { readonly [field: string]: Json },
) {
  calls += 1
  const said = await call<{ readonly results: readonly { readonly status?: string }[] }>(
    plane.url,
    ana,
    "POST",
    `/approvals/${path}`,
    { key: `signed-${calls}`, items: [named(item)], ...more },
  )
  return said.kind === "answer" ? said.body.results[0]?.status : said.problem.code
}

describe("a signed review over HTTP", { timeout: 60_000 }, () => {
  test("INV-06 says the note that was signed, and no other", async () => {
    const item = await request("note")
    const note = "checked with billing"
    const signature = signed(item, { reasonDigest: blobDigest(utf8(note)) })
    expect(await review("approve", item, { note: "checked by no other tool", signature })).toBe(
      "SIGNATURE_INVALID",
    )
    expect(await review("approve", item, { signature })).toBe("SIGNATURE_INVALID")
    expect(await review("approve", item, { note, signature: signed(item, {}) })).toBe("SIGNATURE_INVALID")
    expect(await review("approve", item, { note, signature })).toBe("approved")
  })

  test("INV-06 counts once: after a withdrawal the same envelope is refused, and a new one is taken", async () => {
    // Paused, so that the approval is not consumed before it is withdrawn.
    const item = await request("again")
    await must(
      call(plane.url, ana, "POST", `/executions/${item.executionId}/pause`, {
        key: "pause-again",
        reason: "have a look",
      }),
    )
    const signature = signed(item, {})
    expect(await review("approve", item, { signature })).toBe("approved")
    expect(
      await review("reject", item, {
        decision: "withdraw",
        reason: "on second thought",
        reasonCode: "other",
      }),
    ).toBe("open")
    expect(await review("approve", item, { signature })).toBe("SIGNATURE_INVALID")
    expect(await review("approve", item, { signature: signed(item, {}) })).toBe("approved")
  })

  test("INV-06 is for the request that it names: another request, even of the same input, refuses it", async () => {
    const [one, other] = [await request("first"), await request("second")]
    expect(await review("approve", other, { signature: signed(one, {}) })).toBe("SIGNATURE_INVALID")
  })

  test("INV-06 counts by the time of its entry: a key that is revoked while the answer waits for the lock signs nothing", async () => {
    const item = await request("revoked")
    const other = generateKeyPairSync("ed25519")
    const { keyId } = await must(
      call<{ readonly keyId: string }>(plane.url, ana, "POST", "/review-keys", {
        spki: other.publicKey.export({ format: "der", type: "spki" }).toString("base64"),
      }),
    )
    const signature = signed(item, {}, other.privateKey)
    meanwhile = {
      executionId: item.executionId,
      act: async () => {
        const { revokedAt } = await must(
          call<{ readonly revokedAt: string }>(plane.url, ana, "POST", `/review-keys/${keyId}/revoke`, {}),
        )
        const { store } = plane.started.plane
        await until("revocation", 5_000, async () => ((await store.now()) > revokedAt ? revokedAt : null))
      },
    }
    expect(await review("approve", item, { signature })).toBe("SIGNATURE_INVALID")
    expect(meanwhile).toBeNull()
    expect(await review("approve", item, { signature: signed(item, {}) })).toBe("approved")
  })

  test("INV-02 INV-06 INV-08 and every other execution of this file verifies whole, when it has ended", async () => {
    const key = (name: string) => ({ key: `evidence-${name}`, wait: "PT10S" })
    await must(
      call(plane.url, olga, "POST", "/principals/add", {
        ...key("add"),
        kind: "service",
        name: "nightly",
        reason: "works in this test",
      }),
    )
    await must(
      call(plane.url, olga, "POST", "/grants/give", {
        ...key("give"),
        principal: agent.id,
        principalKind: "agent",
        capability: "control-plane.audit",
        scope: { level: "own" },
        expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        reason: "works in this test",
      }),
    )
    await must(
      call(plane.url, olga, "POST", "/policy/activate", {
        ...key("activate"),
        layer: "freeze",
        policyTexts: [],
        reason: "works in this test",
      }),
    )
    const { items } = await must(
      call<{ readonly items: readonly { readonly executionId: string }[] }>(
        plane.url,
        olga,
        "GET",
        "/executions?limit=100",
      ),
    )
    const { items: trusted } = await must(
      call<{ readonly items: readonly TrustedKey[] }>(plane.url, olga, "GET", "/review-keys"),
    )
    const keys = trusted.map((one) => ({ ...one, revokedAt: null }))
    const engine = openWasmEngine(readFileSync(new URL(engineWasmUrl())))
    if (!engine.ok) throw new Error(engine.error)
    const derive = deriveWith({ registry: plane.started.plane.registry, engine: engine.value, keys })
    const results = new Map<string, number>()
    for (const { executionId } of items) {
      await until("an end or a request", 15_000, async () => {
        const { status } = await readExecution(plane.url, olga, executionId)
        return ["completed", "failed", "waiting", "paused"].includes(status) ? status : null
      })
      const { bundle } = await must(
        call<{ readonly bundle: string }>(plane.url, olga, "POST", `/executions/${executionId}/evidence`, {
          payloads: "all",
        }),
      )
      const header = JSON.parse(bundle.slice(0, bundle.indexOf("\n"))) as {
        readonly head: { readonly seq: number; readonly hash: string }
      }
      const { result, checks, proven } = verifyBundle(Buffer.from(bundle), {
        keys,
        head: header.head,
        derive,
      })
      expect([executionId, checks.filter(({ status }) => status === "failed")]).toEqual([executionId, []])
      const lacking = checks.filter(
        ({ name, status }) => status !== "passed" && !/LOG|COVERAGE|SKILL/.test(name),
      )
      expect([executionId, lacking]).toEqual([executionId, []])
      expect(result).toBe(proven.ended ? "verified" : "notEnded")
      results.set(result, (results.get(result) ?? 0) + 1)
    }
    expect(results.get("verified") ?? 0).toBeGreaterThanOrEqual(3)
    expect(results.get("notEnded") ?? 0).toBeGreaterThanOrEqual(1)
  })
})
