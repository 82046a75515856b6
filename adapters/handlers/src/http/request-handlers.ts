// Sends HTTP requests: one implementation behind a query, an unsafe command and a keyed one.
// Owns: headers and secrets of a request, and what a status means for a step. Does not own: the connection (exchange.ts).
// Keeps INV-13: secrets go to the origins they are configured for, and an answer that repeats one is withheld.

import { canonical, repeatsSecret, type Json } from "@counterfoil/contracts"
import { type HandlerCall, notSent, rejected, succeeded, unknown } from "@counterfoil/contracts/ports"
import { builtIn, type BuiltInHandler } from "../built-in.ts"
import { textBytesMax } from "../fields.ts"
import type { HttpConfig, HttpHost, SecretReader } from "../handler-config.ts"
import { hostOf } from "./egress.ts"
import { exchange, type Exchange, type ExchangeEnd, type Resolve } from "./exchange.ts"
import { httpRequestGet, httpRequestKeyed, httpRequestSend } from "./http-contracts.ts"

/** What the handlers need from outside. */
export interface HttpWorld {
  readonly config: HttpConfig
  readonly readSecret: SecretReader
  readonly resolve: Resolve
}

/** The request in a contract's input. */
interface Wanted {
  readonly method: Exchange["method"]
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly secretHeaders?: Readonly<Record<string, { readonly $secret: string }>>
  readonly json?: Json
  readonly text?: string
}

/** Whether the same request may be made again. `never` for unsafe commands: for them "try later" is a rejection. */
type Again = "may" | "never"

/** The longest pause that a provider can ask for: an hour. */
const retryAfterMsMax = 60 * 60 * 1000

/** How any request can end without success. */
const sends = ["EGRESS_DENIED", "SECRET_UNAVAILABLE", "HTTP_*", "notSent", "unknown"] as const

/** The handlers of `http.request.get` and `http.request.send`, and of `http.request.keyed` where a provider honours keys. */
export function requestHandlers(world: HttpWorld): readonly BuiltInHandler[] {
  const get = builtIn(httpRequestGet, sends, (input, call) =>
    sendRequest(world, { ...input, method: "GET" }, call, "may", {}),
  )
  const send = builtIn(httpRequestSend, sends, (input, call) => sendRequest(world, input, call, "never", {}))
  const { keyed } = world.config
  if (keyed === undefined) return [get, send]
  const withKey = builtIn(
    httpRequestKeyed(keyed.window),
    ["ORIGIN_NOT_KEYED", "HEADER_REFUSED", ...sends],
    async (input, call) => {
      if (!URL.canParse(input.url) || !keyed.origins.includes(new URL(input.url).origin)) {
        return rejected("ORIGIN_NOT_KEYED", "This origin is not configured as honouring a key.")
      }
      if ([input.headers, input.secretHeaders].some((given) => Object.hasOwn(given ?? {}, keyed.header)))
        return rejected("HEADER_REFUSED", "The key is sent by the executor.")
      return sendRequest(world, input, call, "may", { [keyed.header]: call.idempotencyKey })
    },
  )
  return [get, send, withKey]
}

async function sendRequest(
  world: HttpWorld,
  wanted: Wanted,
  call: HandlerCall,
  again: Again,
  keyHeader: Readonly<Record<string, string>>,
) {
  const url = URL.canParse(wanted.url) ? new URL(wanted.url) : null
  const host = url === null ? undefined : hostOf(world.config, url)
  if (url === null || host === undefined) return egressDenied
  const secrets = await secretsOf(world, host, wanted)
  if (secrets === null)
    return rejected("SECRET_UNAVAILABLE", "A secret is absent, or not configured for this origin.")
  const isJson = wanted.json !== undefined
  const end = await exchange(
    {
      method: wanted.method,
      url,
      network: host.network,
      body: isJson ? canonical(wanted.json) : (wanted.text ?? null),
      headers: {
        ...(isJson ? { "content-type": "application/json" } : {}),
        ...wanted.headers,
        ...secrets,
        ...keyHeader,
      },
      answerBytesMax: textBytesMax,
      deadlineMs: call.deadlineMs,
      signal: call.signal,
    },
    world.resolve,
  )
  switch (end.kind) {
    case "refused":
      return egressDenied
    case "notSent":
      return notSent("no connection was made")
    case "lost":
      return unknown("the connection was lost before the answer")
    case "answered":
      return answerOf(end, again, Object.values(secrets))
  }
}

const egressDenied = rejected("EGRESS_DENIED", "Requests to this address are not configured.")

function answerOf(
  end: Extract<ExchangeEnd, { readonly kind: "answered" }>,
  again: Again,
  secrets: readonly string[],
) {
  const { status } = end
  const later = status === 408 || status === 409 || status === 425 || status === 429
  if (status >= 500 || (later && again === "may"))
    return { ...unknown(`the provider answered ${status}`, `HTTP_${status}`), ...retryAfter(end.retryAfter) }
  if (status >= 400) return rejected(`HTTP_${status}`, "The provider refused the request.")
  // Some providers redirect after they acted, some instead of acting.
  if (status >= 300) return unknown("the provider redirected", `HTTP_${status}`)
  return succeeded({ status, ...textOf(end, secrets) })
}

/** The part of the answer that may be journaled. */
function textOf(
  { body, encoded, contentType }: Extract<ExchangeEnd, { readonly kind: "answered" }>,
  secrets: readonly string[],
) {
  const withhold = (withheld: "binary" | "tooLarge" | "secret") => ({
    contentType: null,
    body: null,
    withheld,
  })
  if (body === null) return withhold("tooLarge")
  const text = body.toString("utf8")
  if (encoded || text.includes("\0") || !Buffer.from(text, "utf8").equals(body)) return withhold("binary")
  if (repeatsSecret(`${contentType ?? ""}\n${text}`, secrets)) return withhold("secret")
  return { contentType: contentType?.slice(0, 200) ?? null, body: text, withheld: null }
}

/** The values of the headers that come from secrets; `null` when one is absent, unfit or not for this origin. */
async function secretsOf(
  world: HttpWorld,
  host: HttpHost,
  wanted: Wanted,
): Promise<Readonly<Record<string, string>> | null> {
  const values: Record<string, string> = {}
  for (const [header, { $secret: name }] of Object.entries(wanted.secretHeaders ?? {})) {
    const value = host.secrets.includes(name) ? await world.readSecret(name) : undefined
    if (value === undefined || !/^[\t\u0020-\u007e]+$/.test(value)) return null
    values[header] = value
  }
  return values
}

/** How long the provider asks clients to wait: seconds or a date (RFC 9110 §10.2.3). */
function retryAfter(header: string | null): { readonly retryAfterMs?: number } {
  if (header === null) return {}
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? { retryAfterMs: Math.min(Math.max(Math.ceil(ms), 0), retryAfterMsMax) } : {}
}
