// The contracts of the HTTP handlers: get, send without a key, send with a key that the provider honours.
// Owns: these contracts. Does not own: the list of origins (configuration), nor how a request is made (exchange.ts).
// Keeps INV-13: a header with a credential is a secret's name, which is resolved only when the request is made.

import { AnyJson, defineCommand, defineQuery, mark, type Check, type Duration } from "@counterfoil/contracts"
import { z } from "zod"
import { httpCall } from "../capabilities.ts"
import { textBytesMax } from "../fields.ts"

/** Headers that belong to the connection or that the handler writes. */
const ownHeaders = new Set(
  (
    "accept-encoding connection content-length expect host keep-alive proxy-authorization proxy-connection " +
    "te trailer transfer-encoding upgrade user-agent"
  ).split(" "),
)
/** Headers that carry credentials, and so come from secrets only. */
const credentialHeaders = new Set(["authorization", "cookie", "x-api-key"])

const owners = ["ai-runtime"]
const headerName = z
  .string()
  .max(80)
  .regex(/^[a-z][a-z0-9-]*$/)
const headerValue = z
  .string()
  .max(4096)
  .regex(/^[\t\u0020-\u007e]*$/)
const secretRef = mark(
  z.strictObject({
    $secret: z
      .string()
      .max(120)
      .regex(/^[a-z][a-z0-9]*([-/._][a-z0-9]+)*$/),
  }),
  ["secret"],
)
const url = mark(
  z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[!-~]+$/),
  ["policy", "target", "url"],
)
const target = {
  url,
  headers: z.record(headerName, headerValue).optional(),
  secretHeaders: z.record(headerName, secretRef).optional(),
}
const got = z.strictObject(target)
const sent = z.strictObject({
  method: mark(z.enum(["POST", "PUT", "PATCH", "DELETE"]), ["policy"]),
  ...target,
  json: AnyJson.optional(),
  text: z.string().max(textBytesMax).optional(),
})
const answer = z.strictObject({
  status: z.int().min(200).max(299),
  contentType: z.string().max(200).nullable(),
  body: z.string().max(textBytesMax).nullable(),
  withheld: z.enum(["binary", "tooLarge", "secret"]).nullable(),
})

interface Headed {
  readonly headers?: object | undefined
  readonly secretHeaders?: object | undefined
}
const headersAreFree: Check<Headed> = {
  id: "headers-are-free",
  version: 1,
  says: "Headers of the connection are not allowed, each header occurs once, and a credential comes from a secret.",
  test: ({ headers = {}, secretHeaders = {} }) => [
    ...Object.keys(headers)
      .filter((name) => ownHeaders.has(name) || credentialHeaders.has(name))
      .map((name) => `/headers/${name}`),
    ...Object.keys(secretHeaders)
      .filter((name) => ownHeaders.has(name) || Object.hasOwn(headers, name))
      .map((name) => `/secretHeaders/${name}`),
  ],
}
const oneBody: Check<{ readonly json?: unknown; readonly text?: unknown }> = {
  id: "one-body",
  version: 1,
  says: "A request has a JSON body or a text body, not both.",
  test: ({ json, text }) => (json === undefined || text === undefined ? [] : ["/text"]),
}

const preview = [
  { label: "Method", at: "/method" },
  { label: "Address", at: "/url" },
  { label: "Headers", at: "/headers" },
  { label: "Secrets", at: "/secretHeaders" },
  { label: "JSON", at: "/json" },
  { label: "Text", at: "/text" },
]
const examples = [
  {
    title: "a JSON body",
    input: { method: "POST", url: "https://api.example.com/v1/notes", json: { text: "Hello" } },
    output: { status: 201, contentType: "application/json", body: '{"id":7,"text":"Hello"}', withheld: null },
  },
  {
    title: "a credential by name",
    input: {
      method: "DELETE",
      url: "https://api.example.com/v1/notes/7",
      secretHeaders: { authorization: { $secret: "notes/token" } },
    },
    output: { status: 204, contentType: null, body: null, withheld: null },
  },
  {
    title: "a credential in clear",
    input: { method: "POST", url: "https://api.example.com/", headers: { authorization: "Bearer x" } },
    fails: "/headers/authorization",
  },
  { title: "a file", input: { method: "POST", url: "file:///etc/passwd" }, fails: "/url" },
]

export const httpRequestGet = defineQuery<z.infer<typeof got>, z.infer<typeof answer>>({
  name: "http.request.get",
  version: "1.2.0",
  meta: {
    title: "Get over HTTP",
    goal: "The answer of an address of a configured origin to GET, as text of at most 64 KiB.",
    context:
      "To read from a service without a contract of its own. Redirects are not followed. Only for addresses whose GET changes nothing.",
    owners,
    tags: ["http"],
    stability: "beta",
  },
  input: got,
  output: answer,
  capability: httpCall.name,
  checks: [headersAreFree],
  resource: { kind: "address", at: "/url" },
  examples: [
    {
      title: "a page",
      input: { url: "https://api.example.com/v1/notes" },
      output: {
        status: 200,
        contentType: "application/json",
        body: '[{"id":7,"text":"Hello"}]',
        withheld: null,
      },
    },
    {
      title: "a header of the connection",
      input: { url: "https://api.example.com/", headers: { host: "internal" } },
      fails: "/headers/host",
    },
  ],
})

export const httpRequestSend = defineCommand<z.infer<typeof sent>, z.infer<typeof answer>>({
  name: "http.request.send",
  version: "1.1.0",
  meta: {
    title: "Send over HTTP",
    goal: "One request to an address of a configured origin, sent at most once.",
    context:
      "For services that honour no idempotency key. A lost answer is in doubt and a person settles it. Prefer http.request.keyed.",
    owners,
    tags: ["http"],
    stability: "beta",
  },
  input: sent,
  output: answer,
  capability: httpCall.name,
  checks: [headersAreFree, oneBody],
  effect: "unsafe",
  irreversible: true,
  resource: { kind: "address", at: "/url" },
  preview,
  examples,
})

/** The keyed contract of an installation: `window` is how long its providers publish that they honour a key. */
export const httpRequestKeyed = (window: Duration) =>
  defineCommand<z.infer<typeof sent>, z.infer<typeof answer>>({
    name: "http.request.keyed",
    version: "1.1.0",
    meta: {
      title: "Send over HTTP with a key",
      goal: "One request to an address of a configured origin whose provider acts once for each idempotency key.",
      context:
        "For origins that the operator lists as honouring a key. Counterfoil sends its own key; the request cannot set one.",
      owners,
      tags: ["http"],
      stability: "beta",
    },
    input: sent,
    output: answer,
    capability: httpCall.name,
    checks: [headersAreFree, oneBody],
    effect: "keyed",
    window,
    floor: "medium",
    resource: { kind: "address", at: "/url" },
    preview,
    examples,
  })
