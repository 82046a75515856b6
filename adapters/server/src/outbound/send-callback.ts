// Sends one callback once: the event of the entry, signed with every active secret, to the registered address.
// Owns: what is sent, and what a response means. Does not own: the connection (exchange.ts), nor retries (start-callbacks.ts).
// Keeps INV-13 (secrets are read for one signature and not kept) and INV-10 (a callback is only about its own tenant).

import { invariant, msOfTime, type TraceEntry } from "@counterfoil/contracts"
import type { CallbackDelivery, Clock, TraceStore } from "@counterfoil/contracts/ports"
import { eventTextOf } from "./bus-event.ts"
import type { ShowsData } from "@counterfoil/gate"
import { type RegisteredCallback, type SecretReader, exchange, type Resolve } from "@counterfoil/handlers"
import type { ContractAddress } from "./contract-address.ts"
import type { callbackCodes } from "../operate/telemetry/metric-table.ts"
import { callbackHeaders, isCallbackSecret } from "./callback-headers.ts"

/** The results of one attempt. */
export type SendCode = Exclude<(typeof callbackCodes)[number], "givenUp">

/** What sending needs. */
export interface SendWorld {
  readonly trace: TraceStore["trace"]
  readonly readSecret: SecretReader
  readonly resolve: Resolve
  readonly clock: Clock
  /** Whether the event has its data: not when the requester may no longer see it. */
  readonly showsData: ShowsData
  readonly addressOf: ContractAddress
}

/** Standard Webhooks asks a sender to wait 15 seconds; a receiver responds first and works afterwards. */
const deadlineMs = 15_000
/** Only the status of the response is used. */
const answerBytesMax = 0

/** Sends it. Throws `StoreUnavailable` before anything was sent, and nothing else. */
export async function sendCallback(
  world: SendWorld,
  { tenant, url, secrets: names, network }: RegisteredCallback,
  delivery: CallbackDelivery,
  signal: AbortSignal,
): Promise<SendCode> {
  if (tenant !== delivery.tenant) return "otherTenant"
  const secrets = await secretsOf(world, names)
  if (secrets === null) return "secretMissing"
  const entry = await entryOf(world, delivery)
  const body = eventTextOf(entry, {
    showsData: await world.showsData(entry),
    addressOf: world.addressOf,
  })
  const end = await exchange(
    {
      method: "POST",
      url: new URL(url),
      network,
      headers: callbackHeaders({
        id: entry.hash.slice("sha256:".length),
        body,
        atMs: msOfTime(world.clock.now()),
        secrets,
      }),
      body,
      answerBytesMax,
      deadlineMs,
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    },
    world.resolve,
  )
  switch (end.kind) {
    case "refused":
      return "addressDenied"
    case "notSent":
      return "unreachable"
    case "lost":
      return "lost"
    case "answered":
      return codeOf(end.status)
  }
}

function codeOf(status: number): SendCode {
  if (status === 410) return "gone"
  if (status >= 200 && status < 300) return "delivered"
  return status >= 300 && status < 400 ? "redirected" : "refused"
}

/** The active secrets; null when one is missing or is not a valid key. */
async function secretsOf(
  { readSecret }: SendWorld,
  names: readonly string[],
): Promise<readonly string[] | null> {
  const secrets = await Promise.all(names.map((name) => readSecret(name)))
  const fit = secrets.flatMap((secret) => (secret !== undefined && isCallbackSecret(secret) ? [secret] : []))
  return fit.length === names.length ? fit : null
}

async function entryOf(
  { trace }: SendWorld,
  { tenant, executionId, seq }: CallbackDelivery,
): Promise<TraceEntry> {
  const [entry] = await trace(tenant, executionId, { fromSeq: seq, limit: 1 })
  invariant(entry !== undefined, "INV-14", { executionId, seq })
  return entry
}
