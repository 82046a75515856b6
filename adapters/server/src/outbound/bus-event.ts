// An entry of the log as it goes out on the bus.
// Owns: its body within what a server takes. Does not own: the envelope (cloud-event.ts), sending.
// Keeps INV-07: the id is the entry's hash, with its data or without.

import type { TraceEntry } from "@counterfoil/contracts"
import type { BusEvent, SequencedEntry } from "@counterfoil/contracts/ports"
import { cloudEventOf } from "./cloud-event.ts"
import type { ContractAddress } from "./contract-address.ts"

/** An event above this goes without its data, which `trace.get` has: a server takes 1 MiB by default. */
export const eventBytesMax = 512 * 1024

const encoder = new TextEncoder()

/** How the event of one entry goes out. */
export interface EventForm {
  /** False where its reader may not be shown the data. */
  readonly showsData: boolean
  readonly addressOf: ContractAddress
}

/** The event of an entry as text, without its data where that may not be shown; at most `eventBytesMax` bytes. */
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
