// Calls of the HTTP handlers, to a provider that answers over real HTTP.
// Owns: the configuration of origins, these cases. Does not own: the provider, nor how an ending looks.

import { expect } from "vitest"
import type { Json } from "@counterfoil/contracts"
import type { HttpProvider } from "../../support/http-provider.ts"
import type { Input } from "../../support/handler-plane.ts"
import type { EndingCase } from "./ending-case.ts"

/** The value of the secret `provider-token`. */
export const httpSecret = "s3cr3t-of-the-tests-0123456789"
const secretHeaders = { authorization: { $secret: "provider-token" } }
const absentSecret = { authorization: { $secret: "absent" } }

/** Where there is a provider, where nothing listens, and an origin that is configured as public and is not. */
export interface HttpPlaces {
  readonly provider: Pick<HttpProvider, "origin">
  readonly closed: string
  readonly inside: string
}

/** The configuration of these handlers. */
export function httpConfig({ provider, closed, inside }: HttpPlaces): Json {
  const host = (origin: string, secrets: readonly string[]) => ({ origin, network: "loopback", secrets })
  return {
    hosts: [
      host(provider.origin, ["provider-token", "absent"]),
      host(closed, []),
      { origin: inside, network: "public" },
    ],
    keyed: { origins: [provider.origin, closed, inside], header: "idempotency-key", window: "PT24H" },
  }
}

/** The cases. */
export function httpCases({
  provider,
  closed,
  inside,
}: HttpPlaces & { readonly provider: HttpProvider }): readonly EndingCase[] {
  const [get, send, keyed] = ["http.request.get@1", "http.request.send@1", "http.request.keyed@1"]
  const to = (path: string, more: Input = {}): Input => ({ url: `${provider.origin}${path}`, ...more })
  const post = (path: string, more: Input = {}): Input => ({
    method: "POST",
    json: { amount: 5 },
    ...to(path, more),
  })
  const kept = (body: string) => ({ status: 200, contentType: "application/json", body, withheld: null })
  const requests = (path: string) => provider.seen.filter((one) => one.path === path)
  const withheld = (path: string, why: string, more: Input = {}): EndingCase => ({
    contract: get,
    ending: "succeeded",
    input: to(path, more),
    shows: ({ output }) => expect(output).toMatchObject({ status: 200, body: null, withheld: why }),
  })
  /** What none of the three sends. */
  const unsent = (contract: string, call: (path: string, more?: Input) => Input): readonly EndingCase[] => [
    { contract, ending: "EGRESS_DENIED", input: { ...call("/"), url: `${inside}/` } },
    {
      contract,
      ending: "SECRET_UNAVAILABLE",
      input: call(`/absent-${contract}`, { secretHeaders: absentSecret }),
      shows: () => expect(requests(`/absent-${contract}`)).toEqual([]),
    },
    { contract, ending: "notSent", input: { ...call("/"), url: `${closed}/` } },
    {
      contract,
      ending: "HTTP_*",
      input: call("/refuse"),
      shows: ({ failure }) => expect(failure?.providerCode).toBe("HTTP_422"),
    },
  ]
  return [
    ...unsent(get, to),
    ...unsent(send, post),
    ...unsent(keyed, post),
    {
      contract: get,
      ending: "succeeded",
      input: to("/plain", { secretHeaders }),
      shows: ({ output }) => {
        expect(output).toEqual(kept('{"ok":true}'))
        expect(requests("/plain")[0]?.headers.authorization).toBe(httpSecret)
      },
    },
    withheld("/echo", "secret", { secretHeaders }),
    withheld("/large", "tooLarge"),
    withheld("/binary", "binary"),
    { contract: get, ending: "EGRESS_DENIED", input: { url: "https://elsewhere.example/" } },
    ...["/busy", "/moved", "/hang-up"].map((path) => ({
      contract: get,
      ending: "unknown",
      input: to(path),
    })),

    {
      contract: send,
      ending: "succeeded",
      input: post("/send"),
      shows: () => expect(requests("/send")).toMatchObject([{ method: "POST", body: '{"amount":5}' }]),
    },
    {
      contract: send,
      ending: "unknown",
      input: post("/hang-up-unsafe"),
      shows: () => expect(provider.acted("/hang-up-unsafe")).toBe(1),
    },

    {
      contract: keyed,
      ending: "succeeded",
      input: post("/keyed"),
      shows: () => expect(requests("/keyed")[0]?.headers["idempotency-key"]).toMatch(/^[0-9a-f]{64}$/),
    },
    {
      contract: keyed,
      ending: "unknown",
      input: post("/hang-up-once"),
      shows: () =>
        expect([requests("/hang-up-once").length, provider.acted("/hang-up-once")]).toEqual([2, 1]),
    },
    {
      contract: keyed,
      ending: "HEADER_REFUSED",
      input: post("/key", { headers: { "idempotency-key": "mine" } }),
    },
    {
      contract: keyed,
      ending: "ORIGIN_NOT_KEYED",
      input: post("/", { url: "https://elsewhere.example/" }),
    },
  ]
}
