// For each code with which a call is refused or its plan rejected, what a model should do: wait, correct its input, or leave it
// to a person. Owns: the two tables, which name every code, so that a new one without its row does not compile.
// Does not own: how a text is put together (tool-text.ts). No text here mentions keys: they are the program's (INV-12).

import type { ErrorCode, RejectionCode } from "@counterfoil/contracts"

/** What a model does next: it goes on; it waits; it corrects its input and calls again; it leaves it to a person. */
export type Advice = "goOn" | "wait" | "correct" | "askPerson"

/** The advice for a refusal. */
export interface RefusalAdvice {
  readonly advice: Exclude<Advice, "goOn">
  /** Added to the control plane's sentence: who has to act, or what to do. Empty where the advice to wait is enough. */
  readonly says: string
  /** Replaces the control plane's own sentence where that addresses programs. */
  readonly instead?: string
  /** Set where the call may have had an effect nevertheless. */
  readonly mayHaveActed?: true
}

const leave = (says: string): RefusalAdvice => ({ advice: "askPerson", says })
const later: RefusalAdvice = { advice: "wait", says: "" }
const correct = (says: string): RefusalAdvice => ({ advice: "correct", says })

const unfit = leave(
  "This program and the control plane do not fit each other; the operator of the program has to look.",
)
const reviewing = leave("Only people review, and never what they asked for themselves.")
const skills = leave("An operator has to look at that skill.")

/** By error code. */
export const refusalAdvice: Readonly<Record<ErrorCode, RefusalAdvice>> = {
  INPUT_INVALID: correct("The input does not fit."),
  JSON_MALFORMED: unfit,
  JSON_FORBIDDEN: correct("The input has a value that is not accepted."),
  CURSOR_INVALID: unfit,
  UNAUTHENTICATED: leave("This program has no valid token; its operator has to give it one."),
  SIGNATURE_INVALID: leave("The signature of this program does not count; its operator has to look."),
  SIGNATURE_STALE: leave("The clock of this program is wrong; its operator has to look."),
  GRANT_MISSING: leave("An owner has to decide whether this program gets that grant."),
  DELEGATION_MISSING: leave("That person, or an owner, has to allow it first."),
  POLICY_DENIED: leave("A rule forbids it; only the people who keep the rules change that."),
  POLICY_ERROR: leave("The rules could not be decided, so the call is refused; an operator has to look."),
  NOT_AN_APPROVER: reviewing,
  SEPARATION_OF_DUTIES: reviewing,
  ASSURANCE_TOO_LOW: leave("A person has to sign in with a stronger method and do it."),
  WORKSPACE_UNMAPPED: leave("An operator has to link the workspace."),
  NOT_FOUND: leave("What it names does not exist, or this program may not see it."),
  CONTRACT_UNKNOWN: leave("The control plane does not offer this; the operator of the program has to look."),
  ROUTE_NOT_FOUND: unfit,
  METHOD_NOT_ALLOWED: unfit,
  IDEMPOTENCY_CONFLICT: {
    advice: "askPerson",
    says: "The earlier call may have happened. A person has to decide which of the two should happen.",
    instead: "A call with a different input was made before in its place.",
  },
  VERSION_CONFLICT: leave("It has changed meanwhile; a person has to look at it again."),
  DIGEST_STALE: leave("It has changed meanwhile; a person has to look at it again."),
  STATE_INVALID: leave("It is not in a state for that; a person has to look at it."),
  APPROVAL_CLOSED: reviewing,
  SIGN_IN_SPENT: leave("An owner has to give that person another sign-in."),
  ALREADY_REVIEWED: reviewing,
  NOT_RETRYABLE: leave("A person has to decide what to do about that step."),
  RESUME_REFUSED: leave("An operator has to restore what the plan needs, or end it."),
  UNDO_UNAVAILABLE: leave("A person has to reverse it by hand."),
  SKILL_CONFLICT: skills,
  NAME_TAKEN: leave("A person has to choose another name."),
  CAPACITY_EXCEEDED: leave("A person has to free some of it, or raise the limit."),
  CONTRACT_RETIRED: leave("The operator of the program has to change it to the replacement."),
  DEADLINE_PASSED: leave("Its time is over; a person has to decide whether it should still happen."),
  INPUT_TOO_LARGE: correct("The input is too large."),
  MEDIA_TYPE_UNSUPPORTED: unfit,
  PLAN_INVALID: leave("A person has to look at that plan."),
  BULK_NOT_ALLOWED: reviewing,
  SKILL_REFUSED: skills,
  LIMIT_EXCEEDED: correct("It is too much at once."),
  ENFORCEMENT_INSUFFICIENT: leave("An operator has to choose another program for it."),
  RATE_LIMITED: later,
  QUOTA_EXCEEDED: leave("People have to decide what is open already, or raise the quota."),
  INTERNAL: { ...leave("An operator has to look; it may have taken effect."), mayHaveActed: true },
  OUTPUT_INVALID: { ...leave("An operator has to look; it may have taken effect."), mayHaveActed: true },
  INVARIANT_BROKEN: leave("An operator has to look before anything else is done."),
  TRACE_CORRUPT: leave("An operator has to look before anything else is done."),
  OVERLOADED: later,
  STORE_UNAVAILABLE: later,
  INTERPRETER_UNAVAILABLE: later,
  CHECKPOINT_UNAVAILABLE: later,
  OUTCOME_UNKNOWN: {
    ...leave("It may have been accepted, and may yet happen; an operator has to look."),
    instead: "The answer was lost.",
    mayHaveActed: true,
  },
}

/**
 * By the code with which the plan of a tool's contract is rejected. The model wrote only the input, so it can correct only that:
 * the contract draws the plan, and people decide what the caller may do.
 */
export const rejectionAdvice: Readonly<Record<RejectionCode, "correct" | "askPerson">> = {
  DRAFT_NOT_JSON: "askPerson",
  DRAFT_TOO_LARGE: "correct",
  DRAFT_SHAPE: "askPerson",
  DRAFT_FORBIDDEN_FIELD: "askPerson",
  FORMAT_UNSUPPORTED: "askPerson",
  NO_STEPS: "askPerson",
  TOO_MANY_STEPS: "correct",
  KEY_INVALID: "askPerson",
  KEY_DUPLICATE: "askPerson",
  DEPENDENCY_UNKNOWN: "askPerson",
  CYCLE: "askPerson",
  TOO_DEEP: "askPerson",
  TOO_MANY_EDGES: "askPerson",
  CONTRACT_UNKNOWN: "askPerson",
  CONTRACT_VERSION: "askPerson",
  CONTRACT_RETIRED: "askPerson",
  CONTRACT_NOT_INVOCABLE: "askPerson",
  CONTRACT_CONTROL: "askPerson",
  SKILL_UNAVAILABLE: "askPerson",
  INPUT_INVALID: "correct",
  INPUT_MISSING: "correct",
  INPUT_UNKNOWN_FIELD: "correct",
  SECRET_LITERAL: "correct",
  SECRET_UNKNOWN: "askPerson",
  SECRET_MISPLACED: "correct",
  REF_SHAPE: "askPerson",
  REF_UNKNOWN_STEP: "askPerson",
  REF_SELF: "askPerson",
  REF_POINTER: "askPerson",
  REF_TYPE: "askPerson",
  REF_OPTIONAL: "askPerson",
  REF_UNIT: "askPerson",
  REF_SENSITIVE: "askPerson",
  REF_UNDECIDABLE: "askPerson",
  REF_FANOUT: "askPerson",
  TEXT_INVALID: "correct",
  CONDITION_SHAPE: "askPerson",
  CONDITION_TYPE: "askPerson",
  CONDITION_TOO_LARGE: "askPerson",
  EACH_NOT_ARRAY: "askPerson",
  EACH_UNBOUNDED: "askPerson",
  INSTANCES_EXCEEDED: "correct",
  UNDO_UNAVAILABLE: "askPerson",
  UNDO_INVALID: "askPerson",
  CAPABILITY_MISSING: "askPerson",
  OUTPUT_INVALID: "askPerson",
  PLAN_FUNCTION_FAILED: "askPerson",
  PLAN_TOO_LARGE: "correct",
  LIMIT_EXCEEDED: "correct",
  INTENT_UNCLEAR: "askPerson",
  INTENT_NO_CONTRACT: "askPerson",
}
