// The form of a value, as small functions that can be put together. A field that is not named is refused.
// Does not own: which forms there are (line-forms.ts).

import { charactersIn, isList, isObject, memberOf, type Json } from "./json.ts"

/** Null for a value of this form, else the JSON Pointer of the first place that is not. */
export type Form = (value: Json, at: string) => string | null

/** Any value. */
export const anything: Form = () => null

/** A text of `min` to `max` characters that an expression matches. Its expressions are those of this folder, never the file's. */
export const text =
  (expression: RegExp, max = Number.MAX_SAFE_INTEGER, min = 0): Form =>
  (value, at) =>
    typeof value === "string" && isOfLength(value, min, max) && expression.test(value) ? null : at

function isOfLength(value: string, min: number, max: number): boolean {
  const length = charactersIn(value)
  return length >= min && length <= max
}

/** One of some texts or numbers. */
export const oneOf =
  (...values: readonly (string | number)[]): Form =>
  (value, at) =>
    (typeof value === "string" || typeof value === "number") && values.includes(value) ? null : at

/** A whole number from `min` to 2^53-1. */
export const whole =
  (min: number): Form =>
  (value, at) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= min ? null : at

/** Null, or a value of this form. */
export const nullOr =
  (form: Form): Form =>
  (value, at) =>
    value === null ? null : form(value, at)

/** A list of `min` to `max` values of one form. */
export const listOf =
  (form: Form, max = Number.MAX_SAFE_INTEGER, min = 0): Form =>
  (value, at) => {
    if (!isList(value) || value.length < min || value.length > max) return at
    for (const [i, item] of value.entries()) {
      const misfit = form(item, `${at}/${i}`)
      if (misfit !== null) return misfit
    }
    return null
  }

/** An object with all of `required`, any of `optional`, and nothing else. */
export const fields =
  (required: { readonly [name: string]: Form }, optional: { readonly [name: string]: Form } = {}): Form =>
  (value, at) => {
    if (!isObject(value)) return at
    const missing = Object.keys(required).find((name) => !Object.hasOwn(value, name))
    if (missing !== undefined) return `${at}/${missing}`
    for (const name of Object.keys(value)) {
      const form = formOf(required, name) ?? formOf(optional, name)
      const misfit = form === null ? `${at}/${name}` : form(memberOf(value, name), `${at}/${name}`)
      if (misfit !== null) return misfit
    }
    return null
  }

// A name such as `toString` is not a field because every object inherits one.
const formOf = (forms: { readonly [name: string]: Form }, name: string): Form | null =>
  Object.hasOwn(forms, name) ? (forms[name] ?? null) : null
