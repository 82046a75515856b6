// The forms that take the place of a value inside a draft or a plan: `$from`, `$item`, `$index`, `$text`, `$secret`, `$sealed`, `$literal`.
// Owns: distinguishing forms from plain objects, and finding the references of a step. Does not own: their values (resolve.ts)
// or whether a reference is allowed (planner). Everything inside `$literal` or `default` is data, never a form.

import type { Json, JsonObject } from "../json/json.ts"
import { parsePointer } from "../json/json-pointer.ts"
import type { PlanStep } from "./plan.ts"

/** A reference to an earlier step's output; `default` is used when the step was skipped or the place is absent. */
export interface FromForm {
  readonly kind: "from"
  readonly step: string
  readonly at: string
  readonly default?: Json
}

/** The meaning of an object with a key that begins with `$`. */
export type Form =
  | FromForm
  | { readonly kind: "item"; readonly at: string }
  | { readonly kind: "index" }
  | { readonly kind: "text"; readonly parts: readonly Json[] }
  | { readonly kind: "secret"; readonly name: string }
  | { readonly kind: "sealed"; readonly digest: string }
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "malformed"; readonly form: string }

/** The form that an object is, or null for a plain object. An object with a `$` key that fits no form is malformed. */
export function formOf(object: JsonObject): Form | null {
  const keys = Object.keys(object)
  const form = keys.find((key) => key.startsWith("$"))
  if (form === undefined) return null
  const alone = keys.length === 1
  const value = object[form]
  const malformed: Form = { kind: "malformed", form }
  switch (form) {
    case "$from":
      return fromForm(object, keys) ?? malformed
    case "$item":
      return alone && isPointer(value) ? { kind: "item", at: value } : malformed
    case "$index":
      return alone && value === true ? { kind: "index" } : malformed
    case "$text":
      return alone && isList(value) ? { kind: "text", parts: value } : malformed
    case "$secret":
      return alone && typeof value === "string" ? { kind: "secret", name: value } : malformed
    case "$sealed":
      return alone && typeof value === "string" && sealedForm.test(value)
        ? { kind: "sealed", digest: value }
        : malformed
    case "$literal":
      return alone && value !== undefined ? { kind: "literal", value } : malformed
    default:
      return malformed
  }
}

/** Every `$from` of a value, in the order in which they occur; none from inside `$literal` or `default`. */
export function referencesOf(value: Json | undefined): readonly FromForm[] {
  if (value === undefined || value === null || typeof value !== "object") return []
  if (isList(value)) return value.flatMap((item) => referencesOf(item))
  const form = formOf(value)
  if (form === null) return Object.values(value).flatMap((member) => referencesOf(member))
  if (form.kind === "from") return [form]
  return form.kind === "text" ? form.parts.flatMap((part) => referencesOf(part)) : []
}

/**
 * True when a step can run although `key`, which it needs, was skipped: every reference to it has a default.
 * False also for a step that does not refer to `key`, because `needs` then does not name it.
 */
export function toleratesSkip(step: Pick<PlanStep, "input" | "when" | "each">, key: string): boolean {
  const references = [
    ...referencesOf(step.input),
    ...referencesOf(step.when),
    ...referencesOf(step.each?.over),
  ].filter((reference) => reference.step === key)
  return references.length > 0 && references.every((reference) => reference.default !== undefined)
}

/**
 * A JSON value as it must be written where forms are read: every outermost object with a `$` key wrapped in `$literal`.
 * So a value from outside can never turn into a reference.
 */
export function asLiteral(value: Json): Json {
  if (value === null || typeof value !== "object") return value
  if (isList(value)) return value.map(asLiteral)
  if (Object.keys(value).some((key) => key.startsWith("$"))) return { $literal: value }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asLiteral(member)]))
}

/** Narrows a JSON value to a list, which `Array.isArray` does not do for readonly ones. */
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

const sealedForm = /^sha256:[0-9a-f]{64}$/
const fromKeys = new Set(["$from", "at", "default"])

function fromForm(object: JsonObject, keys: readonly string[]): FromForm | null {
  const { $from: step, at, default: fallback } = object
  if (typeof step !== "string" || !isPointer(at) || !keys.every((key) => fromKeys.has(key))) return null
  return { kind: "from", step, at, ...(fallback === undefined ? {} : { default: fallback }) }
}

// The index `-` names the place after the last element (RFC 6901 §4), where there is never a value.
function isPointer(value: Json | undefined): value is string {
  if (typeof value !== "string") return false
  const segments = parsePointer(value)
  return segments.ok && !segments.value.includes("-")
}
