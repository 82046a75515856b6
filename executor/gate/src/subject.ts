// The subject of an execution in one line: the values of its input, in the order in which its contract shows them to approvers.
// Does not own: who may see it. It is read from the first entry of the trace, so a list shows it to a caller who may read the trace
// (read-services.ts), and it goes when payloads are erased.

import {
  escapeLine,
  parseWith,
  payloads,
  type ExecutionId,
  type Json,
  type TenantId,
} from "@counterfoil/contracts"
import type { TraceStore } from "@counterfoil/contracts/ports"
import { previewOf } from "@counterfoil/core"
import type { Services } from "./service.ts"

/** Characters of a subject: enough for one row, and for a list of them to be small. */
export const subjectCharsMax = 120
/** The most values in a subject; further ones would not fit. */
const valuesMax = 8

/**
 * The subject of each of these executions, read at once. An execution whose input is gone, or fits no line, has none.
 * Its text is *untrusted*.
 */
export async function subjectsOf(
  store: Pick<TraceStore, "entriesAmong">,
  registry: Services["registry"],
  tenant: TenantId,
  executionIds: readonly ExecutionId[],
): Promise<ReadonlyMap<ExecutionId, string>> {
  if (executionIds.length === 0) return new Map()
  const entries = await store.entriesAmong(tenant, executionIds, { seq: 1 })
  return new Map(
    entries.flatMap(({ head, payload }): readonly (readonly [ExecutionId, string])[] => {
      const subject = subjectOf(registry, payload)
      return subject === null ? [] : [[head.executionId, subject]]
    }),
  )
}

function subjectOf(registry: Services["registry"], payload: Json): string | null {
  const received = parseWith(payloads["controlPlane.intent.received@1"], payload)
  if (!received.ok) return null
  const { as } = received.value
  if ("text" in as) return lineOf([as.text])
  if ("draft" in as) return lineOf(stepKeysOf(as.draft))
  const contract = registry.callable(as.contract)
  const shown = contract === undefined ? [] : previewOf(contract, as.input).map(({ value }) => value)
  return lineOf(shown.length > 0 ? shown : scalarsOf(as.input))
}

/** The values on one line, cut where it gets too long. */
export function lineOf(values: readonly string[]): string | null {
  const line = values
    .slice(0, valuesMax)
    .map(escapeLine)
    .filter((value) => value !== "")
    .join(", ")
  if (line === "") return null
  return line.length <= subjectCharsMax ? line : `${line.slice(0, subjectCharsMax - 1).toWellFormed()}…`
}

const scalarsOf = (input: Json): readonly string[] =>
  typeof input === "object" && input !== null
    ? Object.values(input).flatMap((value) =>
        typeof value === "string" || typeof value === "number" ? [String(value)] : [],
      )
    : []

function stepKeysOf(draft: Json): readonly string[] {
  const steps = typeof draft === "object" && draft !== null && "steps" in draft ? draft.steps : null
  return Array.isArray(steps)
    ? steps.flatMap((step: Json) =>
        typeof step === "object" && step !== null && "contract" in step && typeof step.contract === "string"
          ? [step.contract]
          : [],
      )
    : []
}
