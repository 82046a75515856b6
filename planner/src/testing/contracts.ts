// Contracts for the planner's tests, written as JSON Schema so that each test shows the types that it is about.
// The digest of each is H over `{"example": ref}`, as in the planning page, so that its digests can be recomputed.

import {
  CapabilityName,
  ContractRef,
  SemVer,
  Time,
  canonicalBytes,
  type Duration,
  type EffectClass,
  type Json,
  type JsonSchema,
  type Tier,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import type {
  PlannerCallable,
  PlannerContract,
  PlannerContracts,
  PlannerIntent,
} from "../planner-contracts.ts"

/** The time at which the tests compile. */
export const noon = Time.parse("2026-11-21T12:00:00.000Z")

/** Text with these further keywords. */
export const text = (keywords: JsonSchema = {}): JsonSchema => ({ type: "string", ...keywords })

/** A closed object: all fields required but those whose name ends in `?`. */
export function closed(fields: { readonly [name: string]: JsonSchema }): JsonSchema {
  const names = Object.keys(fields)
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name.replace("?", ""), fields[name] ?? {}])),
    required: names.filter((name) => !name.endsWith("?")),
    additionalProperties: false,
  }
}

/** What a test says of a command or query; the rest is harmless. */
export interface CallableParts {
  readonly input: JsonSchema
  readonly output: JsonSchema
  readonly kind?: "command" | "query"
  readonly version?: string
  readonly effect?: EffectClass
  readonly irreversible?: boolean
  readonly floor?: Tier
  readonly capability?: string
  readonly path?: PlannerCallable["path"]
  readonly resource?: { readonly kind: string; readonly at: string }
  readonly limits?: PlannerCallable["limits"]
  readonly undo?: { readonly contract: string; readonly input: { readonly [field: string]: Json } }
  readonly observes?: {
    readonly contract: string
    readonly input: { readonly [field: string]: Json }
    readonly at: string
  }
  readonly removeAfter?: string
}

/** A command, or with `kind: "query"` a query. */
export function callableOf(ref: string, parts: CallableParts): PlannerCallable {
  return {
    ...named(ref, parts.version, parts.removeAfter),
    kind: parts.kind ?? "command",
    inputSchema: parts.input,
    outputSchema: parts.output,
    capability: CapabilityName.parse(parts.capability ?? "work.write"),
    resource: parts.resource ?? null,
    path: parts.path ?? "step",
    effect: parts.effect ?? "natural",
    irreversible: parts.irreversible ?? false,
    floor: parts.floor ?? null,
    undo:
      parts.undo === undefined
        ? null
        : { contract: ContractRef.parse(parts.undo.contract), input: parts.undo.input },
    observes:
      parts.observes === undefined
        ? null
        : { ...parts.observes, contract: ContractRef.parse(parts.observes.contract) },
    limits: parts.limits ?? { deadline: "PT30S" as Duration, attempts: 3 },
  }
}

/** An intent contract. */
export function intentContractOf(
  ref: string,
  version: string,
  parts: { readonly input: JsonSchema; readonly output: JsonSchema; readonly deadline?: string },
): PlannerIntent {
  return {
    ...named(ref, version),
    kind: "intent",
    capability: CapabilityName.parse("work.write"),
    inputSchema: parts.input,
    outputSchema: parts.output,
    deadline: (parts.deadline ?? "P30D") as Duration,
  }
}

/** An event contract. */
export const eventOf = (ref: string): PlannerContract => ({ ...named(ref), kind: "event" })

/** These contracts as the planner sees them. */
export function contractsOf(contracts: readonly PlannerContract[]): PlannerContracts {
  const byRef = new Map<string, PlannerContract>(contracts.map((contract) => [contract.ref, contract]))
  return {
    contracts,
    find: (ref) => byRef.get(ref),
    majorsOf: (name) =>
      contracts.filter((contract) => contract.name === name).map((contract) => contract.ref),
  }
}

/** Every capability that some contract needs: what a requester who may do anything holds. */
export const capabilitiesOf = ({ contracts }: PlannerContracts): readonly CapabilityName[] =>
  contracts.flatMap((contract) => (contract.kind === "event" ? [] : [contract.capability]))

function named(ref: string, version?: string, removeAfter?: string) {
  return {
    name: ref.split("@")[0] ?? "",
    ref: ContractRef.parse(ref),
    version: SemVer.parse(version ?? `${ref.split("@")[1] ?? "1"}.0.0`),
    digest: digestOf("counterfoil.contract.v1", canonicalBytes({ example: ref })),
    meta: removeAfter === undefined ? {} : { deprecation: { removeAfter, replacedBy: "work.next@1" } },
  }
}
