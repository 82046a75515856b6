// The shapes of a contract as one JSON Schema document (2020-12), for editors and for validators in other languages.
// Owns: its form and its stable `$id`s. Does not own: a single shape; those are the contract's.

import type { Contract } from "../define/contract.ts"
import { examplesOf } from "../define/examples.ts"
import type { JsonSchema } from "../schema/schema.ts"
import type { Json } from "../json/json.ts"
import { eventDataSchema } from "../trace/event-data.ts"

/** The name of a contract's document, or of one shape in it, where there is no address to fetch it from. */
export const contractUrn = (ref: string, part?: "input" | "output" | "payload" | "data"): string =>
  `urn:counterfoil:contract:${ref}${part === undefined ? "" : `:${part}`}`

/**
 * The document of a contract: each shape below `$defs`, with a `$id` of its own, so that one reference is enough to validate
 * with it: `urn:counterfoil:contract:payments.refund@1:input`. As a whole, the document of an event describes the `data` of
 * that event as it is published. `x-marks`, `x-unit` and `x-contract` are annotations.
 * `$id` is where the document is served, or its name.
 */
export function schemaDocument(contract: Contract, $id: string = contractUrn(contract.ref)): JsonSchema {
  const { ref, kind, version, meta } = contract
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id,
    title: meta.title,
    description: `${meta.goal} ${meta.context}`,
    "x-contract": { ref, kind, version },
    ...(contract.kind === "event" ? payloadOf(contract) : { $defs: inputAndOutputOf(contract) }),
  }
}

const payloadOf = (contract: Contract & { readonly kind: "event" }): JsonSchema => ({
  $ref: contractUrn(contract.ref, "data"),
  $defs: {
    payload: { $id: contractUrn(contract.ref, "payload"), ...contract.payloadSchema, ...accepted(contract) },
    data: { $id: contractUrn(contract.ref, "data"), ...eventDataSchema(contract.payloadSchema) },
  },
})

const inputAndOutputOf = (contract: Exclude<Contract, { readonly kind: "event" }>): JsonSchema => ({
  input: {
    $id: contractUrn(contract.ref, "input"),
    ...contract.inputSchema,
    ...(contract.checks.length === 0 ? {} : { $comment: contract.checks.map(({ says }) => says).join(" ") }),
    ...accepted(contract),
  },
  output: { $id: contractUrn(contract.ref, "output"), ...contract.outputSchema, ...answered(contract) },
})

type Examples = { readonly examples?: readonly Json[] }

/** The examples that the contract accepts. */
const accepted = (contract: Contract): Examples =>
  shown(examplesOf(contract).flatMap(({ value, fails }) => (fails === null ? [value] : [])))

/** What it answers them with. */
const answered = (contract: Contract): Examples =>
  shown(examplesOf(contract).flatMap(({ output }) => (output === undefined ? [] : [output])))

const shown = (examples: readonly Json[]): Examples => (examples.length === 0 ? {} : { examples })
