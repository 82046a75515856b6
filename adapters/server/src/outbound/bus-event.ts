// The event that an entry of the log is published as on the bus.
// Owns: keeping its body within the server's limit. Does not own: the envelope (cloud-event.ts), sending.
// Keeps INV-07: the id is the entry's hash, whether or not the event has its data.

import type { TraceEntry } from "@counterfoil/contracts"
import type { BusEvent, SequencedEntry } from "@counterfoil/contracts/ports"
import { cloudEventOf } from "./cloud-event.ts"
import type { ContractAddress } from "./contract-address.ts"

/** A larger event is published without its data, which `trace.get` returns. A NATS server accepts 1 MiB by default. */
export const eventBytesMax = 512 * 1024

const encoder = new TextEncoder()

/** What the form of an event depends on. */
interface EventForm {
  /** False where the reader may not see the data. */
  readonly showsData: boolean
  readonly addressOf: ContractAddress
}

/** The event of an entry as text, without its data where the reader may not see it; at most `eventBytesMax` bytes. */
export function eventTextOf(entry: TraceEntry, { showsData, addressOf }: EventForm): string {
  const whole = showsData ? JSON.stringify(cloudEventOf(entry, addressOf)) : null
  return whole !== null && Buffer.byteLength(whole) <= eventBytesMax
    ? whole
    : JSON.stringify(cloudEventOf({ ...entry, payload: null }, addressOf))
}

/** The event of an entry; its body is at most `eventBytesMax` bytes. */
export function busEventOf({ position, entry }: SequencedEntry, form: EventForm): BusEvent {
  const { head, hash } = entry
  return {
    id: hash,
    tenant: head.tenant,
    executionId: head.executionId,
    kind: head.kind,
    position,
    body: encoder.encode(eventTextOf(entry, form)),
  }
}
