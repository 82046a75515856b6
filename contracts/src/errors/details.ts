// The forms of the values that error details are made of, where primitives.ts has none.
// Every one is bounded and closed, so that no text from outside gets into an error sentence (INV-13).

import { z } from "zod"
import {
  ApprovalId,
  ApprovalStatus,
  ExecutionId,
  ExecutionStatus,
  GrantId,
  PrincipalId,
  StepId,
  StepStatus,
} from "../primitives.ts"

/** A count of something. */
export const Count = z.int().min(0)
/** A whole number of seconds. */
export const Seconds = z.int().min(0)
/** A name that this program gave: a limit, a quota, an element of a profile. Never a caller's phrase. */
export const OurName = z.string().regex(/^[A-Za-z][A-Za-z0-9 ._-]{0,79}$/)
/** A name that a provider or a publisher gave, in the characters that names have. */
export const OutsideName = z.string().regex(/^[A-Za-z0-9@][A-Za-z0-9@._:/-]{0,79}$/)
/** The path of a route as it is declared, with its parameters in braces or behind colons. */
export const RoutePath = z.string().regex(/^\/[A-Za-z0-9_/:.{}*-]{0,199}$/)
export const HttpMethod = z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
/** The id that an answer or a log line refers to: an execution or a request. */
export const TraceId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

/** What can be looked for and not found. */
export const FoundThing = z.enum([
  "Execution",
  "Step",
  "Approval",
  "Contract",
  "Principal",
  "Grant",
  "Skill",
  "Bundle",
  "Lock",
  "Break-glass session",
  "Entry",
  "Token",
  "Review key",
])
/** What a reviewer or caller read, and what may have changed since. */
export const BoundThing = z.enum(["Approval", "Plan", "Input", "Contract", "Skill", "Policy"])
/** Why the caller cannot review. Ends the sentence "You cannot review this: …". */
export const ReviewBar = z.enum([
  "agents and services never approve",
  "you hold no role that it needs",
  "you hold no grant for approvals",
  "your account is disabled",
])
/** Who is excluded from reviewing. Fits "The … of a request cannot review it". */
export const ExcludedRole = z.enum([
  "requester",
  "beneficiary",
  "author",
  "editor",
  "agent owner",
  "custodian",
  "team",
])
/** Why items cannot share one review. */
export const BulkBar = z.enum([
  "tier high",
  "they differ in more than their input",
  "policy forbids it",
  "a tainted field was not opened",
])
/** The id of something that has a status. */
export const ThingWithStatus = z.union([ExecutionId, StepId, ApprovalId, GrantId, PrincipalId])
export const AnyStatus = z.union([ExecutionStatus, StepStatus, ApprovalStatus])
export const InvariantName = z.string().regex(/^INV-(0[1-9]|1[0-4])$/)
export const SkillStatus = z.enum(["installed", "disabled", "recalled"])
