// The small values that everything else is made of: ids, digests, times, names and closed enums.
// Owns: their form and their brands. Does not own: how ids are minted (digest/).
// A value is parsed here once, at the edge; inside, its brand says that it was.

import { z } from "zod"
import { firstTimeMs, isInstant, lastTimeMs, timePattern } from "./instant.ts"
import type { Json } from "./json/json.ts"

const base32 = "[0-9abcdefghjkmnpqrstvwxyz]{26}"
const idOf = <B extends string>(prefix: string, brand: B) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_${base32}$`))
    .brand(brand)

/** SHA-256, written `sha256:` and 64 lower-case hex digits. */
export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .brand("Digest")
export type Digest = z.infer<typeof Digest>

/** Checks that a text in the spelling of a `Time` names an instant that exists. Where schemas are data, the pattern implies this check. */
export const existingInstant = z.check<string>(({ value, issues }) => {
  // The pattern reports the texts that it refuses itself.
  if (timePattern.test(value) && !isInstant(value))
    issues.push({ code: "invalid_format", format: "datetime", input: value })
})

/** A UTC instant that exists, with milliseconds and `Z`; always the database's clock. Compares as text. */
export const Time = z.string().regex(timePattern).check(existingInstant).brand("Time")
export type Time = z.infer<typeof Time>

/** ISO 8601 duration of days, hours, minutes and whole seconds: `P30D`, `PT4H`, `PT1H30M`. */
export const Duration = z
  .string()
  .regex(/^P(?=.)(\d{1,4}D)?(T(?=\d)(\d{1,4}H)?(\d{1,5}M)?(\d{1,6}S)?)?$/)
  .brand("Duration")
export type Duration = z.infer<typeof Duration>

/** A tenant's name; immutable. It cannot hold a dot or a wildcard, so that it can stand in a subject. */
export const TenantId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,30}$/)
  .brand("TenantId")
export type TenantId = z.infer<typeof TenantId>

/** The environment a store belongs to, such as `production`; the store remembers it. */
export const Environment = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,30}$/)
  .brand("Environment")
export type Environment = z.infer<typeof Environment>

/** Ids of what is random: an intent, an execution, a request, a review and so on, each with its own prefix; `pln_` and `stp_` are derived. */
export const IntentId = idOf("int", "IntentId")
export type IntentId = z.infer<typeof IntentId>
export const ExecutionId = idOf("exe", "ExecutionId")
export type ExecutionId = z.infer<typeof ExecutionId>
export const ApprovalId = idOf("apr", "ApprovalId")
export type ApprovalId = z.infer<typeof ApprovalId>
export const ReviewId = idOf("rev", "ReviewId")
export type ReviewId = z.infer<typeof ReviewId>
export const HumanId = idOf("hum", "HumanId")
export type HumanId = z.infer<typeof HumanId>
export const GrantId = idOf("grn", "GrantId")
export type GrantId = z.infer<typeof GrantId>
export const SessionId = idOf("ses", "SessionId")
export type SessionId = z.infer<typeof SessionId>
export const WorkerId = idOf("wrk", "WorkerId")
export type WorkerId = z.infer<typeof WorkerId>
export const BundleId = idOf("bun", "BundleId")
export type BundleId = z.infer<typeof BundleId>
export const BreakGlassId = idOf("bgl", "BreakGlassId")
export type BreakGlassId = z.infer<typeof BreakGlassId>
export const PlanId = idOf("pln", "PlanId")
export type PlanId = z.infer<typeof PlanId>
export const StepId = idOf("stp", "StepId")
export type StepId = z.infer<typeof StepId>

/** A human, service, agent or tool; or a service of the control plane, such as `counterfoil.executor`. */
export const PrincipalId = z
  .string()
  .regex(new RegExp(`^((hum|svc|agt|tol)_${base32}|counterfoil\\.[a-z]{3,20})$`))
  .brand("PrincipalId")
export type PrincipalId = z.infer<typeof PrincipalId>

/** `name@major`, the identity of a contract. */
export const ContractRef = z
  .string()
  .max(128)
  .regex(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*){1,5}@(0|[1-9]\d{0,4})$/)
  .brand("ContractRef")
export type ContractRef = z.infer<typeof ContractRef>

/** A semantic version without build metadata. */
export const SemVer = z
  .string()
  .max(64)
  .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/)
  .brand("SemVer")
export type SemVer = z.infer<typeof SemVer>

/** A contract fixed to the exact semantic digest that a plan was compiled against. */
export const ContractPin = z.strictObject({ ref: ContractRef, version: SemVer, digest: Digest })
export type ContractPin = Immutable<z.infer<typeof ContractPin>>

/** A capability's name, such as `control-plane.core` or `git.write`. */
export const CapabilityName = z
  .string()
  .max(80)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z0-9-]*)+$/)
  .brand("CapabilityName")
export type CapabilityName = z.infer<typeof CapabilityName>

/** The name of a step within its plan; `intent` and `item` are reserved. */
export const StepKey = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/)
  .brand("StepKey")
export type StepKey = z.infer<typeof StepKey>

/** The name that an operator gave to a registered callback. */
export const CallbackId = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9-]*$/)
  .brand("CallbackId")
export type CallbackId = z.infer<typeof CallbackId>

/** A caller's idempotency key: it names the wish, not the try. */
export const Key = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[!-~]+$/)
  .brand("Key")
export type Key = z.infer<typeof Key>

/** The key that a handler passes on: 64 hex digits, one for each step, generation and exact input. */
export const IdempotencyKey = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand("IdempotencyKey")
export type IdempotencyKey = z.infer<typeof IdempotencyKey>

/** The last `seq` of an execution; 0 means that it does not exist yet. */
export const Version = z.int().min(0)
/** The number that makes a stale holder of a lease harmless. */
export const Fence = z.int().min(0).brand("Fence")
export type Fence = z.infer<typeof Fence>
export const Seq = z.int().min(1)

/** A role is the name of a team; membership comes from the directory. */
export const RoleName = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .brand("RoleName")
export type RoleName = z.infer<typeof RoleName>

/** The id of a policy rule, prefixed with its layer: `base.tenant`. */
export const RuleId = z
  .string()
  .regex(/^[a-z][a-z0-9.-]{2,79}$/)
  .brand("RuleId")
export type RuleId = z.infer<typeof RuleId>

/** A short label that a caller puts on its intent; policy may see it. */
export const Label = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9._:/-]*$/)
export const Cursor = z.string().min(1).max(512)
export const Traceparent = z.string().regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
export type JsonPointer = string
export const JsonPointer = z
  .string()
  .max(1024)
  .regex(/^(\/([^~/]|~[01])*)*$/)

/** Well-formed text of at most `max` characters without control characters but newline and tab. */
export const text = (max: number, min = 0) =>
  z
    .string()
    .min(min)
    .max(max)
    .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$/)
/** Why a person did something: 3 to 500 characters. */
export const Reason = text(500, 3)
/** A reason that has to say something: 20 to 500 characters. */
export const LongReason = text(500, 20)

/** How much is at stake, and what may be done about it; closed sets, where a new value is drift. */
export const Tier = z.enum(["low", "medium", "high"])
export type Tier = z.infer<typeof Tier>
export const Mode = z.enum(["autonomous", "assist", "blocked"])
export type Mode = z.infer<typeof Mode>
export const Decision = z.enum(["allow", "hold", "deny"])
export type Decision = z.infer<typeof Decision>
/** What repeating a command does (docs/handlers.md). */
export const EffectClass = z.enum(["pure", "read", "natural", "keyed", "probeable", "unsafe"])
export type EffectClass = z.infer<typeof EffectClass>
export const PrincipalKind = z.enum(["human", "service", "agent", "tool"])
export type PrincipalKind = z.infer<typeof PrincipalKind>
export const Channel = z.enum([
  "nats",
  "http",
  "mcp",
  "cli",
  "console",
  "slack",
  "github",
  "whatsapp",
  "telegram",
])
export type Channel = z.infer<typeof Channel>
/** Who drew the plan: a contract's plan function, a caller, or a model from text. */
export const Origin = z.enum(["contract", "draft", "model"])
export type Origin = z.infer<typeof Origin>
/** How sure we are of a person, weakest first. */
export const Assurance = z.enum(["chat", "session", "stepUp", "key"])
export type Assurance = z.infer<typeof Assurance>
export const Fallback = z.enum(["reject", "expire", "escalate"])
export type Fallback = z.infer<typeof Fallback>
export const ReviewDecision = z.enum(["approve", "reject", "withdraw"])
export type ReviewDecision = z.infer<typeof ReviewDecision>
export const ReasonCode = z.enum([
  "wrongTarget",
  "wrongAmount",
  "notNeeded",
  "tooRisky",
  "notAuthorised",
  "unclear",
  "other",
])
export const StepRole = z.enum(["do", "undo"])
export type StepRole = z.infer<typeof StepRole>

/** The statuses of executions, steps and approval requests, and why a step was blocked, doubted or its request voided. */
export const ExecutionStatus = z.enum([
  "received",
  "rejected",
  "planned",
  "running",
  "waiting",
  "inDoubt",
  "paused",
  "cancelling",
  "failing",
  "cancelled",
  "completed",
  "failed",
])
export type ExecutionStatus = z.infer<typeof ExecutionStatus>
/** The statuses of executions that have not ended. */
export const openStatuses = ExecutionStatus.exclude(["rejected", "cancelled", "completed", "failed"]).options
/** The statuses of executions that have ended. */
export const endedStatuses = ExecutionStatus.exclude(openStatuses).options
/** What paused an execution: a person, or the installation because of a recalled skill, a contract that is gone, or a freeze. */
export const PauseCause = z.enum(["operator", "skillRecalled", "contractMissing", "killSwitch"])
export type PauseCause = z.infer<typeof PauseCause>
/**
 * The one word for the state of an execution, used on every surface: its status, or what it waits for (`held`), or its outcome for
 * the requester. A blocked step and the request that it waited for have the same words.
 */
export const RecordWord = z.enum([
  ...ExecutionStatus.options,
  "held",
  "planRejected",
  "denied",
  "reviewRejected",
  "expired",
])
export type RecordWord = z.infer<typeof RecordWord>
export const StepStatus = z.enum([
  "pending",
  "ready",
  "held",
  "cleared",
  "running",
  "retrying",
  "inDoubt",
  "completed",
  "failed",
  "blocked",
  "skipped",
  "undone",
])
export type StepStatus = z.infer<typeof StepStatus>
export const ApprovalStatus = z.enum([
  "open",
  "approved",
  "rejected",
  "expired",
  "escalated",
  "voided",
  "consumed",
])
export type ApprovalStatus = z.infer<typeof ApprovalStatus>
export const BlockReason = z.enum([
  "forbidden",
  "noMatch",
  "policyError",
  "engineError",
  "invalidRequest",
  "modeBlocked",
  "grantMissing",
  "approvalRejected",
  "approvalExpired",
  "inputInvalid",
  "inputErased",
  "conditionError",
  "fanOutExceeded",
  "limitExceeded",
  "deadlinePassed",
  "contractMissing",
  "skillRecalled",
  "skillUnverified",
])
export type BlockReason = z.infer<typeof BlockReason>
export const DoubtCause = z.enum([
  "timeout",
  "unclear",
  "crash",
  "windowPassed",
  "probeInconclusive",
  "lateConflict",
])
export type DoubtCause = z.infer<typeof DoubtCause>
export const VoidCause = z.enum([
  "inputChanged",
  "contractChanged",
  "policyChanged",
  "cancelled",
  "skillRecalled",
  "breakGlassEnded",
])
export type VoidCause = z.infer<typeof VoidCause>
/** The chapter of a trace that an entry belongs to; derived from its kind. */
export const Stage = z.enum([
  "intent",
  "plan",
  "policy",
  "approval",
  "action",
  "outcome",
  "control",
  "registry",
])
export type Stage = z.infer<typeof Stage>

/** Who did it: the id and kind that every entry carries. */
export const PrincipalRef = z.strictObject({ id: PrincipalId, kind: PrincipalKind })
export type PrincipalRef = Immutable<z.infer<typeof PrincipalRef>>

/** Any JSON value that a strict parser let through. */
export const AnyJson: z.ZodType<Json> = z.json()

/** A parsed value as everyone but its parser sees it: nothing in it can be changed, and an absent field is absent. */
export type Immutable<T> = [Json] extends [T]
  ? Json
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer E)[]
      ? readonly Immutable<E>[]
      : { readonly [K in keyof T]: Immutable<Exclude<T[K], undefined>> }

const tierOrder: readonly Tier[] = ["low", "medium", "high"]
/** The higher of two tiers. */
export const higherTier = (a: Tier, b: Tier): Tier => (tierOrder.indexOf(a) >= tierOrder.indexOf(b) ? a : b)
/** One tier up; high stays high. */
export const raiseTier = (tier: Tier): Tier => (tier === "low" ? "medium" : "high")

const assuranceOrder: readonly Assurance[] = ["chat", "session", "stepUp", "key"]
/** True when `have` is at least as strong as `need`. */
export const assuranceCovers = (have: Assurance, need: Assurance): boolean =>
  assuranceOrder.indexOf(have) >= assuranceOrder.indexOf(need)

/** Milliseconds of an ISO 8601 duration that `Duration` accepts. */
export function durationMs(duration: Duration): number {
  const known = parsedDurations.get(duration)
  if (known !== undefined) return known
  const [, days, hours, minutes, seconds] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration) ?? []
  const ms =
    (((Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0)) * 60 +
      Number(seconds ?? 0)) *
    1000
  if (parsedDurations.size >= parsedDurationsMax) parsedDurations.clear()
  parsedDurations.set(duration, ms)
  return ms
}

// Contracts and plans name the same few durations again and again.
const parsedDurations = new Map<Duration, number>()
const parsedDurationsMax = 1_024

/**
 * `time` moved by `ms` milliseconds, forward or back, to the first or the last time at most: there is none beyond, and none
 * that would compare as text. Pure: `Date` here only does calendar arithmetic.
 */
export const addMs = (time: Time, ms: number): Time => spelledTime(msOfTime(time) + ms)
/** Milliseconds since 1970 of a `Time`. */
export const msOfTime = (time: Time): number => (time === lastTime.time ? lastTime.ms : Calendar.parse(time))
/** The `Time` at `ms` milliseconds since 1970. The last one is kept: clocks are asked many times within a millisecond. */
export function timeFromMs(ms: number): Time {
  if (ms !== lastTime.ms) lastTime = { ms, time: spelledTime(ms) }
  return lastTime.time
}
// Held by its own name, so that plan functions can move a time that they were given: there `Date` is taken away.
const Calendar = Date
const spelledTime = (ms: number): Time =>
  new Calendar(Math.min(Math.max(ms, firstTimeMs), lastTimeMs)).toISOString() as Time
let lastTime: { readonly ms: number; readonly time: Time } = {
  ms: 0,
  time: "1970-01-01T00:00:00.000Z" as Time,
}
