// The digests and derived names that a trace is made of. Each tag is used for one kind of value only.
// Does not own: what is hashed, and what it is compared with (the checks).

import { hash } from "node:crypto"
import { isList, isObject, jcs, memberOf, numberAt, textAt, type Json, type JsonObject } from "./json.ts"

/** SHA-256 of bytes, as digests are written. */
export const sha256 = (bytes: Uint8Array): string => `sha256:${hash("sha256", bytes, "hex")}`

/** The 32 bytes of a digest. */
export const raw = (digest: string): Buffer => Buffer.from(digest.slice("sha256:".length), "hex")

/** SHA-256 over the tag, a zero byte, and each part behind its length in 4 bytes, big-endian. */
export function h(tag: string, ...parts: readonly (string | Uint8Array)[]): string {
  const pieces: Uint8Array[] = [Buffer.from(`${tag}\0`)]
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part
    pieces.push(u32(bytes.length), bytes)
  }
  return sha256(Buffer.concat(pieces))
}

/** The digest of a value's one spelling. */
export const digestOf = (tag: string, value: Json): string => h(tag, jcs(value))

/** A whole number as 4 bytes, big-endian. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A whole number as 8 bytes, big-endian. */
export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** The key under which an effect happens at most once: 64 hex digits over whose step it is, its contract and its exact input. */
export function idempotencyKey(
  owner: JsonObject,
  call: JsonObject,
  contractDigest: string,
  inputDigest: string,
): string {
  return h(
    "counterfoil.idem.v1",
    textAt(owner, "environment"),
    textAt(owner, "tenant"),
    textAt(owner, "executionId"),
    textAt(call, "stepId"),
    u32(numberAt(call, "generation")),
    raw(contractDigest),
    raw(inputDigest),
  ).slice("sha256:".length)
}

/** The id of the plan with this digest. */
export const planIdOf = (planDigest: string): string => `pln_${id26(raw(planDigest))}`

/** The id of a step of a plan: `step` is any payload about it. */
export function stepIdOf(planDigest: string, step: JsonObject): string {
  const index = memberOf(step, "index")
  const at = typeof index === "number" ? u32(index) : ""
  const digest = h("counterfoil.step.v1", raw(planDigest), textAt(step, "key"), at, textAt(step, "role"))
  return `stp_${id26(raw(digest))}`
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

/** The first 16 bytes as 26 characters of Crockford's base 32, the highest first. */
function id26(bytes: Uint8Array): string {
  let value = bytes.subarray(0, 16).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  let text = ""
  for (let at = 0; at < 26; at++) {
    text = alphabet.charAt(Number(value % 32n)) + text
    value /= 32n
  }
  return text
}

/** Milliseconds of a duration such as `P1DT2H30M5S`. */
export function durationMs(duration: string): number {
  const [, days, hours, minutes, seconds] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration) ?? []
  const [d = 0, hr = 0, m = 0, s = 0] = [days, hours, minutes, seconds].map((part) => Number(part ?? 0))
  return (((d * 24 + hr) * 60 + m) * 60 + s) * 1000
}

/** A time moved by milliseconds, as traces write times: to the last one at most, for there is none beyond. */
export const addMs = (time: string, ms: number): string =>
  new Date(Math.min(Date.parse(time) + ms, lastTimeMs)).toISOString()
const lastTimeMs = Date.parse("9999-12-31T23:59:59.999Z")

/** The two semantic digests of a contract's document: what it means, and the one by which traces of earlier releases name it. */
export function contractDigestsOf(document: JsonObject): {
  readonly digest: string
  readonly former: string
} {
  const fields = Object.entries(document).filter(([field]) => field !== "meta" && field !== "examples")
  const former = fields.map(([field, value]): readonly [string, Json] => [
    field,
    schemaFields.has(field) ? withoutWords(value, false) : value,
  ])
  const meaning = fields.map(([field, value]): readonly [string, Json] => [field, meantBy(field, value)])
  const version = textAt(document, "version").split(".")[0] ?? ""
  return {
    digest: digestOf("counterfoil.contract.v2", { ...Object.fromEntries(meaning), version }),
    former: digestOf("counterfoil.contract.v1", Object.fromEntries(former)),
  }
}

/** A field of a contract in one spelling: no sentence of a check, lists whose order says nothing sorted, durations in milliseconds. */
function meantBy(field: string, value: Json): Json {
  if (schemaFields.has(field)) return withoutWords(value, true)
  if (field === "checks" && isList(value)) return sorted(value.map((check) => without(check, "says")))
  if (field === "errors" || field === "emits") return sorted(value)
  if (field === "auth") return ofMember(value, "kinds", sorted)
  if (field === "deadline" || field === "window") return lasting(value)
  if (field === "limits") return ofMember(value, "deadline", lasting)
  return field === "probe" ? ofMember(value, "settle", lasting) : value
}

const without = (value: Json, name: string): Json =>
  isObject(value) ? Object.fromEntries(Object.entries(value).filter(([member]) => member !== name)) : value

const ofMember = (value: Json, name: string, change: (member: Json) => Json): Json =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([member, held]) => [member, member === name ? change(held) : held]),
      )
    : value

/** A list in the order of its members' canonical texts; anything else as it is. */
const sorted = (value: Json): Json =>
  isList(value)
    ? value
        .map((one) => ({ one, text: jcs(one) }))
        .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
        .map(({ one }) => one)
    : value

const lasting = (value: Json): Json =>
  typeof value === "string" && /^P(?=.)(\d{1,4}D)?(T(?=\d)(\d{1,4}H)?(\d{1,5}M)?(\d{1,6}S)?)?$/.test(value)
    ? durationMs(value)
    : value

/** The name with its major version that a contract's document has. */
export const refOf = (document: JsonObject): string =>
  `${textAt(document, "name")}@${textAt(document, "version").split(".")[0] ?? ""}`

const schemaFields = new Set(["input", "output", "payload"])

/**
 * A schema without what only people read, its sets in order or as they are written. The name of a property is not a keyword, and a
 * literal (`const`, `enum`, `default`) is not a schema.
 */
function withoutWords(schema: Json, inOrder: boolean): Json {
  if (isList(schema)) return schema.map((one) => withoutWords(one, inOrder))
  if (!isObject(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).flatMap(([keyword, value]): (readonly [string, Json])[] => {
      switch (keyword) {
        case "title":
        case "description":
        case "$comment":
        case "deprecated":
          return []
        case "examples":
          return inOrder ? [] : [[keyword, value]]
        case "required":
        case "enum":
        case "type":
          return [[keyword, inOrder ? sorted(value) : value]]
        case "items":
        case "prefixItems":
        case "additionalProperties":
        case "propertyNames":
        case "not":
        case "anyOf":
        case "oneOf":
        case "allOf":
          return [[keyword, withoutWords(value, inOrder)]]
        case "properties":
        case "$defs":
          return [[keyword, isObject(value) ? ofEach(value, inOrder) : value]]
        default:
          return [[keyword, value]]
      }
    }),
  )
}

const ofEach = (named: JsonObject, inOrder: boolean): JsonObject =>
  Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, withoutWords(schema, inOrder)]))
