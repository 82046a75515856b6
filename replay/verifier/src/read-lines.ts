// Check 1, the lines of a file: each in its one spelling and of a known form, in order, as many as the trailer says.
// What a line says of other lines (states of payloads, envelopes of reviews) is held against them here, too.

import { hash } from "node:crypto"
import { Fault } from "./fault.ts"
import { sha256 } from "./formulas.ts"
import {
  isObject,
  jcs,
  listAt,
  memberOf,
  numberAt,
  objectAt,
  parseCanonical,
  textAt,
  type Json,
  type JsonObject,
} from "./json.ts"
import { fileBytesMax, lineBytesMax, lineForms, lineTypes, linesMax, type LineType } from "./line-forms.ts"

/** One entry as the file has it. `payload` is null when it is not in the file. */
export interface Entry {
  readonly seq: number
  readonly kind: string
  readonly time: string
  readonly head: JsonObject
  readonly hash: string
  readonly state: string
  readonly payload: JsonObject | null
}

/** A file that passed check 1. */
export interface Lines {
  readonly header: JsonObject
  readonly entries: readonly Entry[]
  readonly blobs: readonly JsonObject[]
  readonly envelopes: readonly JsonObject[]
  readonly count: number
}

/** The lines of a file. Throws a `Fault` for the first one that is wrong. */
export function readLines(bytes: Uint8Array): Lines {
  if (bytes.length > fileBytesMax) throw new Fault("the file is larger than 256 MiB")
  if (bytes.at(-1) !== newline) throw new Fault("the last line does not end")
  if (lineCount(bytes) > linesMax) throw new Fault(`the file has more than ${linesMax} lines`)
  const lines: JsonObject[] = []
  let last = 0
  for (let start = 0; start < bytes.length;) {
    last = start
    const end = bytes.indexOf(newline, start)
    lines.push(readLine(bytes.subarray(start, end), lines.length + 1))
    start = end + 1
  }
  checkOrder(lines)
  checkTrailer(lines.at(-1) ?? {}, lines.length, bytes.subarray(0, last))
  const of = (type: LineType) => lines.filter((line) => line["type"] === type)
  const [header = {}] = of("header")
  const entries = of("entry").map(entryOf)
  const [blobs, envelopes] = [of("blob"), of("envelope")]
  checkStates(header, entries, blobs)
  checkEnvelopes(entries, envelopes)
  checkKeys(of("key"))
  return { header, entries, blobs, envelopes, count: lines.length }
}

const newline = 0x0a

function lineCount(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count += 1
  return count
}

function readLine(bytes: Uint8Array, number: number): JsonObject {
  if (bytes.length > lineBytesMax) throw new Fault(`line ${number} is longer than 8 MiB`)
  const value = parseCanonical(bytes)
  if (value === null || !isObject(value))
    throw new Fault(`line ${number} is not an object in canonical JSON within bounds`)
  const type = lineTypes.find((name) => name === value["type"])
  if (type === undefined) throw new Fault(`line ${number} has an unknown type`)
  const misfit = lineForms[type](value, "")
  if (misfit !== null) throw new Fault(`line ${number} does not have the form of its type`, { at: misfit })
  return value
}

function checkOrder(lines: readonly JsonObject[]): void {
  const places = lines.map((line) => lineTypes.indexOf(textAt(line, "type") as LineType))
  const behind = places.findIndex((place, i) => place < (places[i - 1] ?? 0))
  if (behind !== -1) throw new Fault(`line ${behind + 1} comes after a line of a later type`)
  const count = (type: LineType) => places.filter((place) => lineTypes[place] === type).length
  if (count("header") !== 1) throw new Fault("there is not exactly one header")
  if (count("trailer") !== 1) throw new Fault("there is not exactly one trailer")
  if (count("engine") > 1) throw new Fault("there is more than one engine")
}

function checkTrailer(trailer: JsonObject, lines: number, before: Uint8Array): void {
  if (trailer["lines"] !== lines)
    throw new Fault("the trailer counts other lines", {
      recorded: numberAt(trailer, "lines"),
      computed: lines,
    })
  const computed = sha256(Buffer.concat([Buffer.from("counterfoil.bundle.v1\0"), before]))
  if (trailer["digest"] !== computed)
    throw new Fault("the trailer names another digest", { recorded: textAt(trailer, "digest"), computed })
}

function entryOf(line: JsonObject): Entry {
  const head = objectAt(line, "head")
  const payload = memberOf(line, "payload")
  const state = textAt(line, "payloadState")
  const seq = numberAt(head, "seq")
  if (state === "present" ? !isObject(payload) : payload !== null)
    throw new Fault("the state of a payload contradicts the payload", { seq, at: "/payloadState" })
  return {
    seq,
    kind: textAt(head, "kind"),
    time: textAt(head, "time"),
    head,
    hash: textAt(line, "hash"),
    state,
    payload: isObject(payload) ? payload : null,
  }
}

/** The header says which payloads are missing and why, no more and no less. */
function checkStates(header: JsonObject, entries: readonly Entry[], blobs: readonly JsonObject[]): void {
  const leftOut = objectAt(header, "include")["payloads"] === "none"
  const odd = entries.find(({ state }) => state === (leftOut ? "present" : "omitted"))
  if (odd !== undefined)
    throw new Fault("the state of a payload contradicts the header", { seq: odd.seq, at: "/payloadState" })
  if (leftOut && blobs.length > 0) throw new Fault("there are texts where payloads were left out")
  const reasons = [
    ...(leftOut ? ["payloadsOmitted"] : []),
    ...(entries.some(({ state }) => state === "erased") ? ["payloadsErased"] : []),
  ]
  const said = objectAt(header, "completeness")
  if (jcs(listAt(said, "reasons")) !== jcs(reasons) || (said["kind"] === "full") !== (reasons.length === 0))
    throw new Fault("the header says otherwise what is missing", {
      at: "/completeness",
      recorded: jcs(listAt(said, "reasons")),
      computed: jcs(reasons),
    })
}

/** One line for each signed review, in order, with the same envelope as its entry. */
function checkEnvelopes(entries: readonly Entry[], lines: readonly JsonObject[]): void {
  const seqs = lines.map((line) => numberAt(line, "seq"))
  if (seqs.some((seq, i) => seq <= (seqs[i - 1] ?? 0)))
    throw new Fault("signed reviews are not in the order of their entries")
  const bySeq = new Map(entries.map((entry) => [entry.seq, entry]))
  for (const line of lines) {
    const seq = numberAt(line, "seq")
    const entry = bySeq.get(seq)
    if (entry?.kind !== reviewed || entry.state === "erased")
      throw new Fault("a signed review belongs to no review", { seq })
    if (entry.payload === null) continue
    const same = (["approvalId", "reviewId"] as const).every((name) => line[name] === entry.payload?.[name])
    if (!same || jcs(objectAt(line, "envelope")) !== jcs(memberOf(entry.payload, "signature")))
      throw new Fault("a signed review is not the one of its entry", { seq })
  }
  const shown = new Set(seqs)
  const missing = entries.find(
    ({ seq, kind, payload }) =>
      kind === reviewed && payload !== null && signatureOf(payload) !== null && !shown.has(seq),
  )
  if (missing !== undefined) throw new Fault("a signed review has no line of its own", { seq: missing.seq })
}

/** The kind of a review. */
export const reviewed = "controlPlane.approval.reviewed@1"
const signatureOf = (payload: JsonObject): Json => memberOf(payload, "signature")

/** Keys are shown, never trusted; still each is named by its own bytes, once and in order. */
function checkKeys(keys: readonly JsonObject[]): void {
  let before = ""
  for (const key of keys) {
    const keyId = textAt(key, "keyId")
    if (keyId <= before) throw new Fault("keys are not sorted, or one is there twice", { recorded: keyId })
    before = keyId
    const bytes = bytesOfBase64(textAt(key, "spki"))
    if (bytes === null || hash("sha256", bytes, "hex") !== keyId)
      throw new Fault("a key is not the one that its id names", { recorded: keyId })
  }
}

/** The bytes of base64 in its one spelling, or null. */
export function bytesOfBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64")
  return bytes.toString("base64") === text ? bytes : null
}
