// A trace entry as subscribers see it: CloudEvents 1.0 in structured JSON.
// Owns: the envelope, and which fields of a payload go with it. Does not own: delivery.
// Keeps INV-13: what callers and handlers wrote stays behind; its digest goes, and trace.get gives the rest to who may read it.

import type { Digest, Json, JsonObject, TraceEntry } from "@counterfoil/contracts"

/** Fields of payloads that hold values from callers, handlers or models, or whole documents; each has its digest beside it. */
const staysBehind: ReadonlySet<string> = new Set([
  "as",
  "draft",
  "plan",
  "request",
  "input",
  "output",
  "statement",
  "preview",
  "metadata",
  "requesterChain",
  "evidence",
  "probe",
  "policyTexts",
  "modeMap",
  "signature",
  "note",
  "subject",
  "providerRef",
])
const sequenceDigits = 20

/** The event that an entry is. Its `id` is the entry's hash, so that a consumer can check the chain by itself (INV-07). */
export function cloudEventOf({ head, payload, prevHash, hash }: TraceEntry): JsonObject {
  return {
    specversion: "1.0",
    id: hexOf(hash),
    source: `/tenants/${head.tenant}`,
    type: eventTypeOf(head.kind),
    subject: head.executionId,
    time: head.time,
    datacontenttype: "application/json",
    dataschema: `/v1/contracts/${head.kind}`,
    sequence: String(head.seq).padStart(sequenceDigits, "0"),
    prevhash: hexOf(prevHash),
    principalid: head.principal.id,
    ...(head.traceparent === null ? {} : { traceparent: head.traceparent }),
    ...(payload === null ? {} : { data: openFields(payload) }),
  }
}

/** The type of an event: its kind without the major version. */
export const eventTypeOf = (kind: string): string => kind.split("@", 1)[0] ?? kind

function openFields(payload: Json): Json {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return {}
  return Object.fromEntries(Object.entries(payload).filter(([field]) => !staysBehind.has(field)))
}

const hexOf = (digest: Digest): string => digest.slice("sha256:".length)
