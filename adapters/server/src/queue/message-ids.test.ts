import { headers, type MsgHdrs } from "@nats-io/transport-node"
import { describe, expect, test } from "vitest"
import { Digest } from "@counterfoil/contracts"
import { identityOf, storeIdentified } from "./message-ids.ts"

type Receive = Parameters<Parameters<typeof storeIdentified>[0]["subscribe"]>[1]["callback"]

/** A connection that receives the messages of the test, and lists what was stored and reported for them. */
function listening(store: () => Promise<void>) {
  const callbacks: Receive[] = []
  const stored: (readonly [subject: string, all: MsgHdrs])[] = []
  const failures: unknown[] = []
  const connection = {
    isClosed: () => false,
    subscribe: (_subject: string, { callback }: { readonly callback: Receive }) => {
      callbacks.push(callback)
      return { unsubscribe: () => void callbacks.pop() }
    },
  }
  const stop = storeIdentified(
    connection,
    (subject, _body, all) => {
      stored.push([subject, all])
      return store()
    },
    (error) => failures.push(error),
  )
  const receive = (subject: string, given: Readonly<Record<string, string>>, error: Error | null = null) => {
    const all = headers()
    for (const [name, value] of Object.entries(given)) all.set(name, value)
    for (const callback of callbacks) callback(error, { subject, headers: all, data: new Uint8Array() })
  }
  return { stored, failures, stop, receive }
}

const submit = "controlPlane.v1.acme.submit"
const never = () => new Promise<void>(() => undefined)

describe("submissions with a message id", () => {
  test("are stored again without it, with what the submission needs and no other header", () => {
    const { stored, receive } = listening(() => Promise.resolve())
    receive(submit, {
      "Authorization": "Bearer a",
      "Idempotency-Key": "k",
      "Nats-Msg-Id": "81",
      "Nats-Rollup": "all",
    })
    receive(submit, { "Authorization": "Bearer a" })
    receive("controlPlane.v1.acme.call.intent.submit.v1", { "Nats-Msg-Id": "81" })
    expect(
      stored.map(([subject, all]) => [
        subject,
        Object.fromEntries(all.keys().map((name) => [name, all.get(name)])),
      ]),
    ).toEqual([
      [submit, { "Authorization": "Bearer a", "Idempotency-Key": "k", "Counterfoil-Message-Id": "81" }],
    ])
  })

  test("above the limit are reported and not held in memory; so are a refusal, and what could not be stored", async () => {
    const full = listening(never)
    for (let at = 0; at < 300; at += 1) full.receive(submit, { "Nats-Msg-Id": String(at) })
    expect([full.stored.length, full.failures.length]).toEqual([256, 44])
    full.receive(submit, {}, new Error("no permission"))
    expect(full.failures.at(-1)).toEqual(new Error("no permission"))
    full.stop()
    full.receive(submit, { "Nats-Msg-Id": "late" })
    expect(full.stored).toHaveLength(256)
    const away = listening(() => Promise.reject(new Error("away")))
    for (let at = 0; at < 300; at += 1) {
      away.receive(submit, { "Nats-Msg-Id": String(at) })
      await Promise.resolve()
        .then(() => undefined)
        .then(() => undefined)
        .then(() => undefined)
    }
    expect([away.stored.length, away.failures.length]).toEqual([300, 300])
  })

  test("INV-10 a flood from one tenant leaves the share of another tenant untouched", () => {
    const { stored, failures, receive } = listening(never)
    for (let at = 0; at < 300; at += 1) receive(submit, { "Nats-Msg-Id": String(at) })
    receive("controlPlane.v1.other.submit", { "Nats-Msg-Id": "1" })
    expect([stored.length, failures.length]).toEqual([257, 44])
    expect(stored.at(-1)?.[0]).toBe("controlPlane.v1.other.submit")
  })

  test("INV-10 the parts of an identity cannot run into each other: two senders never share one", () => {
    const tokenHash = Digest.parse(`sha256:${"1".repeat(64)}`)
    const body = new TextEncoder().encode("{}")
    const one = { subject: submit, tokenHash, key: "a", senderId: "b", body }
    const others = [
      { ...one, subject: "controlPlane.v1.other.submit" },
      { ...one, tokenHash: null },
      { ...one, tokenHash: Digest.parse(`sha256:${"2".repeat(64)}`) },
      { ...one, key: null },
      { ...one, key: "ab", senderId: "" },
      { ...one, key: "", senderId: "ab" },
      { ...one, body: new TextEncoder().encode("{ }") },
    ]
    const all = [one, { ...one }, ...others].map(identityOf)
    expect([all[0] === all[1], new Set(all).size]).toEqual([true, others.length + 1])
  })
})
