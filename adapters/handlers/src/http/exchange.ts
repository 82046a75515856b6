// One HTTP exchange: resolve once, check every address, connect to a checked one, send, read within bounds.
// Owns: knowing whether anything can have been sent, and never following a redirect. Does not own: what a status means.
// The answer is *untrusted* bytes; only a bounded text of it is returned.

import { lookup } from "node:dns/promises"
import type { LookupFunction } from "node:net"
import ipaddr from "ipaddr.js"
import type * as Undici from "undici"
import { isSystemError } from "@counterfoil/contracts/system-error"
import type { HttpHost } from "../handler-config.ts"
import { mayConnect } from "./egress.ts"

/** Time to reach the other side. */
const connectMs = 5_000
const headerBytesMax = 16 * 1024

/** The addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** Asks the system's resolver. */
export const systemResolve: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address)

/** What to send, and how much of the answer to read. */
export interface Exchange {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly url: URL
  /** Which addresses the name may resolve to. */
  readonly network: HttpHost["network"]
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly answerBytesMax: number
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/** `refused`: a forbidden address. `notSent`: no connection was made. `lost`: anything may have happened. */
export type ExchangeEnd =
  | { readonly kind: "refused" }
  | { readonly kind: "notSent" }
  | { readonly kind: "lost" }
  | {
      readonly kind: "answered"
      readonly status: number
      readonly contentType: string | null
      readonly retryAfter: string | null
      readonly encoded: boolean
      /** `null` when there was more than `answerBytesMax`. */
      readonly body: Buffer | null
    }

/** Makes the exchange. Rejects only for a wrong use of the library, which is a bug and never an outcome. */
export async function exchange(call: Exchange, resolve: Resolve): Promise<ExchangeEnd> {
  const addresses = await addressesOf(call.url, resolve)
  const [address] = addresses
  if (address === undefined) return { kind: "notSent" }
  if (!addresses.every((each) => mayConnect(call.network, each))) return { kind: "refused" }
  // Loaded at the first exchange: most processes start without one, and it is a hundred files.
  const undici = await import("undici")
  let connected = false
  const connector = undici.buildConnector({ timeout: connectMs, lookup: pinned(address) })
  const agent = new undici.Agent({
    connect: (options, callback) =>
      connector(options, (...outcome) => {
        connected ||= outcome[0] === null
        callback(...outcome)
      }),
    maxHeaderSize: headerBytesMax,
    headersTimeout: call.deadlineMs,
    bodyTimeout: call.deadlineMs,
    pipelining: 0,
    allowH2: false,
  })
  try {
    return await send(call, undici, agent)
  } catch (error) {
    if (isMisuse(error, undici)) throw error
    return { kind: connected ? "lost" : "notSent" }
  } finally {
    await agent.destroy()
  }
}

/** True for an error about a wrong use of the library, rather than about the network or the server. */
const isMisuse = (error: unknown, { errors }: typeof Undici): boolean =>
  error instanceof errors.InvalidArgumentError ||
  error instanceof errors.NotSupportedError ||
  error instanceof errors.InvalidReturnValueError ||
  error instanceof TypeError ||
  error instanceof RangeError

async function send(
  call: Exchange,
  { request }: typeof Undici,
  dispatcher: Undici.Agent,
): Promise<ExchangeEnd> {
  const { statusCode, headers, body } = await request(call.url, {
    method: call.method,
    body: call.body,
    dispatcher,
    signal: call.signal,
    headers: { ...call.headers, "accept-encoding": "identity", "user-agent": "counterfoil" },
  })
  const encoding = only(headers["content-encoding"])
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes > call.answerBytesMax) break
    chunks.push(chunk)
  }
  return {
    kind: "answered",
    status: statusCode,
    contentType: only(headers["content-type"]),
    retryAfter: only(headers["retry-after"]),
    encoded: encoding !== null && encoding !== "identity",
    body: bytes > call.answerBytesMax ? null : Buffer.concat(chunks),
  }
}

async function addressesOf(url: URL, resolve: Resolve): Promise<readonly string[]> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "")
  return ipaddr.isValid(hostname) ? [hostname] : resolve(hostname).catch(unresolved)
}

/** A name that the system cannot resolve has no address. */
function unresolved(error: unknown): readonly string[] {
  if (isSystemError(error)) return []
  throw error
}

/** A look-up that always returns the address that was checked. The name stays in SNI and in the Host header. */
function pinned(address: string): LookupFunction {
  const family = ipaddr.parse(address).kind() === "ipv6" ? 6 : 4
  return (_hostname, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }])
    else callback(null, address, family)
  }
}

function only(header: string | string[] | undefined): string | null {
  return typeof header === "string" ? header : (header?.[0] ?? null)
}
