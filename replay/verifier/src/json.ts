// JSON as bundles write it: one spelling (RFC 8785), within bounds, without what two parsers could read differently.
// Owns: reading and spelling values. Everything that is read here came from outside and is *untrusted*.

import { Fault } from "./fault.ts"

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** A JSON object; a member of another name is not there. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** Bounds of one value, so that no file exhausts its reader. */
const depthMax = 64
const keysMax = 10_000
const itemsMax = 10_000
/** Code that copies objects member by member can be steered through these into a prototype. */
const reservedKeys = new Set(["__proto__", "constructor", "prototype"])

/**
 * The value of bytes that are its one spelling, or null. A duplicate key, a space, another order of keys or another form of a
 * number does not survive being spelled again, so no other reading is left.
 */
export function parseCanonical(bytes: Uint8Array): Json | null {
  let value: Json
  let text: string
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(text) as Json
  } catch {
    return null // not UTF-8, or not JSON
  }
  return isBounded(value, 0) && jcs(value) === text ? value : null
}

function isBounded(value: Json, depth: number): boolean {
  if (typeof value === "string") return value.isWellFormed()
  // Beyond 2^53-1 a whole number has several spellings that parsers read as one.
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value)
  if (typeof value !== "object" || value === null) return true
  if (depth >= depthMax) return false
  if (isList(value)) return value.length <= itemsMax && value.every((item) => isBounded(item, depth + 1))
  const members = Object.entries(value)
  return (
    members.length <= keysMax &&
    members.every(
      ([key, member]) => key.isWellFormed() && !reservedKeys.has(key) && isBounded(member, depth + 1),
    )
  )
}

/** The characters of a text, as JSON Schema counts them: what was read is well-formed, so that each pair of surrogates is one. */
export function charactersIn(text: string): number {
  let pairs = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit >= 0xd800 && unit <= 0xdbff) pairs += 1
  }
  return text.length - pairs
}

/** RFC 8785: keys sorted by UTF-16 code units, numbers and strings as ECMAScript writes them. */
export function jcs(value: Json): string {
  // What was read from canonical text has its keys in order, and Node spells the rest as the RFC does.
  if (isInOrder(value)) return JSON.stringify(value)
  if (isList(value)) return `[${value.map(jcs).join(",")}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${jcs(memberOf(value, key))}`)
  return `{${members.join(",")}}`
}

function isInOrder(value: Json): boolean {
  if (typeof value !== "object" || value === null) return true
  if (isList(value)) return value.every(isInOrder)
  let before: string | null = null
  for (const key of Object.keys(value)) {
    if ((before !== null && key <= before) || !isInOrder(memberOf(value, key))) return false
    before = key
  }
  return true
}

/** True for a list. */
export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

/** True for an object, which a list is not. */
export function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** An object's own member, or null; never one of its prototype. */
export const memberOf = (object: JsonObject, key: string): Json =>
  Object.hasOwn(object, key) ? (object[key] ?? null) : null

/** A member that has to be an object. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = memberOf(object, key)
  if (!isObject(value)) throw new Fault(`${key} is not an object`)
  return value
}

/** A member that has to be a list. */
export function listAt(object: JsonObject, key: string): readonly Json[] {
  const value = memberOf(object, key)
  if (!isList(value)) throw new Fault(`${key} is not a list`)
  return value
}

/** A member that has to be a text. */
export function textAt(object: JsonObject, key: string): string {
  const value = memberOf(object, key)
  if (typeof value !== "string") throw new Fault(`${key} is not a text`)
  return value
}

/** A member that has to be a number. */
export function numberAt(object: JsonObject, key: string): number {
  const value = memberOf(object, key)
  if (typeof value !== "number") throw new Fault(`${key} is not a number`)
  return value
}

/** The objects of a list; anything else in it is a fault. */
export function objectsAt(object: JsonObject, key: string): readonly JsonObject[] {
  const list = listAt(object, key)
  const objects = list.filter(isObject)
  if (objects.length !== list.length) throw new Fault(`${key} holds something that is not an object`)
  return objects
}

/** The texts of a list; anything else in it is a fault. */
export function textsAt(object: JsonObject, key: string): readonly string[] {
  const list = listAt(object, key)
  const texts = list.filter((item) => typeof item === "string")
  if (texts.length !== list.length) throw new Fault(`${key} holds something that is not a text`)
  return texts
}
