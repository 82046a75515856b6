// A plan draft: an untrusted proposal of steps, from a plan function, a caller or a model (INV-12).
// Owns: its shape and limits. Does not own: what makes one acceptable (planner).

import { z } from "zod"
import { AnyJson, type Immutable } from "../primitives.ts"
import type { Json } from "../json/json.ts"

/** Most steps a draft may have: a plan that people can still read in one sitting. */
export const stepsPerPlanMax = 256
/** Most bytes of a draft and of a compiled plan; both are stored in one trace entry. */
export const draftBytesMax = 256 * 1024
export const planBytesMax = 512 * 1024
/** Most instances that all fan-outs of one execution may make together. */
export const instancesPerPlanMax = 2_000
export const fanOutMax = 1_000
/** Most steps of one execution that run at once. */
export const stepsInFlightMax = 16
export const edgesMax = 2_048
export const pathStepsMax = 64
export const referencesPerStepMax = 64
export const conditionNodesMax = 64
export const conditionDepthMax = 8
export const rejectionsMax = 100
export const stepInputBytesMax = 256 * 1024
export const stepOutputBytesMax = 1024 * 1024
/**
 * What a step's output may hold, beside its bytes: as much as every reader of a trace takes (docs/BUNDLE.md). It may be one element of a
 * fan-out, which is a part of another step's input, which stands in a policy request in an entry: 64 levels in all.
 */
export const stepOutputLimits = { depthMax: 30, keysMax: 10_000, itemsMax: 10_000 } as const
export const executionOutputBytesMax = 64 * 1024 * 1024
/** Most bytes of a plan's resolved output, and of a fan-out's outputs together: half of a trace entry. */
export const planOutputBytesMax = 4 * 1024 * 1024

/** A condition as data: an operator and its operands. The planner checks it; the executor evaluates it. */
export type Condition = boolean | { readonly [operator: string]: Json }

/** A fan-out as drafted: over which array, how many at most. */
export type DraftEach = {
  readonly over: Json
  readonly max: number
  readonly parallel?: number
  readonly onFailure?: "stop" | "continue"
}

/** The shape of a draft before any look at its contracts; every field may still be wrong. */
export const PlanDraft = z.strictObject({
  format: z.string(),
  steps: z.array(
    z.strictObject({
      key: z.string(),
      contract: z.string(),
      input: AnyJson.optional(),
      after: z.array(z.string()).optional(),
      when: AnyJson.optional(),
      each: AnyJson.optional(),
      undo: z.boolean().optional(),
      because: z.string().max(280).optional(),
    }),
  ),
  output: AnyJson.optional(),
})
export type PlanDraft = Immutable<z.infer<typeof PlanDraft>>

/** Why a draft does not compile: a closed code, where in the draft, and one sentence. */
export interface PlanRejection {
  readonly code: RejectionCode
  readonly at: string
  readonly message: string
  readonly help?: string
}

/** The closed set of rejection codes: callers and models switch on them, so a new one is drift. */
export const RejectionCode = z.enum([
  "DRAFT_NOT_JSON",
  "DRAFT_TOO_LARGE",
  "DRAFT_SHAPE",
  "DRAFT_FORBIDDEN_FIELD",
  "FORMAT_UNSUPPORTED",
  "NO_STEPS",
  "TOO_MANY_STEPS",
  "KEY_INVALID",
  "KEY_DUPLICATE",
  "DEPENDENCY_UNKNOWN",
  "CYCLE",
  "TOO_DEEP",
  "TOO_MANY_EDGES",
  "CONTRACT_UNKNOWN",
  "CONTRACT_VERSION",
  "CONTRACT_RETIRED",
  "CONTRACT_NOT_INVOCABLE",
  "CONTRACT_CONTROL",
  "SKILL_UNAVAILABLE",
  "INPUT_INVALID",
  "INPUT_MISSING",
  "INPUT_UNKNOWN_FIELD",
  "SECRET_LITERAL",
  "SECRET_UNKNOWN",
  "SECRET_MISPLACED",
  "REF_SHAPE",
  "REF_UNKNOWN_STEP",
  "REF_SELF",
  "REF_POINTER",
  "REF_TYPE",
  "REF_OPTIONAL",
  "REF_UNIT",
  "REF_SENSITIVE",
  "REF_UNDECIDABLE",
  "REF_FANOUT",
  "TEXT_INVALID",
  "CONDITION_SHAPE",
  "CONDITION_TYPE",
  "CONDITION_TOO_LARGE",
  "EACH_NOT_ARRAY",
  "EACH_UNBOUNDED",
  "INSTANCES_EXCEEDED",
  "UNDO_UNAVAILABLE",
  "UNDO_INVALID",
  "CAPABILITY_MISSING",
  "OUTPUT_INVALID",
  "PLAN_FUNCTION_FAILED",
  "PLAN_TOO_LARGE",
  "LIMIT_EXCEEDED",
  "INTENT_UNCLEAR",
  "INTENT_NO_CONTRACT",
])
export type RejectionCode = z.infer<typeof RejectionCode>

export const PlanRejection = z.strictObject({
  code: RejectionCode,
  at: z.string(),
  message: z.string(),
  help: z.string().optional(),
})
