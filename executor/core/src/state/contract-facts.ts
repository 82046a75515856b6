// What the core needs to know of a contract beside what a plan pins.
// Owns: that selection. Does not own: contracts, nor the registry that the lookup reads.

import {
  durationMs,
  inCanonicalOrder,
  isEntryKind,
  parseInput,
  parseWith,
  projectPolicyFields,
  readPointer,
  readByRules,
  type Callable,
  type ContractPin,
  type ContractRef,
  type Digest,
  type EffectClass,
  type EntryKind,
  type Issue,
  type Json,
  type JsonObject,
  type PreviewField,
  type Result,
  type Tier,
} from "@counterfoil/contracts"

/** One callable contract, as the executor sees it. Times in milliseconds. */
export interface ContractFacts {
  readonly pin: ContractPin
  /** The digest that earlier releases computed for it; their plans pin this one. */
  readonly formerDigest: Digest
  readonly effect: EffectClass
  readonly irreversible: boolean
  readonly floor: Tier | null
  readonly deadlineMs: number
  readonly attemptsMax: number
  /** How long the provider honours a key; null unless `keyed`. */
  readonly windowMs: number | null
  /** How long after an attempt a probe tells the truth; null unless `probeable`. */
  readonly settleMs: number | null
  readonly resource: { readonly kind: string; readonly at: string } | null
  readonly preview: readonly PreviewField[]
  /** The outside state that is acted on: the query that reads it, and the field of the input that holds it. */
  readonly observes: Observes | null
  /** The fact that a governing command leaves beside its outcome; null for every other contract. */
  readonly announces: EntryKind | null
  /** The part of an input that policy may see. */
  policyInput(input: Json): JsonObject
  parseInput(input: Json): Result<Json, readonly Issue[]>
  parseOutput(output: Json): Result<Json, readonly Issue[]>
}

/** What a command acts on. `hidden`: no rule sees any of it, so that a preview can do without. */
export interface Observes {
  readonly contract: ContractRef
  readonly at: string
  readonly hidden: boolean
}

/** The registered contract of a reference, or null when there is none. */
export type ContractLookup = (ref: ContractRef) => ContractFacts | null

/** The facts of a registered contract. */
export function contractFactsOf(contract: Callable): ContractFacts {
  return {
    pin: contract.pin,
    formerDigest: contract.formerDigest,
    effect: contract.effect,
    irreversible: contract.irreversible,
    floor: contract.floor,
    deadlineMs: durationMs(contract.limits.deadline),
    attemptsMax: contract.limits.attempts,
    windowMs: contract.window === null ? null : durationMs(contract.window),
    settleMs: contract.probe === null ? null : durationMs(contract.probe.settle),
    resource: contract.resource,
    preview: contract.preview,
    observes: observesOf(contract),
    announces: announcedBy(contract),
    policyInput: (input) => projectPolicyFields(contract.inputSchema, input),
    parseInput: (input) => parseInput(contract, input),
    parseOutput: (output) => parsedOutput(contract, output),
  }
}

function parsedOutput(contract: Callable, output: Json): Result<Json, readonly Issue[]> {
  const parsed = parseWith(contract.output, output)
  // A contract's schema holds nothing but JSON (define.ts refuses everything else), so its parsed value is JSON. In order,
  // because it is spelled again in each entry that holds it.
  return parsed.ok ? { ok: true, value: inCanonicalOrder(parsed.value as Json) } : parsed
}

function observesOf({ observes, inputSchema }: Callable): Observes | null {
  if (observes === null) return null
  const { contract, at } = observes
  const field = readPointer(inputSchema, `/properties${at}`)
  return { contract, at, hidden: field.ok && !readByRules(field.value) }
}

// The gate's own contracts announce what they changed. A submission needs no announcement: its first entries show it.
function announcedBy({ path, emits }: Callable): EntryKind | null {
  const [first] = emits
  return path === "gate" && emits.length === 1 && first !== undefined && isEntryKind(first) ? first : null
}
