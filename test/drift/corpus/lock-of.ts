// Locks of made-up contracts, for the corpus.
// Owns: one contract of each kind, and the lock that documents make. Does not own: any label.

import {
  contractOfDocument,
  defineCapability,
  registryOf,
  SemVer,
  type Capability,
  type ContractDocument,
  type Json,
} from "@counterfoil/contracts"
import { lockOf, type Acknowledgement, type ContractLock } from "@counterfoil/contracts/drift"

/** The fields of each that people read. */
export const meta = {
  title: "Refund a charge",
  goal: "Money that was taken goes back to the card that it came from.",
  context: "When a charge was wrong or goods came back. Not for disputes.",
  owners: ["payments"],
  tags: ["money"],
  stability: "stable",
}
const object = { type: "object", properties: {}, additionalProperties: false }
const named = { version: "1.4.0", capability: "payments.write", meta }

/** A command, with everything that a command can say. */
export const command: ContractDocument = {
  ...named,
  kind: "command",
  name: "payments.refund",
  input: {
    ...object,
    properties: { charge: { type: "string" }, amount: { type: "integer" } },
    required: ["charge", "amount"],
  },
  output: { ...object, properties: { id: { type: "string" } }, required: ["id"] },
  checks: [{ id: "amountBelowCharge", version: 1, says: "the amount is at most what was charged" }],
  errors: ["CAPACITY_EXCEEDED"],
  emits: ["payments.refunded@1"],
  auth: { kinds: ["agent", "human"], assurance: "session" },
  limits: { deadline: "PT30S", attempts: 3, inputBytes: 1000, outputBytes: 1000, inFlight: 8 },
  resource: { kind: "charge", at: "/charge" },
  effect: "keyed",
  irreversible: false,
  floor: "medium",
  window: "P1D",
  probe: null,
  undo: { contract: "payments.charge@1", input: { amount: { $from: "input", at: "/amount" } } },
  preview: [{ label: "Charge", at: "/charge" }],
  path: "step",
  examples: [{ title: "part of it", input: { charge: "ch_1", amount: 5 } }],
}

/** An event. */
export const event: ContractDocument = {
  ...named,
  kind: "event",
  name: "payments.refunded",
  payload: { ...object, properties: { id: { type: "string" } }, required: ["id"] },
  examples: [],
}

/** An intent. */
export const intent: ContractDocument = {
  ...named,
  kind: "intent",
  name: "support.refund",
  input: { ...object, properties: { charge: { type: "string" } }, required: ["charge"] },
  output: object,
  checks: [],
  onFailure: "stop",
  deadline: "P30D",
  examples: [{ title: "a charge", input: { charge: "ch_1" } }],
}

/** A document with some fields changed. */
export const changed = (
  document: ContractDocument,
  fields: { readonly [field: string]: Json },
): ContractDocument => ({
  ...document,
  ...fields,
})

/** The lock of these documents. `requires` says what `payments.write` requires. */
export function lockOfDocuments(
  documents: readonly ContractDocument[],
  acknowledged: readonly Acknowledgement[] = [],
  requires: readonly string[] = [],
): ContractLock {
  const contracts = documents.map((document) => {
    const made = contractOfDocument(document)
    if (made === null) throw new Error(`no document of a contract: ${JSON.stringify(document)}`)
    return made.contract
  })
  const names = [...new Set(contracts.map((contract) => contract.capability))]
  const capabilities = names.map((name) => capability(name, name === "payments.write" ? requires : []))
  return lockOf(registryOf(contracts, capabilities), SemVer.parse("1.0.0"), acknowledged)
}

const capability = (name: string, requires: readonly string[]): Capability =>
  defineCapability({
    name,
    requires,
    meta: { ...meta, stability: "stable" },
  })
