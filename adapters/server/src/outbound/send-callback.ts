// Sending one callback once: the event of the entry, signed with every active secret, to the registered address.
// Owns: what is sent, and what an answer means. Does not own: the connection (exchange.ts), when it is tried again (start-callbacks.ts).
// Keeps INV-13 (secrets are read for one signature and kept by nobody) and INV-10 (a callback tells of its own tenant).

import { invariant, msOfTime, type TraceEntry } from "@counterfoil/contracts"
import type { CallbackDelivery, Clock, TraceStore } from "@counterfoil/contracts/ports"
import { eventTextOf } from "./bus-event.ts"
import type { ShowsData } from "@counterfoil/gate"
import { type RegisteredCallback, type SecretReader, exchange, type Resolve } from "@counterfoil/handlers"
import type { ContractAddress } from "./contract-address.ts"
import type { callbackCodes } from "../operate/telemetry/metric-table.ts"
import { callbackHeaders, isCallbackSecret } from "./callback-headers.ts"

/** What can come of one try. */
export type SendCode = Exclude<(typeof callbackCodes)[number], "givenUp">

/** What sending needs of the world. */
export interface SendWorld {
  readonly trace: TraceStore["trace"]
  readonly readSecret: SecretReader
  readonly resolve: Resolve
  readonly clock: Clock
  /** Whether the event carries its data: what the requester may no longer be shown is not shown here either. */
  readonly showsData: ShowsData
  readonly addressOf: ContractAddress
}

/** A receiver answers first and works afterwards: fifteen seconds is what Standard Webhooks asks of a sender. */
const deadlineMs = 15_000
/** The status says everything. */
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

/** The active secrets; null when one is absent or no key. */
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
