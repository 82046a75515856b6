// Stage 1: untrusted bytes or JSON become a draft with the right shape and nothing in it that a draft must not say.
// Owns: strictness, size, shape, forbidden fields. Does not own: keys, contracts, references (later stages).
// Keeps INV-12: principal, tier, floor, approval, policy, grant and keys never come out of a draft.

import {
  isObject,
  canonicalBytes,
  draftBytesMax,
  err,
  formatPointer,
  isList,
  ok,
  parseJson,
  stepsPerPlanMax,
  type Json,
  type JsonObject,
  type PlanDraft,
  type PlanRejection,
  type Result,
} from "@counterfoil/contracts"
import { inOrder, rejection } from "./rejection.ts"

/** Longest `because` of a step: shown to people beside the step, so it has to fit a line or two. */
const becauseCharactersMax = 280

/**
 * A draft whose fields all have the right type; keys, contracts and references may still be wrong.
 * Bytes are parsed strictly; a value is held to the same limits.
 * Errors: DRAFT_NOT_JSON, DRAFT_TOO_LARGE, DRAFT_SHAPE, DRAFT_FORBIDDEN_FIELD, FORMAT_UNSUPPORTED, NO_STEPS, TOO_MANY_STEPS.
 */
export function parseDraft(source: Uint8Array | Json): Result<PlanDraft, readonly PlanRejection[]> {
  const read = readDraft(source)
  return read.ok ? ok(read.value.draft) : read
}

/** The same, with the draft's canonical bytes. */
export function readDraft(
  source: Uint8Array | Json,
): Result<{ readonly draft: PlanDraft; readonly bytes: Uint8Array }, readonly PlanRejection[]> {
  const given = source instanceof Uint8Array
  const bytes = given ? source : canonicalBytes(source)
  const parsed = parseJson(bytes)
  if (parsed.ok) {
    const draft = shapeOf(parsed.value)
    return draft.ok ? ok({ draft: draft.value, bytes: given ? canonicalBytes(draft.value) : bytes }) : draft
  }
  const { error } = parsed
  switch (error.code) {
    case "INPUT_TOO_LARGE":
      return err([rejection("DRAFT_TOO_LARGE", "", `A draft has at most ${draftBytesMax} bytes.`)])
    case "JSON_MALFORMED":
      return err([rejection("DRAFT_NOT_JSON", "", `This is not JSON at byte ${error.offset}.`)])
    case "JSON_FORBIDDEN":
      return err([
        rejection("DRAFT_NOT_JSON", error.at, `This JSON has ${error.what} at byte ${error.offset}.`),
      ])
  }
}

const draftFields = new Set(["format", "steps", "output"])
const stepFields = new Set(["key", "contract", "input", "after", "when", "each", "undo", "because"])

// Compared in lower case without `-` and `_`, so that no spelling of them gets by.
const forbiddenFields = new Set([
  "principal",
  "principalid",
  "onbehalfof",
  "tenant",
  "tenantid",
  "tier",
  "floor",
  "mode",
  "minimummode",
  "approval",
  "approvals",
  "approved",
  "approvalid",
  "policy",
  "policies",
  "policyset",
  "grant",
  "grants",
  "capability",
  "capabilities",
  "idempotencykey",
  "handler",
  "handleraddress",
  "credential",
  "credentials",
])

function shapeOf(draft: Json): Result<PlanDraft, readonly PlanRejection[]> {
  if (!isObject(draft)) return err([rejection("DRAFT_SHAPE", "", "A draft is an object.")])
  const { format, steps } = draft
  const found = unknownFields(draft, draftFields, "")
  if (typeof format !== "string") found.push(rejection("DRAFT_SHAPE", "/format", "A draft names its format."))
  else if (format !== "counterfoil.draft/1") {
    found.push(
      rejection("FORMAT_UNSUPPORTED", "/format", "The format is not known.", "Use counterfoil.draft/1."),
    )
  }
  if (!isList(steps)) found.push(rejection("DRAFT_SHAPE", "/steps", "The steps are a list."))
  else if (steps.length === 0) found.push(rejection("NO_STEPS", "/steps", "A draft has at least one step."))
  else if (steps.length > stepsPerPlanMax) {
    found.push(rejection("TOO_MANY_STEPS", "/steps", `A draft has at most ${stepsPerPlanMax} steps.`))
  } else for (const [index, step] of steps.entries()) found.push(...stepProblems(step, `/steps/${index}`))
  return isDraft(draft, found) ? ok(draft) : err(inOrder(found))
}

// Every field was looked at: what has no problem has the shape.
const isDraft = (draft: Json, found: readonly PlanRejection[]): draft is PlanDraft => found.length === 0

function stepProblems(step: Json, at: string): readonly PlanRejection[] {
  if (!isObject(step)) return [rejection("DRAFT_SHAPE", at, "A step is an object.")]
  const found = unknownFields(step, stepFields, at)
  const wants = (field: string, fits: (value: Json) => boolean, what: string, required: boolean): void => {
    const value = step[field]
    if (value === undefined ? required : !fits(value)) {
      found.push(rejection("DRAFT_SHAPE", `${at}/${field}`, `${field} is ${what}.`))
    }
  }
  wants("key", isText, "text", true)
  wants("contract", isText, "text", true)
  wants("after", (value) => isList(value) && value.every(isText), "a list of step keys", false)
  wants("undo", (value) => typeof value === "boolean", "true or false", false)
  wants("each", isObject, "an object", false)
  wants(
    "because",
    (value) => isText(value) && value.length <= becauseCharactersMax,
    `text of at most ${becauseCharactersMax} characters`,
    false,
  )
  if (step["each"] !== undefined) found.push(...forbiddenIn(step["each"], `${at}/each`))
  if (step["when"] !== undefined) found.push(...forbiddenIn(step["when"], `${at}/when`))
  return found
}

function unknownFields(object: JsonObject, known: ReadonlySet<string>, at: string): PlanRejection[] {
  return Object.keys(object)
    .filter((field) => !known.has(field))
    .map((field) => {
      const place = at + formatPointer([field])
      return isForbidden(field)
        ? forbidden(place)
        : rejection("DRAFT_SHAPE", place, "This field is not known.")
    })
}

// In a fan-out or a condition no field of these names has a meaning; everything inside a literal is data.
function forbiddenIn(value: Json, at: string): readonly PlanRejection[] {
  if (isList(value)) return value.flatMap((item, index) => forbiddenIn(item, `${at}/${index}`))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([field, member]) => {
    const place = at + formatPointer([field])
    if (isForbidden(field)) return [forbidden(place)]
    return field === "$literal" || field === "default" ? [] : forbiddenIn(member, place)
  })
}

const isForbidden = (field: string): boolean =>
  forbiddenFields.has(field.replaceAll(/[-_]/g, "").toLowerCase())
const forbidden = (at: string): PlanRejection =>
  rejection(
    "DRAFT_FORBIDDEN_FIELD",
    at,
    "A draft cannot say this: who asks, what it may do and who approves is never read from it.",
  )

const isText = (value: Json): value is string => typeof value === "string"
