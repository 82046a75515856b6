import { describe, expect, test } from "vitest"
import { verifyCallback } from "./verify-callback.ts"

// The example of the Standard Webhooks libraries: secret, id, time, body and signature.
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
const at = 1_614_265_330
const body = new TextEncoder().encode('{"test": 2432232314}')
const headers = {
  "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
  "webhook-timestamp": String(at),
  "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
const verified = (changed: object = {}, raw = body, secrets: readonly string[] = [secret], seconds = at) =>
  verifyCallback({ ...headers, ...changed }, raw, secrets, seconds * 1_000)

describe("a callback is the control plane's", () => {
  test("when a secret signed exactly these bytes", () => {
    expect(verified()).toBe(true)
    expect(verified({}, new TextEncoder().encode('{"test":2432232314}'))).toBe(false)
    expect(verified({ "webhook-id": "msg_other" })).toBe(false)
  })

  test("under either of two active secrets, and among several signatures", () => {
    const other = `whsec_${Buffer.from("another of the secrets").toString("base64")}`
    expect(verified({}, body, [other, secret])).toBe(true)
    expect(verified({}, body, [other])).toBe(false)
    expect(verified({ "webhook-signature": `v1,AAAA v2,x ${headers["webhook-signature"]}` })).toBe(true)
  })

  test("within five minutes of now, in either direction", () => {
    expect([at - 300, at + 300].map((now) => verified({}, body, [secret], now))).toEqual([true, true])
    expect([at - 301, at + 301].map((now) => verified({}, body, [secret], now))).toEqual([false, false])
  })

  test("and never without its headers", () => {
    for (const name of Object.keys(headers)) expect(verified({ [name]: undefined })).toBe(false)
    expect(verified({ "webhook-timestamp": "soon" })).toBe(false)
  })
})
