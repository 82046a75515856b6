// The part of an entry's payload that its event carries: statuses, ids and digests, as a value and as a schema.
// Owns: which fields are left out. Does not own: the payloads (facts.ts), the envelope of an event (adapters).
// Keeps INV-13: what callers and handlers wrote is left out; the event has its digest, and trace.get returns the rest to readers with access.

import type { JsonSchema } from "../schema/schema.ts"
import { isObject, type Json, type JsonObject } from "../json/json.ts"

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

/** The part of a payload that is the event's `data`. */
export function eventData(payload: Json): JsonObject {
  if (!isObject(payload)) return {}
  return Object.fromEntries(Object.entries(payload).filter(([field]) => !staysBehind.has(field)))
}

/** The schema of that part, from the schema of the whole payload, which is one object without variants. */
export function eventDataSchema({ $defs, properties, required, ...rest }: JsonSchema): JsonSchema {
  const shown: JsonSchema = {
    ...rest,
    properties: eventData(properties ?? {}),
    required: Array.isArray(required) ? required.filter((field) => !staysBehind.has(String(field))) : [],
  }
  const refers = JSON.stringify(shown).includes('"$ref"')
  return $defs === undefined || !refers ? shown : { ...shown, $defs }
}
