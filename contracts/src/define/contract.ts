// What a contract is: one object that channels, planner, policy, executor, trace, documents and CI all read.
// Owns: the types of commands, queries, events and intents, and their form as one JSON document.
// Does not own: how one is defined and checked (define.ts), nor the list of those that exist (registry.ts).

import { z } from "zod"
import type { ErrorCode } from "../errors/errors.ts"
import type { Json } from "../json/json.ts"
import type { FillDraft } from "./drawn.ts"
import type { JsonSchema } from "../schema/schema.ts"
import {
  ContractRef,
  Duration,
  JsonPointer,
  SemVer,
  type Assurance,
  type CapabilityName,
  type ContractPin,
  type Digest,
  type EffectClass,
  type Immutable,
  type PrincipalKind,
  type Tier,
} from "../primitives.ts"

/** How far a contract may still change. */
export const Stability = z.enum(["experimental", "beta", "stable", "deprecated"])

/** The description of a contract for people: owners, words, stability, deprecation. */
export const ContractMeta = z.strictObject({
  title: z.string().min(1).max(60),
  goal: z.string().min(20).max(280),
  context: z.string().min(20).max(600),
  owners: z.array(z.string().min(1)).min(1),
  tags: z.array(z.string().min(1)).min(1),
  stability: Stability,
  /** `removeAfter` is the last day on which it may be called, such as `2027-06-30`. */
  deprecation: z
    .strictObject({ since: SemVer, replacedBy: ContractRef, removeAfter: z.iso.date() })
    .optional(),
})
export type ContractMeta = z.infer<typeof ContractMeta>

/** How long an attempt may take, how often it is tried, how much goes in and out, how many run at once in a tenant. */
export const Limits = z.strictObject({
  deadline: Duration,
  attempts: z.int().min(1).max(20),
  inputBytes: z.int().min(1),
  outputBytes: z.int().min(1),
  inFlight: z.int().min(1),
})
export type Limits = z.infer<typeof Limits>

/** A command that reverses a step, and where its input comes from: `$from` is `input` or `output` of the step undone. */
export const UndoDeclaration = z.strictObject({
  contract: ContractRef,
  input: z.record(z.string(), z.json()),
})
export type UndoDeclaration = z.infer<typeof UndoDeclaration>

/**
 * The outside state that a command acts on. `contract` is the query that reads it, `input` how the query's input follows from
 * the command's (`$from` is always `input`), and `at` the field of the command's input that holds what was read. The field is
 * optional for callers: the planner adds the reading step where a step leaves it out. The handler refuses when the state is
 * no longer the one in its input.
 */
export const ObservesDeclaration = z.strictObject({
  contract: ContractRef,
  input: z.record(z.string(), z.json()),
  at: JsonPointer,
})
export type ObservesDeclaration = z.infer<typeof ObservesDeclaration>

/**
 * One line that an approver reads: a label and the field of the input whose value is beside it. `absent` says what takes effect
 * when the field is left out; without it the line is left out too.
 */
export const PreviewField = z.strictObject({
  label: z.string().min(1).max(40),
  at: JsonPointer,
  absent: z.string().min(1).max(120).optional(),
})
export type PreviewField = Immutable<z.infer<typeof PreviewField>>

/** A field of the input that no approver reads, and why. */
export const NotShown = z.strictObject({ at: JsonPointer, reason: z.string().min(1).max(280) })
export type NotShown = z.infer<typeof NotShown>

/** A check of the input that JSON Schema cannot say; `test` answers the JSON Pointers that fail it. */
export interface Check<I> {
  readonly id: string
  readonly version: number
  readonly says: string
  test(input: I): readonly string[]
}

/**
 * How a contract is reached. `step`: only inside a plan. `gate`: as the one step of an execution of its own.
 * `control`: acts on one execution, in one transaction. `read`: writes nothing.
 */
export const ContractPath = z.enum(["step", "gate", "control", "read"])
export type ContractPath = z.infer<typeof ContractPath>

/** A contract's place in the HTTP interface, below `/v1`. */
export const HttpRoute = z.strictObject({
  method: z.enum(["GET", "POST"]),
  path: z.string().regex(/^\/[a-z/:A-Z-]+$/),
})
export type HttpRoute = z.infer<typeof HttpRoute>

interface Common {
  readonly name: string
  readonly version: SemVer
  readonly ref: ContractRef
  readonly pin: ContractPin
  readonly meta: ContractMeta
  /** The digest of its meaning, without what only people read (meaning-of.ts). */
  readonly digest: Digest
  /** The digest that earlier releases gave it; their plans and traces name it. */
  readonly formerDigest: Digest
  readonly documentDigest: Digest
  readonly document: ContractDocument
}

interface Invocable<I, O> extends Common {
  readonly input: z.ZodType<I>
  readonly output: z.ZodType<O>
  /** The input as JSON Schema, in the form that a caller writes. */
  readonly inputSchema: JsonSchema
  readonly outputSchema: JsonSchema
  readonly checks: readonly Check<I>[]
  readonly errors: readonly ErrorCode[]
  readonly emits: readonly string[]
  readonly capability: CapabilityName
  readonly auth: { readonly kinds: readonly PrincipalKind[]; readonly assurance: Assurance }
  readonly limits: Limits
  readonly resource: { readonly kind: string; readonly at: JsonPointer } | null
  readonly path: ContractPath
  readonly http: HttpRoute | null
  readonly effect: EffectClass
  readonly irreversible: boolean
  readonly floor: Tier | null
  /** How long the provider honours a key (`keyed` only). */
  readonly window: Duration | null
  /** Whether the handler can tell afterwards that a key took effect (`probeable` only). */
  readonly probe: { readonly settle: Duration } | null
  readonly undo: UndoDeclaration | null
  /** The outside state that it acts on, and how that is read; null for what its input alone decides. */
  readonly observes: ObservesDeclaration | null
  readonly preview: readonly PreviewField[]
  /** Fields that the preview leaves out; every other field of what can be held is in a line of it. */
  readonly notShown: readonly NotShown[]
}

/** A contract that changes the world, or acts on an execution. */
export interface Command<I = unknown, O = unknown> extends Invocable<I, O> {
  readonly kind: "command"
}
/** A contract that only reads. */
export interface Query<I = unknown, O = unknown> extends Invocable<I, O> {
  readonly kind: "query"
}

/** A fact: also the kind of a trace entry. */
export interface Event<P = unknown> extends Common {
  readonly kind: "event"
  readonly payload: z.ZodType<P>
  readonly payloadSchema: JsonSchema
  readonly capability: CapabilityName
}

/** What a principal wants done. Its `plan` function draws the steps; it must be pure: the planner calls it twice and compares. */
export interface Intent<I = unknown, O = unknown> extends Common {
  readonly kind: "intent"
  readonly input: z.ZodType<I>
  readonly output: z.ZodType<O>
  readonly inputSchema: JsonSchema
  readonly outputSchema: JsonSchema
  readonly checks: readonly Check<I>[]
  readonly capability: CapabilityName
  readonly onFailure: "stop" | "undo"
  readonly deadline: Duration
  plan(input: I): FillDraft
}

/** Any contract, discriminated by `kind`. */
export type Contract = Command | Query | Event | Intent
/** A contract that a plan step or a call can name. */
export type Callable = Command | Query

/** A contract as one JSON value: what is locked, digested, shown and carried in bundles. */
export type ContractDocument = { readonly [field: string]: Json }

/** A named set of contracts that a grant gives. */
export interface Capability {
  readonly name: CapabilityName
  readonly meta: Omit<ContractMeta, "deprecation">
  readonly requires: readonly CapabilityName[]
}
