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

/** A time moved by milliseconds, as traces write times. */
export const addMs = (time: string, ms: number): string => new Date(Date.parse(time) + ms).toISOString()

/** The semantic digest of a contract's document: all of it but what only people read. */
export function contractDigestOf(document: JsonObject): string {
  const fields = Object.entries(document).filter(([field]) => field !== "meta" && field !== "examples")
  const semantic = fields.map(([field, value]): readonly [string, Json] => [
    field,
    schemaFields.has(field) ? withoutWords(value) : value,
  ])
  return digestOf("counterfoil.contract.v1", Object.fromEntries(semantic))
}

/** The name with its major version that a contract's document has. */
export const refOf = (document: JsonObject): string =>
  `${textAt(document, "name")}@${textAt(document, "version").split(".")[0] ?? ""}`

const schemaFields = new Set(["input", "output", "payload"])

/**
 * A schema without what only people read. The name of a property is not a keyword, and a literal (`const`, `enum`, `default`,
 * `examples`) is not a schema.
 */
function withoutWords(schema: Json): Json {
  if (isList(schema)) return schema.map(withoutWords)
  if (!isObject(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).flatMap(([keyword, value]): (readonly [string, Json])[] => {
      switch (keyword) {
        case "title":
        case "description":
        case "$comment":
        case "deprecated":
          return []
        case "items":
        case "prefixItems":
        case "additionalProperties":
        case "propertyNames":
        case "not":
        case "anyOf":
        case "oneOf":
        case "allOf":
          return [[keyword, withoutWords(value)]]
        case "properties":
        case "$defs":
          return [[keyword, isObject(value) ? ofEach(value) : value]]
        default:
          return [[keyword, value]]
      }
    }),
  )
}

const ofEach = (named: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, withoutWords(schema)]))
