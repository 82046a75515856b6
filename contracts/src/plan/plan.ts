// A plan: a compiled DAG with no choice left. Equal bytes mean equal plans.
// Owns: its canonical form, every field of it. Does not own: how a draft becomes one (planner).

import { z } from "zod"
import {
  AnyJson,
  CapabilityName,
  ContractRef,
  Digest,
  Duration,
  EffectClass,
  JsonPointer,
  Origin,
  SemVer,
  StepKey,
  Tier,
  type Immutable,
} from "../primitives.ts"

const callFields = {
  contract: ContractRef,
  version: SemVer,
  contractDigest: Digest,
  effect: EffectClass,
  capability: CapabilityName,
  floor: Tier,
}

/** A fan-out: over which array, how many instances at most, how many at once, and what a failed one means. */
export const PlanEach = z.strictObject({
  over: AnyJson,
  max: z.int().min(1).max(1_000),
  parallel: z.int().min(1).max(16),
  onFailure: z.enum(["stop", "continue"]),
})
export type PlanEach = Immutable<z.infer<typeof PlanEach>>

/** The step that reverses its owner; runs only under the rules of undo. */
export const PlanUndo = z.strictObject({ ...callFields, input: AnyJson })
export type PlanUndo = Immutable<z.infer<typeof PlanUndo>>

/** One contract invocation. Every field is present; `null` where it does not apply. */
export const PlanStep = z.strictObject({
  key: StepKey,
  ...callFields,
  skillDigest: Digest.nullable(),
  irreversible: z.boolean(),
  /** Fields of kind `target` that a value from outside flows into; each raised the floor. */
  taint: z.array(JsonPointer),
  resource: z.strictObject({ kind: z.string(), at: JsonPointer }).nullable(),
  input: AnyJson,
  needs: z.array(StepKey),
  after: z.array(StepKey),
  when: AnyJson,
  each: PlanEach.nullable(),
  undo: PlanUndo.nullable(),
  attempt: z.strictObject({ deadline: Duration, max: z.int().min(1) }),
})
export type PlanStep = Immutable<z.infer<typeof PlanStep>>

/** Steps in canonical order: repeatedly the smallest key whose needs and after are placed. */
export const Plan = z.strictObject({
  format: z.literal("counterfoil.plan/1"),
  compiler: z.literal(1),
  origin: Origin,
  intent: z.strictObject({ contract: ContractRef, contractDigest: Digest, inputDigest: Digest }).nullable(),
  bounds: z.strictObject({ deadline: Duration, instances: z.int().min(1), parallel: z.int().min(1).max(16) }),
  capabilities: z.array(CapabilityName),
  output: AnyJson,
  steps: z.array(PlanStep).min(1),
})
export type Plan = Immutable<z.infer<typeof Plan>>
