// The closed table of failures: why an attempt or a step did not succeed. They are in a trace, not in an answer.
// Owns: who acts, whether another attempt makes sense by itself, sentence and details. Does not own: recovery (executor).
// Pages: docs/errors/<CODE>.md.

import { z } from "zod"
import { BlockReason, ContractRef, StepKey, Time, type Digest } from "../primitives.ts"
import type { Failure } from "./facts.ts"
import { OurName, OutsideName, Seconds } from "../errors/details.ts"
import { renderTemplate, type Actor, type DetailsSchema } from "../errors/template.ts"

type FailureRow = {
  readonly acts: Actor
  /** True when nothing happened yet and a later attempt with the same key may succeed. */
  readonly retryable: boolean
  readonly template: string
  readonly details: DetailsSchema
}

/** Every failure code. */
export const failures = {
  HANDLER_REJECTED: {
    acts: "caller",
    retryable: false,
    template: "{contract} refused the input.",
    details: z.strictObject({ contract: ContractRef }),
  },
  HANDLER_UNAVAILABLE: {
    acts: "retry",
    retryable: true,
    template: "{contract} could not be reached; nothing was sent.",
    details: z.strictObject({ contract: ContractRef }),
  },
  HANDLER_TIMEOUT: {
    acts: "retry",
    retryable: true,
    template: "{contract} gave no answer within {seconds} s.",
    details: z.strictObject({ contract: ContractRef, seconds: Seconds }),
  },
  HANDLER_FAILED: {
    acts: "operator",
    retryable: true,
    template: "{contract} ended without saying whether it took effect.",
    details: z.strictObject({ contract: ContractRef }),
  },
  OUTPUT_INVALID: {
    acts: "bug",
    retryable: false,
    template: "The result of {contract} did not match it.",
    details: z.strictObject({ contract: ContractRef }),
  },
  EGRESS_DENIED: {
    acts: "operator",
    retryable: false,
    template: "{contract} may not reach that address.",
    details: z.strictObject({ contract: ContractRef }),
  },
  SECRET_UNAVAILABLE: {
    acts: "operator",
    retryable: true,
    template: "Secret {name} cannot be read; nothing was sent.",
    details: z.strictObject({ name: OutsideName }),
  },
  SANDBOX_LIMIT: {
    acts: "bug",
    retryable: false,
    template: "{contract} went over its {limit} limit.",
    details: z.strictObject({ contract: ContractRef, limit: OurName }),
  },
  CONDITION_ERROR: {
    acts: "caller",
    retryable: false,
    template: "The condition of {key} could not be decided.",
    details: z.strictObject({ key: StepKey }),
  },
  STEP_BLOCKED: {
    acts: "caller",
    retryable: false,
    template: "Step {key} is blocked: {reason}.",
    details: z.strictObject({ key: StepKey, reason: BlockReason }),
  },
  STEP_FAILED: {
    acts: "caller",
    retryable: false,
    template: "Step {key} failed.",
    details: z.strictObject({ key: StepKey }),
  },
  DEADLINE_PASSED: {
    acts: "caller",
    retryable: false,
    template: "The deadline {time} has passed.",
    details: z.strictObject({ time: Time }),
  },
  CANCELLED: {
    acts: "caller",
    retryable: false,
    template: "The execution was cancelled.",
    details: z.strictObject({}),
  },
} as const satisfies Readonly<Record<string, FailureRow>>

/** One of the codes of `failures`. */
export type FailureCode = keyof typeof failures
/** What must be said beside a failure code. */
export type FailureDetails<C extends FailureCode> = z.infer<(typeof failures)[C]["details"]>

/** Every failure code, in the order of the table. */
export const failureCodes: readonly FailureCode[] = Object.keys(failures).filter(isFailureCode)

/** True when a string is a failure code of the table. */
export function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(failures, code)
}

/** What a handler may add: its own declared code, the digest of what it said, and whether another attempt makes sense. */
export type FailureExtras = {
  readonly retryable?: boolean
  readonly providerCode?: string
  readonly detailsDigest?: Digest
}

/** A failure as the trace holds it. `extras` says over the table what the handler knows better. */
export function failure<C extends FailureCode>(
  code: C,
  details: FailureDetails<C>,
  extras: FailureExtras = {},
): Failure {
  const { retryable, template } = failures[code]
  return { code, message: renderTemplate(template, details), retryable, ...extras }
}
