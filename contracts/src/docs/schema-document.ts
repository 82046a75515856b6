// The shapes of a contract as one JSON Schema document (2020-12), for editors and for validators in other languages.
// Owns: its form and its stable `$id`s. Does not own: a single shape; those are the contract's.

import type { Contract } from "../define/contract.ts"
import { examplesOf } from "../define/examples.ts"
import type { JsonSchema } from "../define/schema.ts"
import type { Json } from "../json/json.ts"

/** The `$id` of a contract's document, or of one shape in it. It names; there is nothing to fetch. */
const schemaId = (ref: string, part?: "input" | "output" | "payload"): string =>
  `urn:counterfoil:contract:${ref}${part === undefined ? "" : `:${part}`}`

/**
 * The document of a contract: each shape below `$defs`, with a `$id` of its own, so that one reference is enough to validate
 * with it: `urn:counterfoil:contract:payments.refund@1:input`. Keywords of ours are `x-marks` and `x-unit`, annotations both.
 */
export function schemaDocument(contract: Contract): JsonSchema {
  const { ref, meta } = contract
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: schemaId(ref),
    title: meta.title,
    description: `${meta.goal} ${meta.context}`,
    $defs: contract.kind === "event" ? payloadOf(contract) : inputAndOutputOf(contract),
  }
}

const payloadOf = (contract: Contract & { readonly kind: "event" }): JsonSchema => ({
  payload: { $id: schemaId(contract.ref, "payload"), ...contract.payloadSchema, ...accepted(contract) },
})

const inputAndOutputOf = (contract: Exclude<Contract, { readonly kind: "event" }>): JsonSchema => ({
  input: {
    $id: schemaId(contract.ref, "input"),
    ...contract.inputSchema,
    ...(contract.checks.length === 0 ? {} : { $comment: contract.checks.map(({ says }) => says).join(" ") }),
    ...accepted(contract),
  },
  output: { $id: schemaId(contract.ref, "output"), ...contract.outputSchema, ...answered(contract) },
})

type Examples = { readonly examples?: readonly Json[] }

/** The examples that the contract accepts. */
const accepted = (contract: Contract): Examples =>
  shown(examplesOf(contract).flatMap(({ value, fails }) => (fails === null ? [value] : [])))

/** What it answers them with. */
const answered = (contract: Contract): Examples =>
  shown(examplesOf(contract).flatMap(({ output }) => (output === undefined ? [] : [output])))

const shown = (examples: readonly Json[]): Examples => (examples.length === 0 ? {} : { examples })
