// Check 5: each payload fits the event contract that its entry names, and the outputs and inputs in it are the ones digested.
// Does not own: JSON Schema (schema.ts), nor what a payload says of people (approvals.ts, starts.ts).

import { Fault, unchecked, type Unchecked } from "./fault.ts"
import { digestOf, refOf } from "./formulas.ts"
import { memberOf, objectAt, textAt, type JsonObject } from "./json.ts"
import type { Entry } from "./read-lines.ts"
import type { Budget } from "./budget.ts"
import { misfit } from "./schema.ts"

/** Check 5. `documents` are the contracts of the bundle by their digests. */
export function checkPayloads(
  entries: readonly Entry[],
  documents: ReadonlyMap<string, JsonObject>,
  budget: Budget,
): string | Unchecked {
  let present = 0
  for (const { seq, kind, head, payload } of entries) {
    if (payload === null) continue
    present += 1
    const document = documents.get(textAt(head, "kindDigest"))
    const ref = document === undefined ? "" : refOf(document)
    if (document === undefined || ref !== kind || document["kind"] !== "event")
      throw new Fault("the kind is not that of the contract that its digest names", {
        seq,
        at: "/head/kind",
        recorded: kind,
        computed: ref,
      })
    const schema = objectAt(document, "payload")
    const at = misfit(schema, payload, "/payload", { schema, budget })
    if (at !== null) throw new Fault("the payload does not fit its event contract", { seq, at })
    checkDigested(seq, payload)
  }
  const gone = entries.length - present
  if (gone > 0) return unchecked(`${gone} of ${entries.length} payloads are not here`)
  return `${present} payloads fit their event contracts`
}

const digested = { output: "counterfoil.output.v1", draft: "counterfoil.draft.v1" } as const

/**
 * An output or a draft, and its digest beside it: neither an output nor a digest is there alone. The draft of a plan that was
 * rejected has no digest.
 */
function checkDigested(seq: number, payload: JsonObject): void {
  for (const [field, tag] of Object.entries(digested)) {
    const named = `${field}Digest`
    if (
      Object.hasOwn(payload, field) !== Object.hasOwn(payload, named) &&
      (field !== "draft" || !Object.hasOwn(payload, field))
    )
      throw new Fault(`a digest of ${field} without it, or the other way round`, {
        seq,
        at: `/payload/${named}`,
      })
    if (!Object.hasOwn(payload, named)) continue
    const computed = digestOf(tag, memberOf(payload, field))
    if (payload[named] !== computed)
      throw new Fault(`another ${field} than its digest`, {
        seq,
        at: `/payload/${named}`,
        recorded: textAt(payload, named),
        computed,
      })
  }
}
