import { describe, expect, test } from "vitest"
import { verifyCallback } from "@counterfoil/sdk"
import { callbackHeaders, isCallbackSecret } from "./callback-headers.ts"

// The example of the Standard Webhooks libraries: secret, id, time, body and signature.
const published = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  atMs: 1_614_265_330_000,
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
const next = `whsec_${Buffer.from("the secret that comes after the first").toString("base64")}`
const { secret, signature, ...said } = published

describe("the headers of a callback", () => {
  test("are those of the published example", () => {
    expect(callbackHeaders({ ...said, secrets: [secret] })).toEqual({
      "content-type": "application/cloudevents+json",
      "webhook-id": said.id,
      "webhook-timestamp": "1614265330",
      "webhook-signature": signature,
    })
  })

  test("carry a signature by every active secret, and a receiver that has one of them accepts them", () => {
    const body = '{"reason":"é 😀"}'
    const headers = callbackHeaders({ ...said, body, secrets: [secret, next] })
    expect(headers["webhook-signature"]?.split(" ")).toHaveLength(2)
    const raw = new TextEncoder().encode(body)
    expect([secret, next].map((one) => verifyCallback(headers, raw, [one], said.atMs))).toEqual([true, true])
    expect(verifyCallback(headers, raw.slice(1), [secret, next], said.atMs)).toBe(false)
  })

  test("are made only with keys of at least 24 bytes", () => {
    expect([secret, next, `whsec_${"A".repeat(86)}==`].map(isCallbackSecret)).toEqual([true, true, true])
    expect(
      ["", "whsec_", "whsec_short", secret.slice(6), `${secret}\n`, `${secret} x`].map(isCallbackSecret),
    ).toEqual(Array.from({ length: 6 }, () => false))
  })
})
