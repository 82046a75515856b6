// The form of a trace entry for subscribers: CloudEvents 1.0 in structured JSON.
// Owns: the envelope. Does not own: which fields of a payload it includes (event-data.ts of contracts), delivery.
// Keeps INV-13: the event has the digest of what callers and handlers wrote, not the text; trace.get returns it to authorized readers.

import { eventData, type Digest, type JsonObject, type TraceEntry } from "@counterfoil/contracts"
import type { ContractAddress } from "./contract-address.ts"

const sequenceDigits = 20

/** The event of an entry. Its `id` is the entry's hash, so that a consumer can check the chain by itself (INV-07). */
export function cloudEventOf(
  { head, payload, prevHash, hash }: TraceEntry,
  addressOf: ContractAddress,
): JsonObject {
  return {
    specversion: "1.0",
    id: hexOf(hash),
    source: `/tenants/${head.tenant}`,
    type: eventTypeOf(head.kind),
    subject: head.executionId,
    time: head.time,
    datacontenttype: "application/json",
    dataschema: addressOf(head.kind),
    sequence: String(head.seq).padStart(sequenceDigits, "0"),
    prevhash: hexOf(prevHash),
    principalid: head.principal.id,
    ...(head.traceparent === null ? {} : { traceparent: head.traceparent }),
    ...(payload === null ? {} : { data: eventData(payload) }),
  }
}

/** The type of an event: its kind without the major version. */
export const eventTypeOf = (kind: string): string => kind.split("@", 1)[0] ?? kind

const hexOf = (digest: Digest): string => digest.slice("sha256:".length)
