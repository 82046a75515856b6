// The closed table of errors: what a caller can be answered with, over every channel.
// Owns: status, who acts, sentence, typed details, what to do. Does not own: the answer itself (problem.ts), failures of
// steps (failures.ts). "No" and "not yet" are values, not errors. Pages: docs/errors/<CODE>.md.

import { z } from "zod"
import { forbiddenJson } from "../json/json-limits.ts"
import {
  ApprovalStatus,
  Assurance,
  CapabilityName,
  Channel,
  ContractRef,
  Digest,
  ExecutionId,
  HumanId,
  JsonPointer,
  PrincipalId,
  RuleId,
  SemVer,
  Seq,
  StepId,
  StepStatus,
  Time,
  Version,
} from "../primitives.ts"
import {
  AnyStatus,
  BoundThing,
  BulkBar,
  Count,
  ExcludedRole,
  FoundThing,
  HttpMethod,
  InvariantName,
  OurName,
  OutsideName,
  ReviewBar,
  RoutePath,
  Seconds,
  SkillStatus,
  ThingWithStatus,
  TraceId,
} from "./details.ts"
import type { Actor, DetailsSchema } from "./template.ts"

type ErrorRow = {
  /** The HTTP status, and the code of a NATS service error. */
  readonly status: number
  readonly acts: Actor
  /** One sentence; its places are fields of `details`. */
  readonly template: string
  readonly details: DetailsSchema
  /** What to do, addressed to the actor in `acts`. */
  readonly fix: string
}

const none = z.strictObject({})

/** Every error code. No code outside this table leaves the process. */
export const errors = {
  INPUT_INVALID: {
    status: 400,
    acts: "caller",
    template: "Input does not match {contract}: {count} problem(s).",
    details: z.strictObject({ contract: ContractRef, count: Count }),
    fix: "Correct the fields that issues names.",
  },
  JSON_MALFORMED: {
    status: 400,
    acts: "caller",
    template: "Body is not valid JSON at byte {offset}.",
    details: z.strictObject({ offset: Count }),
    fix: "Send one JSON value in UTF-8.",
  },
  JSON_FORBIDDEN: {
    status: 400,
    acts: "caller",
    template: "Body has {what} at {at}, which is not accepted.",
    details: z.strictObject({ what: z.enum(forbiddenJson), at: JsonPointer }),
    fix: "Write the value in a way that every JSON parser reads alike, within the limits.",
  },
  CURSOR_INVALID: {
    status: 400,
    acts: "caller",
    template: "This cursor does not belong to this query.",
    details: none,
    fix: "Send the cursor with the query that gave it, or start without one.",
  },
  UNAUTHENTICATED: {
    status: 401,
    acts: "caller",
    template: "No valid token was presented.",
    details: none,
    fix: "Send a token that is neither expired nor revoked.",
  },
  SIGNATURE_INVALID: {
    status: 401,
    acts: "caller",
    template: "The signature does not match.",
    details: none,
    fix: "Sign the exact bytes with a key that is registered to you.",
  },
  SIGNATURE_STALE: {
    status: 401,
    acts: "caller",
    template: "The signed time is more than {seconds} s away.",
    details: z.strictObject({ seconds: Seconds }),
    fix: "Set the clock and sign again.",
  },
  GRANT_MISSING: {
    status: 403,
    acts: "operator",
    template: "{principal} holds no grant for {capability}.",
    details: z.strictObject({ principal: PrincipalId, capability: CapabilityName }),
    fix: "Ask an owner for the grant.",
  },
  DELEGATION_MISSING: {
    status: 403,
    acts: "operator",
    template: "{principal} may not act for {human}.",
    details: z.strictObject({ principal: PrincipalId, human: HumanId }),
    fix: "Ask that person or an owner for the delegation.",
  },
  POLICY_DENIED: {
    status: 403,
    acts: "caller",
    template: "Denied by {ruleId}.",
    details: z.strictObject({ ruleId: z.union([RuleId, z.literal("policy")]) }),
    fix: "Ask policy.explain which change would be allowed.",
  },
  POLICY_ERROR: {
    status: 403,
    acts: "operator",
    template: "Policy could not be decided, so the request is denied.",
    details: none,
    fix: "Look for the policy error in the trace and correct the policy.",
  },
  NOT_AN_APPROVER: {
    status: 403,
    acts: "caller",
    template: "You cannot review this: {because}.",
    details: z.strictObject({ because: ReviewBar }),
    fix: "Leave it to a person whose role is asked for.",
  },
  SEPARATION_OF_DUTIES: {
    status: 403,
    acts: "caller",
    template: "The {role} of a request cannot review it.",
    details: z.strictObject({ role: ExcludedRole }),
    fix: "Leave it to a person who had no part in it.",
  },
  ASSURANCE_TOO_LOW: {
    status: 403,
    acts: "caller",
    template: "This needs {assurance}.",
    details: z.strictObject({ assurance: Assurance }),
    fix: "Sign in again with the stronger method and repeat.",
  },
  WORKSPACE_UNMAPPED: {
    status: 403,
    acts: "operator",
    template: "Workspace {workspace} of {provider} is not linked to a tenant.",
    details: z.strictObject({ workspace: OutsideName, provider: Channel }),
    fix: "Link the workspace to a tenant.",
  },
  NOT_FOUND: {
    status: 404,
    acts: "caller",
    template: "{type} not found.",
    details: z.strictObject({ type: FoundThing }),
    fix: "Check the id, and that it is one you may read.",
  },
  CONTRACT_UNKNOWN: {
    status: 404,
    acts: "caller",
    template: "No contract {ref}.",
    details: z.strictObject({ ref: ContractRef }),
    fix: "List the contracts with contract.list.",
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    acts: "caller",
    template: "No such route.",
    details: none,
    fix: "Read the routes at /v1/openapi.json.",
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    acts: "caller",
    template: "{route} accepts {methods}.",
    details: z.strictObject({ route: RoutePath, methods: z.array(HttpMethod).readonly() }),
    fix: "Use a method that the route accepts.",
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    acts: "caller",
    template: "This key was used with another body.",
    details: none,
    fix: "Send the same body, or choose a new key.",
  },
  VERSION_CONFLICT: {
    status: 409,
    acts: "caller",
    template: "{executionId} is at version {actual}, not {expected}.",
    details: z.strictObject({ executionId: ExecutionId, actual: Version, expected: Version }),
    fix: "Read the execution again and decide anew.",
  },
  DIGEST_STALE: {
    status: 409,
    acts: "caller",
    template: "{what} changed since you read it.",
    details: z.strictObject({ what: BoundThing, read: Digest, now: Digest }),
    fix: "Read it again and decide on what it says now.",
  },
  STATE_INVALID: {
    status: 409,
    acts: "caller",
    template: "{command} needs {allowed}; {id} is {status}.",
    details: z.strictObject({
      command: ContractRef,
      allowed: z.array(AnyStatus).readonly(),
      id: ThingWithStatus,
      status: AnyStatus,
    }),
    fix: "Wait until the status fits, or use the command that this status allows.",
  },
  APPROVAL_CLOSED: {
    status: 409,
    acts: "caller",
    template: "This request is {status}.",
    details: z.strictObject({ status: ApprovalStatus }),
    fix: "Look for the request that replaced it.",
  },
  SIGN_IN_SPENT: {
    status: 409,
    acts: "caller",
    template: "This one-time sign-in was used or ended at {at}.",
    details: z.strictObject({ at: Time }),
    fix: "If you did not use it, tell an owner now: another person may hold a token of yours. If it expired, ask for another.",
  },
  ALREADY_REVIEWED: {
    status: 409,
    acts: "caller",
    template: "You have reviewed this request.",
    details: none,
    fix: "Withdraw your approval, or reject; after a reject nothing more is needed.",
  },
  NOT_RETRYABLE: {
    status: 409,
    acts: "caller",
    template: "{stepId} is {status} and cannot be retried.",
    details: z.strictObject({ stepId: StepId, status: StepStatus }),
    fix: "Retry failed or blocked steps only; settle a step in doubt with execution.resolve.",
  },
  RESUME_REFUSED: {
    status: 409,
    acts: "operator",
    template: "{what} that the plan pins is gone.",
    details: z.strictObject({ what: z.union([ContractRef, Digest]) }),
    fix: "Bring the pinned version back, or cancel the execution and submit again.",
  },
  UNDO_UNAVAILABLE: {
    status: 409,
    acts: "caller",
    template: "{stepId} has no undo.",
    details: z.strictObject({ stepId: StepId }),
    fix: "Cancel without undo and reverse the step by hand.",
  },
  SKILL_CONFLICT: {
    status: 409,
    acts: "caller",
    template: "{skill}@{version} is {status}.",
    details: z.strictObject({ skill: OutsideName, version: SemVer, status: SkillStatus }),
    fix: "Choose another version, or act on the one that is there.",
  },
  NAME_TAKEN: {
    status: 409,
    acts: "caller",
    template: "{type} {name} exists.",
    details: z.strictObject({ type: OurName, name: OutsideName }),
    fix: "Choose another name.",
  },
  CAPACITY_EXCEEDED: {
    status: 409,
    acts: "caller",
    template: "{what}: {used} of {limit} used, {requested} requested.",
    details: z.strictObject({ what: OurName, used: Count, limit: Count, requested: Count }),
    fix: "Free some of it, ask for less, or have the limit raised.",
  },
  CONTRACT_RETIRED: {
    status: 410,
    acts: "caller",
    template: "{ref} is retired, use {replacedBy}.",
    details: z.strictObject({ ref: ContractRef, replacedBy: ContractRef }),
    fix: "Change to the contract that replaces it.",
  },
  DEADLINE_PASSED: {
    status: 410,
    acts: "caller",
    template: "The deadline {time} has passed.",
    details: z.strictObject({ time: Time }),
    fix: "Submit again with a later deadline if it is still wanted.",
  },
  INPUT_TOO_LARGE: {
    status: 413,
    acts: "caller",
    template: "Limit is {limit} bytes.",
    details: z.strictObject({ limit: Count }),
    fix: "Send less, or name large content by its digest.",
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    acts: "caller",
    template: "Send application/json.",
    details: none,
    fix: "Set Content-Type to application/json.",
  },
  PLAN_INVALID: {
    status: 422,
    acts: "caller",
    template: "The plan is not valid: {count} problem(s).",
    details: z.strictObject({ count: Count }),
    fix: "Correct the places that issues names.",
  },
  BULK_NOT_ALLOWED: {
    status: 422,
    acts: "caller",
    template: "These items cannot be reviewed together: {because}.",
    details: z.strictObject({ because: BulkBar }),
    fix: "Review them one by one.",
  },
  SKILL_REFUSED: {
    status: 422,
    acts: "caller",
    template: "{skill} was refused: {count} issue(s).",
    details: z.strictObject({ skill: OutsideName, count: Count }),
    fix: "Correct what issues names and have the publisher sign again.",
  },
  LIMIT_EXCEEDED: {
    status: 422,
    acts: "caller",
    template: "{what} exceeds {limit}.",
    details: z.strictObject({ what: OurName, limit: Count }),
    fix: "Ask for less at once.",
  },
  ENFORCEMENT_INSUFFICIENT: {
    status: 422,
    acts: "caller",
    template: "{program} enforces {element} only {grade}; strict needs {needed}.",
    details: z.strictObject({ program: OurName, element: OurName, grade: OurName, needed: OurName }),
    fix: "Use a program that enforces it, or leave the element out.",
  },
  RATE_LIMITED: {
    status: 429,
    acts: "retry",
    template: "Too many requests, wait {seconds} s.",
    details: z.strictObject({ seconds: Seconds }),
    fix: "Wait, then send the same request with the same key.",
  },
  QUOTA_EXCEEDED: {
    status: 429,
    acts: "caller",
    template: "{quota} is used up until {time}.",
    details: z.strictObject({ quota: OurName, time: Time }),
    fix: "Wait until then, or have the quota raised.",
  },
  INTERNAL: {
    status: 500,
    acts: "bug",
    template: "Something is wrong on our side ({traceId}).",
    details: z.strictObject({ traceId: TraceId }),
    fix: "Report the trace id.",
  },
  OUTPUT_INVALID: {
    status: 500,
    acts: "bug",
    template: "A result did not match its contract.",
    details: none,
    fix: "Report the trace id to the owner of the contract.",
  },
  INVARIANT_BROKEN: {
    status: 500,
    acts: "bug",
    template: "{invariant} would not hold; nothing was done.",
    details: z.strictObject({ invariant: InvariantName }),
    fix: "Report the trace id; do not repeat.",
  },
  TRACE_CORRUPT: {
    status: 500,
    acts: "operator",
    template: "The trace of {executionId} does not verify at {seq}.",
    details: z.strictObject({ executionId: ExecutionId, seq: Seq }),
    fix: "Stop writing to the store and compare it with a bundle or a checkpoint.",
  },
  OVERLOADED: {
    status: 503,
    acts: "retry",
    template: "Try again in {seconds} s.",
    details: z.strictObject({ seconds: Seconds }),
    fix: "Wait, then send the same request with the same key.",
  },
  STORE_UNAVAILABLE: {
    status: 503,
    acts: "retry",
    template: "The store cannot be reached; nothing was accepted.",
    details: none,
    fix: "Send the same request with the same key later.",
  },
  INTERPRETER_UNAVAILABLE: {
    status: 503,
    acts: "retry",
    template: "No interpreter is available.",
    details: none,
    fix: "Send a contract with input instead of text, or try again later.",
  },
  CHECKPOINT_UNAVAILABLE: {
    status: 503,
    acts: "retry",
    template: "No checkpoint covers seq {seq} yet.",
    details: z.strictObject({ seq: Seq }),
    fix: "Try again after the next checkpoint.",
  },
  OUTCOME_UNKNOWN: {
    status: 504,
    acts: "retry",
    template: "The answer was lost; repeat with the same key.",
    details: none,
    fix: "Send the same request with the same key; it does not act twice.",
  },
} as const satisfies Readonly<Record<string, ErrorRow>>

/** One of the codes of `errors`. */
export type ErrorCode = keyof typeof errors
/** What must be said beside a code. */
export type ErrorDetails<C extends ErrorCode> = z.infer<(typeof errors)[C]["details"]>

/** Every error code, in the order of the table. */
export const errorCodes: readonly ErrorCode[] = Object.keys(errors).filter(isErrorCode)

/** True when a string is an error code of the table. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errors, code)
}
