// Verifies a bundle with nothing but Node: no server, no network, no package, no trust in the program that wrote it.
// Owns: checks 1 to 10 (trace-and-replay.md section 8) in a second implementation that shares no code with the first.
// Does not own: re-derivation (check 11), which needs planner and policy. A check that was not made is never a pass.
// Shows INV-07 (gap-free, chained), INV-02 (a start names a valid approval), INV-06 (who may not approve did not count).

import { createPublicKey, hash, verify } from "node:crypto"

type Json = null | boolean | number | string | readonly Json[] | JsonObject
type JsonObject = { readonly [key: string]: Json }

/** The checks by number; the name is what a failure is reported as. */
export const checkNames = {
  1: "FORMAT",
  2: "BLOB",
  3: "SEQUENCE",
  4: "CHAIN",
  5: "PAYLOAD",
  6: "LOG",
  7: "COVERAGE",
  8: "APPROVAL",
  9: "CONSUMPTION",
  10: "SKILL",
} as const
export type CheckNumber = keyof typeof checkNames

/** One check. `seq` and `at` (a JSON Pointer) say where it failed; `recorded` and `computed` what stood there. */
export interface CheckAnswer {
  readonly check: CheckNumber
  readonly name: (typeof checkNames)[CheckNumber]
  readonly status: "passed" | "failed" | "notChecked"
  readonly because: string
  readonly seq: number | null
  readonly at: string | null
  readonly recorded: string | null
  readonly computed: string | null
}

/** One review. `unsigned` ones can be forged by a server, a `verified` one cannot. */
export interface ReviewProof {
  readonly seq: number
  readonly human: string
  readonly method: string
  readonly assurance: string
  readonly signature: "verified" | "notChecked" | "unsigned"
}

/**
 * The whole answer. `verified`: nothing failed; what a file without payloads cannot show stands under `notChecked`.
 * `couldNotCheck`: nothing failed, but signatures are there and no trusted keys were given, or a contract of the bundle has a
 * pattern that cannot be tested within bounds.
 */
export interface Verification {
  readonly format: "counterfoil.verification/1"
  readonly executionId: string | null
  readonly result: "verified" | "couldNotCheck" | "doesNotVerify"
  readonly completeness: "full" | "proofOnly" | null
  readonly entries: number
  readonly payloads: { readonly present: number; readonly omitted: number; readonly erased: number }
  readonly head: { readonly seq: number; readonly hash: string } | null
  readonly checks: readonly CheckAnswer[]
  readonly reviews: readonly ReviewProof[]
}

/** A reviewer's key that the verifier trusts: SPKI in base64, who holds it, and when it counts. From the verifier's side, never the bundle's. */
export interface TrustedKey {
  readonly keyId: string
  readonly human: string
  readonly spki: string
  readonly enrolledAt: string
  readonly revokedAt: string | null
}

/** Verifies the bytes of a bundle. `keys` null: none were given, and signatures are not checked. `head`: one kept elsewhere. */
export function verifyBundle(
  bytes: Uint8Array,
  keys: readonly TrustedKey[] | null,
  head: { readonly seq: number; readonly hash: string } | null = null,
): Verification {
  const made: CheckAnswer[] = []
  let seen: Seen = { lines: [], header: null, entries: [], documents: new Map(), reviews: [] }
  const run = (check: CheckNumber, make: () => string | Skipped): void => {
    const before = made.find(({ status }) => status === "failed")
    if (before !== undefined)
      return void made.push(answer(check, "notChecked", `check ${before.check} failed`))
    try {
      const done = make()
      made.push(
        typeof done === "string" ? answer(check, "passed", done) : answer(check, "notChecked", done.because),
      )
    } catch (fault) {
      // A file can hold what Node's own parsers throw at: a key that is none, a pattern that is none. That is a no, not our end.
      if (fault instanceof Undecided) made.push(answer(check, "notChecked", fault.message))
      else if (!(fault instanceof Fault)) made.push(answer(check, "failed", "something in it cannot be read"))
      else
        made.push({
          ...answer(check, "failed", fault.message),
          seq: fault.seq,
          at: fault.at,
          recorded: fault.recorded,
          computed: fault.computed,
        })
    }
  }
  run(1, () => {
    seen = readLines(bytes)
    return `${seen.lines.length} lines`
  })
  run(2, () => checkBlobs(seen))
  run(3, () => checkSequence(seen))
  run(4, () => checkChain(seen, head))
  run(5, () => checkPayloads(seen, bytes.length))
  const undecided = made.some(({ because }) => because === patternUndecided)
  run(6, () => skipped("the bundle carries no checkpoint"))
  run(7, () => skipped("without a checkpoint no entry is witnessed"))
  run(8, () => checkReviews(seen, keys))
  run(9, () => checkConsumption(seen))
  run(10, () => skipped("no step names a skill"))
  const failed = made.some(({ status }) => status === "failed")
  const open =
    seen.reviews.some(({ signature }) => signature === "notChecked") ||
    (keys === null && seen.lines.some((line) => line["type"] === "envelope"))
  const state = (name: string): number =>
    seen.entries.filter((entry) => entry["payloadState"] === name).length
  return {
    format: "counterfoil.verification/1",
    executionId: seen.header === null ? null : textAt(seen.header, "executionId"),
    result: failed ? "doesNotVerify" : open || undecided ? "couldNotCheck" : "verified",
    completeness:
      seen.header === null
        ? null
        : textAt(objectAt(seen.header, "completeness"), "kind") === "full"
          ? "full"
          : "proofOnly",
    entries: seen.entries.length,
    payloads: { present: state("present"), omitted: state("omitted"), erased: state("erased") },
    head:
      seen.header === null
        ? null
        : {
            seq: numberAt(objectAt(seen.header, "head"), "seq"),
            hash: textAt(objectAt(seen.header, "head"), "hash"),
          },
    checks: made,
    reviews: seen.reviews,
  }
}

interface Seen {
  readonly lines: readonly JsonObject[]
  readonly header: JsonObject | null
  readonly entries: readonly JsonObject[]
  /** Contract documents by the digest of their meaning. */
  readonly documents: Map<string, JsonObject>
  readonly reviews: ReviewProof[]
}

interface Skipped {
  readonly because: string
}
const skipped = (because: string): Skipped => ({ because })

/** Something that does not verify. Thrown and caught in this file alone. */
class Fault extends Error {
  override readonly name = "Fault"
  readonly seq: number | null
  readonly at: string | null
  readonly recorded: string | null
  readonly computed: string | null
  constructor(
    because: string,
    place: {
      readonly seq?: number
      readonly at?: string
      readonly recorded?: string | number
      readonly computed?: string | number
    } = {},
  ) {
    super(because)
    this.seq = place.seq ?? null
    this.at = place.at ?? null
    this.recorded = place.recorded === undefined ? null : String(place.recorded)
    this.computed = place.computed === undefined ? null : String(place.computed)
  }
}

const answer = (check: CheckNumber, status: CheckAnswer["status"], because: string): CheckAnswer => ({
  check,
  name: checkNames[check],
  status,
  because,
  seq: null,
  at: null,
  recorded: null,
  computed: null,
})

// ── 1. lines ──

const order = ["header", "entry", "blob", "envelope", "key", "engine", "trailer"]
const fileBytesMax = 256 * 1024 * 1024
const lineBytesMax = 8 * 1024 * 1024

function readLines(bytes: Uint8Array): Seen {
  if (bytes.length > fileBytesMax) throw new Fault("the file is larger than 256 MiB")
  if (bytes.at(-1) !== 0x0a) throw new Fault("the last line does not end")
  const lines: JsonObject[] = []
  let last = 0
  for (let start = 0; start < bytes.length;) {
    last = start
    const end = bytes.indexOf(0x0a, start)
    lines.push(readLine(bytes.subarray(start, end), lines.length + 1))
    start = end + 1
  }
  const types = lines.map((line) => (typeof line["type"] === "string" ? order.indexOf(line["type"]) : -1))
  const [header, trailer] = [lines[0], lines.at(-1)]
  types.forEach((type, i) => {
    const line = i + 1
    if (type < 0) throw new Fault(`line ${line} is of a type that nobody knows`)
    if (type < (types[i - 1] ?? 0)) throw new Fault(`line ${line} stands behind one of a later type`)
  })
  if (header?.["type"] !== "header" || types.filter((type) => type === 0).length !== 1)
    throw new Fault("line 1 is not the one header")
  if (trailer?.["type"] !== "trailer" || types.filter((type) => type === 6).length !== 1)
    throw new Fault("the last line is not the one trailer")
  if (header["format"] !== "counterfoil.bundle/1") throw new Fault("the format is another one")
  if (trailer["lines"] !== lines.length)
    throw new Fault("the trailer counts other lines", {
      recorded: numberAt(trailer, "lines"),
      computed: lines.length,
    })
  const computed = sha(Buffer.concat([Buffer.from("counterfoil.bundle.v1\0"), bytes.subarray(0, last)]))
  if (trailer["digest"] !== computed)
    throw new Fault("the trailer names another digest", { recorded: textAt(trailer, "digest"), computed })
  const entries = lines.filter((line) => line["type"] === "entry")
  lines.forEach((line, i) => checkFields(fieldsOf[textAt(line, "type")] ?? {}, line, `line ${i + 1}`))
  for (const entry of entries) checkState(header, entry)
  return { lines, header, entries, documents: new Map(), reviews: [] }
}

function readLine(bytes: Uint8Array, number: number): JsonObject {
  if (bytes.length > lineBytesMax) throw new Fault(`line ${number} is longer than 8 MiB`)
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    const value = JSON.parse(text) as Json
    // A duplicate key, a space, another spelling of a number: none of them survives being written again.
    if (isObject(value) && jcs(value) === text) return value
  } catch {
    throw new Fault(`line ${number} is not JSON`)
  }
  throw new Fault(`line ${number} is not a canonical object`)
}

type Form = RegExp | "whole" | "any" | { readonly [field: string]: Form }
const id = /^[a-z]{3}_[0-9a-z]{26}$/
const slug = /^[a-z][a-z0-9-]{1,30}$/
// A day of the calendar, in years 1 to 9999, and a time of day without a leap second: what is spelled like one and is none
// never came from a clock. Wherever a schema of a contract has the spelling alone, it means this.
const timeSpelling = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`
/** A step for each character that it can have. */
const timeStepsMax = 24
const leapYear = String.raw`\d\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00`
const anyYear = String.raw`000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3}`
const monthDay = String.raw`(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8])`
const time = new RegExp(
  String.raw`^(?:(?:${leapYear})-02-29|(?:${anyYear})-(?:${monthDay}))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$`,
)
const digest = /^sha256:[0-9a-f]{64}$/
const base64 = /^[A-Za-z0-9+/]*={0,2}$/
const words120 = /^[^\u0000-\u001f\u007f-\u009f]{1,120}$/

/** The fields of each type of line; a field that ends in `?` may be absent, and no other field may be there. */
const fieldsOf: { readonly [type: string]: { readonly [field: string]: Form } } = {
  header: {
    type: /^header$/,
    format: /^counterfoil\.bundle\/1$/,
    bundleId: id,
    environment: slug,
    tenant: slug,
    executionId: id,
    head: { seq: "whole", hash: digest },
    createdAt: time,
    createdBy: words120,
    include: { payloads: /^(all|none)$/ },
    completeness: { kind: /^(full|proofOnly)$/, reasons: "any" },
  },
  entry: {
    type: /^entry$/,
    head: "any",
    hash: digest,
    payloadState: /^(present|omitted|erased)$/,
    payload: "any",
  },
  blob: { type: /^blob$/, digest, mediaType: words120, "text?": "any", "base64?": base64 },
  envelope: { type: /^envelope$/, seq: "whole", approvalId: id, reviewId: id, envelope: "any" },
  key: {
    type: /^key$/,
    keyId: /^[0-9a-f]{64}$/,
    human: id,
    spki: base64,
    enrolledAt: time,
    revokedAt: "any",
  },
  engine: { type: /^engine$/, name: /^cedar-wasm$/, version: words120, digest },
  trailer: { type: /^trailer$/, lines: "whole", digest },
}

function checkFields(fields: { readonly [field: string]: Form }, object: JsonObject, where: string): void {
  const stranger = Object.keys(object).find((key) => !(key in fields) && !(`${key}?` in fields))
  if (stranger !== undefined)
    throw new Fault(`${where} has a field that nobody knows`, { at: `/${stranger}` })
  for (const [field, form] of Object.entries(fields)) {
    const name = field.replace("?", "")
    const value = object[name]
    if (value === undefined && name !== field) continue
    if (value === undefined || !hasForm(form, value))
      throw new Fault(`${where} lacks a field, or has it in another form`, { at: `/${name}` })
    if (isObject(value) && typeof form === "object" && !(form instanceof RegExp))
      checkFields(form, value, where)
  }
}

function hasForm(form: Form, value: Json): boolean {
  if (form === "any") return true
  if (form === "whole") return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
  return form instanceof RegExp ? typeof value === "string" && form.test(value) : isObject(value)
}

function checkState(header: JsonObject, entry: JsonObject): void {
  const state = entry["payloadState"]
  const include = objectAt(header, "include")["payloads"]
  const fits =
    state === "present"
      ? entry["payload"] !== null && include === "all"
      : entry["payload"] === null && (state === "erased" || (state === "omitted" && include === "none"))
  const { kind, reasons } = objectAt(header, "completeness")
  const announced =
    Array.isArray(reasons) &&
    (state !== "erased" || reasons.includes("payloadsErased")) &&
    (kind === "full") === (reasons.length === 0)
  if (!fits || !announced)
    throw new Fault("the state of a payload contradicts the payload or the header", { at: "/payloadState" })
}

// ── 2. blobs ──

function checkBlobs(seen: Seen): string | Skipped {
  const blobs = seen.lines.filter((line) => line["type"] === "blob")
  for (const blob of blobs) {
    const bytes =
      typeof blob["text"] === "string"
        ? Buffer.from(blob["text"])
        : Buffer.from(textAt(blob, "base64"), "base64")
    if (sha(bytes) !== blob["digest"])
      throw new Fault("a blob is not the one that its digest names", {
        recorded: textAt(blob, "digest"),
        computed: sha(bytes),
      })
    if (blob["mediaType"] === "application/vnd.counterfoil.contract+json") addDocument(seen.documents, bytes)
  }
  if (seen.entries.some((entry) => entry["payloadState"] === "omitted"))
    return skipped("payloads and texts were left out")
  for (const entry of seen.entries) {
    const head = objectAt(entry, "head")
    const named = [textAt(head, "kindDigest"), ...pinsOf(entry)]
    const missing = named.find((digest) => !seen.documents.has(digest))
    if (missing !== undefined)
      throw new Fault("a contract that the entry names is not in the bundle", {
        seq: numberAt(head, "seq"),
        recorded: missing,
      })
  }
  return `${blobs.length} texts, every contract that an entry names among them`
}

function addDocument(documents: Map<string, JsonObject>, bytes: Buffer): void {
  const document = JSON.parse(bytes.toString()) as Json
  if (!isObject(document) || jcs(document) !== bytes.toString())
    throw new Fault("a contract's document is not canonical")
  const { meta: _meta, examples: _examples, ...semantic } = document
  documents.set(h("counterfoil.contract.v1", jcs(withoutWords(semantic, false))), document)
}

const words = new Set(["title", "description", "examples", "$comment", "deprecated"])

/** A contract without what only people read; a property that happens to be called `title` stays. */
function withoutWords(value: Json, named: boolean): Json {
  if (Array.isArray(value)) return value.map((item: Json) => withoutWords(item, false))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => named || !(words.has(key) && (typeof inner !== "object" || inner === null)))
      .map(([key, inner]) => [key, withoutWords(inner, key === "properties" || key === "$defs")]),
  )
}

function pinsOf(entry: JsonObject): readonly string[] {
  const payload = entry["payload"] ?? null
  if (!isObject(payload)) return []
  const contracts = payload["contracts"]
  const pins = [
    payload["contract"] ?? null,
    ...(Array.isArray(contracts) ? (contracts as readonly Json[]) : []),
  ]
  return pins.flatMap((pin) => (isObject(pin) && typeof pin["digest"] === "string" ? [pin["digest"]] : []))
}

// ── 3 and 4. sequence and chain ──

function checkSequence({ header, entries }: Seen): string {
  let time = ""
  let fence = 0
  entries.forEach((entry, i) => {
    const head = objectAt(entry, "head")
    const seq = i + 1
    if (head["seq"] !== seq)
      throw new Fault("entries are not numbered from 1 without a gap", {
        seq,
        at: "/head/seq",
        recorded: numberAt(head, "seq"),
        computed: seq,
      })
    for (const field of ["environment", "tenant", "executionId"]) {
      const owner = textAt(header ?? {}, field)
      if (head[field] !== owner)
        throw new Fault(`another ${field} than the bundle's`, {
          seq,
          at: `/head/${field}`,
          recorded: textAt(head, field),
          computed: owner,
        })
    }
    if (textAt(head, "time") < time)
      throw new Fault("time goes back", {
        seq,
        at: "/head/time",
        recorded: textAt(head, "time"),
        computed: time,
      })
    if (numberAt(head, "fence") < fence)
      throw new Fault("the fence goes back", {
        seq,
        at: "/head/fence",
        recorded: numberAt(head, "fence"),
        computed: fence,
      })
    time = textAt(head, "time")
    fence = numberAt(head, "fence")
  })
  if (entries.length === 0) throw new Fault("there is no entry")
  return `${entries.length} entries, 1 to ${entries.length}`
}

function checkChain(
  { header, entries }: Seen,
  kept: { readonly seq: number; readonly hash: string } | null,
): string {
  const owner = header ?? {}
  const executionId = textAt(owner, "executionId")
  let before = h("counterfoil.genesis.v1", textAt(owner, "environment"), textAt(owner, "tenant"), executionId)
  entries.forEach((entry, i) => {
    const seq = i + 1
    const head = objectAt(entry, "head")
    if (entry["payloadState"] === "present") {
      const computed = h("counterfoil.payload.v1", textAt(head, "kind"), jcs(entry["payload"] ?? null))
      if (head["payloadDigest"] !== computed)
        throw new Fault("the payload is not the one recorded", {
          seq,
          at: "/head/payloadDigest",
          recorded: textAt(head, "payloadDigest"),
          computed,
        })
    }
    const computed = h(
      "counterfoil.chain.v1",
      executionId,
      u64(seq),
      raw(before),
      raw(h("counterfoil.entry.v1", jcs(head))),
    )
    if (entry["hash"] !== computed)
      throw new Fault("the chain is broken", { seq, at: "/hash", recorded: textAt(entry, "hash"), computed })
    if (kept?.seq === seq && kept.hash !== computed)
      throw new Fault("another history than the head that was kept", {
        seq,
        at: "/hash",
        recorded: computed,
        computed: kept.hash,
      })
    before = computed
  })
  const head = objectAt(owner, "head")
  if (head["seq"] !== entries.length || head["hash"] !== before)
    throw new Fault("the trace ends elsewhere than the header says", {
      seq: entries.length,
      at: "/hash",
      recorded: textAt(head, "hash"),
      computed: before,
    })
  if (kept !== null && kept.seq > entries.length)
    throw new Fault("the trace ends before the head that was kept", {
      seq: entries.length,
      recorded: entries.length,
      computed: kept.seq,
    })
  return kept === null
    ? "every payload, head and link"
    : "every payload, head and link, and the head that was kept"
}

// ── 5. payloads ──

function checkPayloads({ entries, documents }: Seen, bundleBytes: number): string | Skipped {
  const present = entries.filter((entry) => entry["payloadState"] === "present")
  const budget: Budget = { left: stepsMin + stepsPerByte * bundleBytes }
  for (const entry of present) {
    const head = objectAt(entry, "head")
    const seq = numberAt(head, "seq")
    const document = documents.get(textAt(head, "kindDigest"))
    const ref =
      document === undefined
        ? ""
        : `${textAt(document, "name")}@${textAt(document, "version").split(".")[0] ?? ""}`
    if (document === undefined || ref !== head["kind"])
      throw new Fault("the kind is not the contract that its digest names", {
        seq,
        at: "/head/kind",
        recorded: textAt(head, "kind"),
        computed: ref,
      })
    const schema = objectAt(document, "payload")
    const at = misfit(schema, entry["payload"] ?? null, "/payload", { schema, budget })
    if (at !== null) throw new Fault("the payload does not fit its event contract", { seq, at })
  }
  const gone = entries.length - present.length
  if (present.length === 0) return skipped("payloads are not here")
  return `${present.length} payloads fit their event contracts${gone === 0 ? "" : `, ${gone} erased`}`
}

/** Where a value does not fit a JSON Schema (the part of 2020-12 that contracts use), or null. */
function misfit(schema: Json, value: Json, at: string, root: Root): string | null {
  spend(root.budget, 1)
  if (typeof schema === "boolean") return schema ? null : at
  if (!isObject(schema)) return at
  const ref = schema["$ref"]
  if (typeof ref === "string")
    return misfit(
      ref
        .split("/")
        .slice(1)
        .reduce<Json>((place, key) => (isObject(place) ? (place[key] ?? false) : false), root.schema),
      value,
      at,
      root,
    )
  for (const [keyword, said] of Object.entries(schema)) {
    const bad = misfitOf(keyword, said, value, { at, root, schema })
    if (bad !== null) return bad
  }
  return null
}

/** The document that a schema belongs to, and the steps that all payloads of the bundle may still take. */
interface Root {
  readonly schema: JsonObject
  readonly budget: Budget
}

interface Fitting {
  readonly at: string
  readonly root: Root
  readonly schema: JsonObject
}

function misfitOf(keyword: string, said: Json, value: Json, { at, root, schema }: Fitting): string | null {
  const fits = (one: Json): boolean => misfit(one, value, at, root) === null
  const list = Array.isArray(said) ? (said as readonly Json[]) : []
  switch (keyword) {
    case "type":
      return (Array.isArray(said) ? list : [said]).some((type) => isType(type, value)) ? null : at
    case "const":
      return jcs(said) === jcs(value) ? null : at
    case "enum":
      return list.some((one) => jcs(one) === jcs(value)) ? null : at
    case "anyOf":
      return list.some(fits) ? null : at
    case "oneOf":
      return list.filter(fits).length === 1 ? null : at
    case "allOf":
      return list.every(fits) ? null : at
    case "pattern":
      return typeof value !== "string" ||
        patternMatches(typeof said === "string" ? said : "", value, root.budget)
        ? null
        : at
    case "minLength":
      return typeof value !== "string" || value.length >= Number(said) ? null : at
    case "maxLength":
      return typeof value !== "string" || value.length <= Number(said) ? null : at
    case "minimum":
      return typeof value !== "number" || value >= Number(said) ? null : at
    case "maximum":
      return typeof value !== "number" || value <= Number(said) ? null : at
    case "minItems":
      return !Array.isArray(value) || value.length >= Number(said) ? null : at
    case "maxItems":
      return !Array.isArray(value) || value.length <= Number(said) ? null : at
    case "items":
      return Array.isArray(value)
        ? firstOf((value as readonly Json[]).map((item, i) => () => misfit(said, item, `${at}/${i}`, root)))
        : null
    case "required":
      return isObject(value)
        ? firstOf(
            list.map(
              (name) => () =>
                typeof name !== "string" || Object.hasOwn(value, name) ? null : `${at}/${name}`,
            ),
          )
        : null
    case "propertyNames":
      return isObject(value)
        ? firstOf(Object.keys(value).map((name) => () => misfit(said, name, `${at}/${name}`, root)))
        : null
    case "properties":
      return isObject(value) && isObject(said)
        ? firstOf(
            Object.entries(said).map(
              ([name, inner]) =>
                () =>
                  value[name] === undefined ? null : misfit(inner, value[name], `${at}/${name}`, root),
            ),
          )
        : null
    case "additionalProperties": {
      const known = isObject(schema["properties"] ?? null) ? objectAt(schema, "properties") : {}
      return isObject(value)
        ? firstOf(
            Object.entries(value)
              .filter(([name]) => !Object.hasOwn(known, name))
              .map(
                ([name, inner]) =>
                  () =>
                    misfit(said, inner, `${at}/${name}`, root),
              ),
          )
        : null
    }
    default:
      return null
  }
}

function isType(type: Json, value: Json): boolean {
  switch (typeof type === "string" ? type : "unknown") {
    case "null":
      return value === null
    case "array":
      return Array.isArray(value)
    case "object":
      return isObject(value)
    case "integer":
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

function firstOf(looks: readonly (() => string | null)[]): string | null {
  for (const look of looks) {
    const found = look()
    if (found !== null) return found
  }
  return null
}

// ── 8. reviews ──

function checkReviews(seen: Seen, keys: readonly TrustedKey[] | null): string | Skipped {
  const requests = payloadsOf(seen, "controlPlane.approval.requested@1")
  for (const { seq, payload } of requests) checkRequest(seen, seq, payload)
  const reviews = payloadsOf(seen, "controlPlane.approval.reviewed@1")
  const envelopes = seen.lines.filter((line) => line["type"] === "envelope")
  let open = 0
  for (const { seq, payload, time } of reviews) {
    const request = requests.find((one) => one.payload["approvalId"] === payload["approvalId"])
    if (request === undefined)
      throw new Fault("a review of a request that is not there", {
        seq,
        at: "/payload/approvalId",
        recorded: textAt(payload, "approvalId"),
      })
    const signed = payload["signature"]
    const proof = {
      seq,
      human: textAt(payload, "human"),
      method: textAt(payload, "method"),
      assurance: textAt(payload, "assurance"),
    }
    if ((proof.method === "ed25519") !== isObject(signed ?? null))
      throw new Fault("method and signature contradict each other", {
        seq,
        at: "/payload/method",
        recorded: proof.method,
      })
    if (proof.assurance === "key" && proof.method === "session")
      throw new Fault("assurance key without a signature", { seq, at: "/payload/assurance" })
    if (!isObject(signed ?? null)) seen.reviews.push({ ...proof, signature: "unsigned" })
    else {
      const envelope = envelopes.find((line) => line["seq"] === seq)?.["envelope"]
      if (envelope === undefined || jcs(envelope) !== jcs(signed ?? null))
        throw new Fault("the envelope of a review is not the signed one", { seq, at: "/payload/signature" })
      if (keys === null) open += 1
      else
        checkSignature(objectAt(payload, "signature"), { seq, time, payload, request: request.payload }, keys)
      seen.reviews.push({ ...proof, signature: keys === null ? "notChecked" : "verified" })
    }
  }
  if (open > 0) return skipped(`${open} signed reviews, and no trusted keys were given`)
  if (seen.entries.some((entry) => entry["payloadState"] !== "present"))
    return checkLooseEnvelopes(envelopes, keys)
  return `${reviews.length} reviews of ${requests.length} requests`
}

// Without payloads a signature still shows that this person signed these digests; what they name is not here to compare.
function checkLooseEnvelopes(envelopes: readonly JsonObject[], keys: readonly TrustedKey[] | null): Skipped {
  for (const line of keys === null ? [] : envelopes)
    openEnvelope(objectAt(line, "envelope"), numberAt(line, "seq"), keys ?? [])
  return skipped(
    keys === null
      ? "payloads are not here, and no trusted keys were given"
      : `${envelopes.length} signatures are good; the payloads that they are about are not here`,
  )
}

function checkRequest(seen: Seen, seq: number, payload: JsonObject): void {
  const statement = objectAt(payload, "statement")
  const same = (at: string, recorded: Json | undefined, computed: Json | undefined): void => {
    if (jcs(recorded ?? null) !== jcs(computed ?? null))
      throw new Fault("the request is not the one that people were asked", {
        seq,
        at,
        recorded: jcs(recorded ?? null),
        computed: jcs(computed ?? null),
      })
  }
  same("/payload/approvalDigest", payload["approvalDigest"], h("counterfoil.approval.v1", jcs(statement)))
  same(
    "/payload/previewDigest",
    payload["previewDigest"],
    h("counterfoil.preview.v1", jcs(payload["preview"] ?? null)),
  )
  for (const field of ["stepId", "generation", "tier", "obligations", "previewDigest", "level", "expiresAt"])
    same(`/payload/statement/${field}`, statement[field], payload[field])
  for (const field of ["environment", "tenant", "executionId"])
    same(`/payload/statement/${field}`, statement[field], seen.header?.[field])
  const plan = payloadsOf(seen, "controlPlane.plan.compiled@1")[0]?.payload
  if (plan !== undefined) {
    same(
      "/payload/statement/planDigest",
      statement["planDigest"],
      h("counterfoil.plan.v1", jcs(plan["plan"] ?? null)),
    )
  }
  const verdict = payloadsOf(seen, "controlPlane.policy.decided@1").find(
    (one) => one.seq < seq && one.payload["verdictDigest"] === statement["verdictDigest"],
  )
  if (verdict === undefined)
    throw new Fault("no verdict asked for this request", {
      seq,
      at: "/payload/statement/verdictDigest",
      recorded: textAt(statement, "verdictDigest"),
    })
  const core = objectAt(objectAt(verdict.payload, "verdict"), "core")
  same("/payload/statement/verdictDigest", statement["verdictDigest"], h("counterfoil.verdict.v1", jcs(core)))
  for (const field of ["inputDigest", "sliceDigest", "tier"])
    same(`/payload/statement/${field}`, statement[field], core[field])
}

interface SignedAbout {
  readonly seq: number
  readonly time: string
  readonly payload: JsonObject
  readonly request: JsonObject
}

function checkSignature(
  envelope: JsonObject,
  { seq, time, payload, request }: SignedAbout,
  keys: readonly TrustedKey[],
): void {
  const { said, key } = openEnvelope(envelope, seq, keys)
  const wrong = (because: string): Fault => new Fault(because, { seq, at: "/payload/signature" })
  if (key.human !== payload["human"] || said["human"] !== payload["human"])
    throw wrong("the key belongs to another person")
  if (said["decision"] !== payload["decision"]) throw wrong("another decision was signed")
  if (time < key.enrolledAt || (key.revokedAt !== null && time >= key.revokedAt))
    throw wrong("the key did not count at that time")
  if (Math.abs(Date.parse(textAt(said, "at")) - Date.parse(time)) > 300_000)
    throw wrong("it was signed at another time")
  const statement = objectAt(request, "statement")
  const bound = {
    approvalDigest: request["approvalDigest"] ?? null,
    planDigest: statement["planDigest"] ?? null,
    previewDigest: request["previewDigest"] ?? null,
  }
  const items = said["items"]
  if (!Array.isArray(items) || !items.some((item: Json) => jcs(item) === jcs(bound)))
    throw wrong("another request was signed")
}

function openEnvelope(
  envelope: JsonObject,
  seq: number,
  keys: readonly TrustedKey[],
): { readonly said: JsonObject; readonly key: TrustedKey } {
  const wrong = (because: string): Fault => new Fault(because, { seq, at: "/payload/signature" })
  const type = textAt(envelope, "payloadType")
  const signatures = envelope["signatures"]
  const signature = Array.isArray(signatures) ? (signatures as readonly Json[])[0] : undefined
  if (
    type !== "application/vnd.counterfoil.review+json" ||
    !isObject(signature ?? null) ||
    signature === undefined
  )
    throw wrong("it is no signed review")
  const { keyid, sig } = signature as JsonObject
  const key = keys.find(
    (one) => one.keyId === keyid && hash("sha256", Buffer.from(one.spki, "base64"), "hex") === one.keyId,
  )
  if (key === undefined) throw wrong("the key is not one that is trusted")
  const body = Buffer.from(textAt(envelope, "payload"), "base64")
  const message = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${body.length} `), body])
  const good = verify(
    null,
    message,
    createPublicKey({ key: Buffer.from(key.spki, "base64"), format: "der", type: "spki" }),
    Buffer.from(typeof sig === "string" ? sig : "", "base64"),
  )
  if (!good) throw wrong("the signature is not good")
  const said = JSON.parse(body.toString()) as Json
  if (!isObject(said) || jcs(said) !== body.toString()) throw wrong("what was signed is not canonical")
  return { said, key }
}

// ── 9. consumption ──

function checkConsumption(seen: Seen): string | Skipped {
  if (seen.entries.some((entry) => entry["payloadState"] !== "present"))
    return skipped("payloads are not here")
  const starts = payloadsOf(seen, "controlPlane.execution.step.started@1")
  const verdicts = payloadsOf(seen, "controlPlane.policy.decided@1")
  const consumed = new Set<string>()
  for (const { seq, time, payload } of starts) {
    const wrong = (because: string, at: string): Fault => new Fault(because, { seq, at })
    const input = h("counterfoil.input.v1", jcs(payload["input"] ?? null))
    if (payload["inputDigest"] !== input)
      throw new Fault("another input than its digest", {
        seq,
        at: "/payload/inputDigest",
        recorded: textAt(payload, "inputDigest"),
        computed: input,
      })
    const key = idempotencyKey(seen.header ?? {}, payload)
    if (payload["idempotencyKey"] !== key)
      throw new Fault("another idempotency key than its step has", {
        seq,
        at: "/payload/idempotencyKey",
        recorded: textAt(payload, "idempotencyKey"),
        computed: key,
      })
    const verdict = verdicts.findLast(
      (one) =>
        one.seq < seq &&
        one.payload["verdictDigest"] === payload["verdictDigest"] &&
        one.payload["stepId"] === payload["stepId"],
    )
    if (verdict === undefined)
      throw wrong("no verdict about this step has that digest", "/payload/verdictDigest")
    const core = objectAt(objectAt(verdict.payload, "verdict"), "core")
    if (h("counterfoil.verdict.v1", jcs(core)) !== payload["verdictDigest"] || core["inputDigest"] !== input)
      throw wrong("the verdict is for something else", "/payload/verdictDigest")
    if (payload["approvalId"] === undefined) {
      if (core["decision"] !== "allow")
        throw wrong("the verdict does not allow it, and no approval is named", "/payload/approvalId")
      continue
    }
    if (payload["attempt"] !== 1) continue // a later attempt stands on what the first consumed
    const id = textAt(payload, "approvalId")
    if (consumed.has(id)) throw wrong("the approval was consumed before", "/payload/approvalId")
    consumed.add(id)
    checkQuorum(seen, { seq, time, payload })
  }
  return `${starts.length} starts, ${consumed.size} under an approval`
}

function checkQuorum(seen: Seen, { seq, time, payload }: Stated): void {
  const wrong = (because: string, at = "/payload/approvalId"): Fault => new Fault(because, { seq, at })
  const request = payloadsOf(seen, "controlPlane.approval.requested@1").find(
    (one) => one.seq < seq && one.payload["approvalId"] === payload["approvalId"],
  )?.payload
  if (request === undefined) throw wrong("the approval was never asked for")
  if (request["approvalDigest"] !== payload["approvalDigest"])
    throw wrong("another request was approved", "/payload/approvalDigest")
  const statement = objectAt(request, "statement")
  for (const field of ["stepId", "generation", "inputDigest", "idempotencyKey", "verdictDigest"]) {
    if (statement[field] !== payload[field])
      throw wrong("the approval is bound to something else", `/payload/${field}`)
  }
  if (time >= textAt(request, "expiresAt")) throw wrong("the approval had expired")
  const standing = new Map<string, JsonObject>()
  for (const review of payloadsOf(seen, "controlPlane.approval.reviewed@1")) {
    if (
      review.seq < seq &&
      review.payload["approvalId"] === payload["approvalId"] &&
      review.payload["late"] === false
    )
      standing.set(textAt(review.payload, "human"), review.payload)
  }
  if ([...standing.values()].some((one) => one["decision"] === "reject")) throw wrong("somebody rejected it")
  const obligations = objectAt(request, "obligations")
  const excluded = request["excluded"]
  const need = assurances.indexOf(textAt(obligations, "assurance"))
  const approvers = [...standing.values()].filter(
    (one) =>
      one["decision"] === "approve" &&
      assurances.indexOf(textAt(one, "assurance")) >= need &&
      !(Array.isArray(excluded) && excluded.includes(one["human"] ?? null)),
  )
  const slots = (
    Array.isArray(obligations["quorum"]) ? (obligations["quorum"] as readonly Json[]) : []
  ).flatMap((slot) =>
    isObject(slot) ? Array.from({ length: numberAt(slot, "count") }, () => textAt(slot, "role")) : [],
  )
  if (
    !fillable(
      slots,
      approvers.map((one) => (Array.isArray(one["roles"]) ? (one["roles"] as readonly Json[]) : [])),
    )
  )
    throw wrong("the quorum was not met")
}

const assurances = ["chat", "session", "stepUp", "key"]

/** Whether each slot gets a person of its own: tried out, because a quorum has at most five slots. */
function fillable([slot, ...rest]: readonly string[], people: readonly (readonly Json[])[]): boolean {
  return (
    slot === undefined ||
    people.some((roles, i) => roles.includes(slot) && fillable(rest, people.toSpliced(i, 1)))
  )
}

function idempotencyKey(owner: JsonObject, start: JsonObject): string {
  const generation = Buffer.alloc(4)
  generation.writeUInt32BE(numberAt(start, "generation"))
  return h(
    "counterfoil.idem.v1",
    textAt(owner, "environment"),
    textAt(owner, "tenant"),
    textAt(owner, "executionId"),
    textAt(start, "stepId"),
    generation,
    raw(textAt(objectAt(start, "contract"), "digest")),
    raw(textAt(start, "inputDigest")),
  ).slice("sha256:".length)
}

// ── formulas ──

const sha = (bytes: Uint8Array): string => `sha256:${hash("sha256", bytes, "hex")}`
const raw = (digest: string): Buffer => Buffer.from(digest.slice("sha256:".length), "hex")

/** H of contracts.md section 2: the tag, a zero byte, and each part behind its length. */
function h(tag: string, ...parts: readonly (string | Uint8Array)[]): string {
  const pieces: Uint8Array[] = [Buffer.from(`${tag}\0`)]
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    pieces.push(length, bytes)
  }
  return sha(Buffer.concat(pieces))
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

/** RFC 8785: keys sorted by UTF-16 code units, numbers and strings as ECMAScript writes them. */
function jcs(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => jcs(item)).join(",")}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${jcs(value[key] ?? null)}`)
  return `{${members.join(",")}}`
}

// ── reading ──

interface Stated {
  readonly seq: number
  readonly time: string
  readonly payload: JsonObject
}

function payloadsOf({ entries }: Seen, kind: string): readonly Stated[] {
  return entries.flatMap((entry) => {
    const head = objectAt(entry, "head")
    const payload = entry["payload"] ?? null
    return head["kind"] === kind && isObject(payload)
      ? [{ seq: numberAt(head, "seq"), time: textAt(head, "time"), payload }]
      : []
  })
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key] ?? null
  if (!isObject(value)) throw new Fault(`${key} is no object`)
  return value
}

function textAt(object: JsonObject, key: string): string {
  const value = object[key]
  if (typeof value !== "string") throw new Fault(`${key} is no text`)
  return value
}

function numberAt(object: JsonObject, key: string): number {
  const value = object[key]
  if (typeof value !== "number") throw new Fault(`${key} is no number`)
  return value
}

// ── patterns: expressions of the bundle's own contracts, so *untrusted* ──
//
// Followed as sets of places in the text, so that no way through an expression is taken twice: the work is bounded, whatever
// the expression. Read are ECMAScript's expressions without back-references, lookbehind and modifiers. What is not read, and
// what takes too many steps, was not checked.

/** Steps that are left. A step is a schema, or a place, a character, a repetition or a look ahead of a pattern. */
interface Budget {
  left: number
}

/** Most steps of one test. */
const testStepsMax = 4_000_000
/** Most steps of all payloads together: they grow with the bundle. Real ones take about two for each byte of a payload. */
const stepsMin = 1_000_000
const stepsPerByte = 20
const patternCharsMax = 4096
const groupDepthMax = 50
const partsMax = 2000
const patternUndecided =
  "a contract of the bundle has a pattern or a schema that cannot be tested within bounds"

/** Nothing is wrong that could be shown, and nothing is shown. */
class Undecided extends Error {}

function spend(budget: Budget, steps: number): void {
  budget.left -= steps
  if (budget.left < 0) throw new Undecided(patternUndecided)
}

/**
 * One part of an expression: from the places where it begins to those where it ends, each once. `weight` counts its parts,
 * each as often as it has to be repeated.
 */
interface Part {
  readonly weight: number
  readonly ends: (from: readonly number[], test: Tested) => readonly number[]
}
interface Tested {
  readonly text: string
  readonly wide: boolean
  readonly spend: (steps: number) => void
}

const readPatterns = new Map<string, { readonly part: Part; readonly wide: boolean }>()
const readPatternsMax = 2000

/** What a pattern says of a text, within its own bounds and those of `budget`. */
export function testPattern(
  pattern: string,
  text: string,
  budget: Budget,
): "matches" | "differs" | "undecided" {
  try {
    return patternMatches(pattern, text, budget) ? "matches" : "differs"
  } catch (fault) {
    if (fault instanceof Undecided) return "undecided"
    throw fault
  }
}

function patternMatches(pattern: string, text: string, budget: Budget): boolean {
  if (pattern === timeSpelling) {
    spend(budget, Math.min(text.length, timeStepsMax))
    return time.test(text)
  }
  const read = readPatterns.get(pattern) ?? readPattern(pattern)
  if (readPatterns.size < readPatternsMax) readPatterns.set(pattern, read)
  const own: Budget = { left: testStepsMax }
  const test: Tested = {
    text,
    wide: read.wide,
    spend: (steps) => {
      spend(own, steps)
      spend(budget, steps)
    },
  }
  test.spend(text.length)
  const all = [text.length]
  for (let at = 0; at < text.length; at += widthAt(test, at)) all.push(at)
  return read.part.ends(all, test).length > 0
}

const widthAt = ({ text, wide }: Tested, at: number): number =>
  wide && (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1

function readPattern(pattern: string): { readonly part: Part; readonly wide: boolean } {
  if (pattern.length > patternCharsMax) throw new Undecided(patternUndecided)
  const wide = isExpression(pattern, "u")
  if (!wide && !isExpression(pattern, "")) throw new Undecided(patternUndecided)
  const source = { pattern, at: 0, wide }
  const part = readChoice(source, 0)
  if (source.at < pattern.length || part.weight > partsMax) throw new Undecided(patternUndecided)
  return { part, wide }
}

function isExpression(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, flags) instanceof RegExp
  } catch {
    return false
  }
}

interface Source {
  readonly pattern: string
  readonly wide: boolean
  at: number
}

/** What the source has next, if it has this form (a sticky expression); the source then stands behind it. */
function next(source: Source, form: RegExp): RegExpExecArray | null {
  form.lastIndex = source.at
  const found = form.exec(source.pattern)
  source.at += found?.[0].length ?? 0
  return found
}

function readChoice(source: Source, depth: number): Part {
  if (depth > groupDepthMax) throw new Undecided(patternUndecided)
  const options: Part[] = []
  do {
    const parts: Part[] = []
    while (source.at < source.pattern.length && !/[|)]/.test(source.pattern.charAt(source.at)))
      parts.push(readRepeated(source, depth))
    options.push({
      weight: weightOf(parts),
      ends: (from, test) =>
        parts.reduce((places, part) => (places.length === 0 ? [] : part.ends(places, test)), from),
    })
  } while (next(source, /\|/y) !== null)
  const [only] = options
  return {
    weight: weightOf(options),
    ends: (from, test) => {
      if (only !== undefined && options.length === 1) return only.ends(from, test)
      test.spend(from.length * options.length)
      return [...new Set(options.flatMap((option) => option.ends(from, test)))]
    },
  }
}

const weightOf = (parts: readonly Part[]): number => parts.reduce((sum, { weight }) => sum + weight, 1)

function readRepeated(source: Source, depth: number): Part {
  const bound = readBound(source, depth)
  const part = bound ?? readGroup(source, depth) ?? readOne(source)
  const times = next(source, /(?:([*+?])|\{(\d{1,9})(?:(,)(\d{0,9}))?\})\??/y)
  if (times === null) return part
  // A bound takes no character: only older forms of the language let it be repeated.
  if (bound !== null) throw new Undecided(patternUndecided)
  const [, sign, low, comma, high] = times
  const least = sign === undefined ? Number(low) : sign === "+" ? 1 : 0
  const most =
    sign === undefined
      ? comma === undefined
        ? least
        : Number(high || Infinity)
      : sign === "?"
        ? 1
        : Infinity
  return {
    weight: part.weight * (least + 1),
    ends: (from, test) => {
      let places = from
      for (let count = 0; count < least && places.length > 0; count += 1) {
        test.spend(1)
        places = part.ends(places, test)
      }
      const reached = new Set(places)
      for (let count = least; count < most && places.length > 0; count += 1) {
        test.spend(1)
        places = part.ends(places, test).filter((at) => !reached.has(at))
        for (const at of places) reached.add(at)
      }
      return [...reached]
    },
  }
}

/** `^`, `$`, `\b`, `\B`, `(?=…)` and `(?!…)`: each keeps places or drops them. */
function readBound(source: Source, depth: number): Part | null {
  const sign = next(source, /\^|\$|\\[bB]/y)?.[0]
  if (sign !== undefined)
    return {
      weight: 1,
      ends: (from, { text, spend: take }) => {
        take(from.length)
        return from.filter((at) => isAt(sign, text, at))
      },
    }
  const ahead = next(source, /\(\?([=!])/y)?.[1]
  if (ahead === undefined) return null
  const inner = readChoice(source, depth + 1)
  if (next(source, /\)/y) === null) throw new Undecided(patternUndecided)
  return {
    weight: inner.weight + 1,
    ends: (from, test) =>
      from.filter((at) => {
        test.spend(1)
        return inner.ends([at], test).length > 0 === (ahead === "=")
      }),
  }
}

function isAt(sign: string, text: string, at: number): boolean {
  if (sign === "^") return at === 0
  if (sign === "$") return at === text.length
  return (isWord(text.charAt(at - 1)) !== isWord(text.charAt(at))) === (sign === "\\b")
}

const isWord = (character: string): boolean => /^\w$/.test(character)

function readGroup(source: Source, depth: number): Part | null {
  if (next(source, /\((?:\?(?::|<[A-Za-z_$][A-Za-z0-9_$]*>)|(?!\?))/y) === null) return null
  const inner = readChoice(source, depth + 1)
  if (next(source, /\)/y) === null) throw new Undecided(patternUndecided)
  return inner
}

/** A character, `.`, an escape or a class: Node itself says which characters it takes, one at a time. */
function readOne(source: Source): Part {
  const found = next(
    source,
    source.wide
      ? wideOne()
      : /\[(?:[^\]\\]|\\[^])*\]|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|0(?!\d)|[^\dkcxu])|[^\\[({]/y,
  )
  if (found === null) throw new Undecided(patternUndecided)
  const [said] = found
  const form = new RegExp(`^${/^[\]}/]$/.test(said) ? `\\${said}` : said}$`, source.wide ? "u" : "")
  const known = new Map<string, boolean>()
  const takes = (character: string): boolean => {
    const answer = known.get(character) ?? form.test(character)
    if (known.size < charactersKept) known.set(character, answer)
    return answer
  }
  return {
    weight: 1,
    ends: (from, test) => {
      test.spend(from.length)
      return from.flatMap((at) => {
        const character = test.text.slice(at, at + widthAt(test, at))
        return character !== "" && takes(character) ? [at + character.length] : []
      })
    },
  }
}

/** Characters whose answer one class keeps. */
const charactersKept = 256

const wideOne = (): RegExp =>
  /\[(?:[^\]\\]|\\[^])*\]|\\(?:u\{[0-9A-Fa-f]{1,8}\}|u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|[pP]\{[A-Za-z0-9_=]{1,80}\}|0(?!\d)|[^\dkcxupP])|[^\\[({]/uy
