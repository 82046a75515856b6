// A trace entry: one fact, as two canonical byte strings (head and payload) that the chain covers (INV-07).
// Owns: the head's fields. Does not own: sealing (seal-entries.ts), storage, nor what may follow what (executor core).

import { z } from "zod"
import type { Json } from "../json/json.ts"
import { genesisHash } from "../digest/index.ts"
import {
  BreakGlassId,
  CapabilityName,
  ContractRef,
  Digest,
  Environment,
  ExecutionId,
  GrantId,
  PrincipalId,
  PrincipalRef,
  SessionId,
  TenantId,
  Time,
  Traceparent,
  type Immutable,
} from "../primitives.ts"
import type { Fact } from "./facts.ts"

/** By which grant something was asked for. */
export const CapabilitySource = z.strictObject({
  capability: CapabilityName,
  grantId: GrantId,
  source: z.string(),
})
export type CapabilitySource = Immutable<z.infer<typeof CapabilitySource>>

/** The head of an entry: everything about a fact but the fact. Every field is present in every entry. */
export const EntryHead = z.strictObject({
  v: z.literal(1),
  environment: Environment,
  tenant: TenantId,
  executionId: ExecutionId,
  seq: z.int().min(1),
  kind: ContractRef,
  kindDigest: Digest,
  time: Time,
  fence: z.int().min(0),
  principal: PrincipalRef,
  onBehalfOf: PrincipalId.nullable(),
  session: SessionId.nullable(),
  capabilitySource: CapabilitySource.nullable(),
  breakGlassId: BreakGlassId.nullable(),
  payloadDigest: Digest,
  traceparent: Traceparent.nullable(),
})
export type EntryHead = Immutable<z.infer<typeof EntryHead>>

/** Where a trace ends: its last number and hash. `seq` 0 and the genesis hash before the first entry. */
export interface TraceHead {
  readonly seq: number
  readonly hash: Digest
}
export const TraceHead = z.strictObject({ seq: z.int().min(0), hash: Digest })

/** A fact before it has a place in a trace. */
export type EntryDraft = Fact & { readonly by: Attribution }

/** Who wrote a fact, and by what right. */
export interface Attribution {
  readonly principal: PrincipalRef
  readonly onBehalfOf: PrincipalId | null
  readonly session: SessionId | null
  readonly capabilitySource: CapabilitySource | null
  readonly breakGlassId: BreakGlassId | null
  readonly traceparent: string | null
}

/** One fact in a trace, with the bytes that its digests cover. */
export interface TraceEntry {
  readonly head: EntryHead
  readonly headBytes: Uint8Array
  /** The parsed payload; null once it has expired or was erased. */
  readonly payload: Json | null
  readonly payloadBytes: Uint8Array | null
  readonly digest: Digest
  readonly prevHash: Digest
  readonly hash: Digest
}

/** The head before the first entry of an execution. */
export function emptyHead(environment: Environment, tenant: TenantId, executionId: ExecutionId): TraceHead {
  return { seq: 0, hash: genesisHash({ environment, tenant, executionId }) }
}
