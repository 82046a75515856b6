import { describe, expect, test } from "vitest"
import { natsAddress } from "./nats-address.ts"

describe("an address of NATS", () => {
  test("names the server, the user and the inbox that this user may listen on", () => {
    expect(natsAddress("nats://acme-agent:s%2Fcret@nats.internal:4333")).toEqual({
      ok: true,
      value: {
        servers: ["nats.internal:4333"],
        inboxPrefix: "_INBOX.acme-agent",
        user: "acme-agent",
        pass: "s/cret",
      },
    })
  })

  test("without a user has the common inbox, without a port 4222, and tls:// asks for TLS", () => {
    expect(natsAddress("tls://one,tls://two:1")).toEqual({
      ok: true,
      value: { servers: ["one:4222", "two:1"], inboxPrefix: "_INBOX", tls: {} },
    })
  })

  test("INV-13 what cannot be read is refused with a sentence that holds nothing of it", () => {
    for (const text of [
      "",
      "localhost:4222",
      "http://h",
      "nats://",
      "nats://u.x:geheim@h",
      "nats://a:geheim@h,nats://b:geheim@h",
      "nats://h/geheim",
      "nats://h,",
      "nats://a:geheim%zz@h",
    ]) {
      const read = natsAddress(text)
      expect(read.ok ? text : read.error).toMatch(/^(A NATS address|All NATS|The user of|The password of)/)
      expect(JSON.stringify(read)).not.toContain("geheim")
    }
  })
})
