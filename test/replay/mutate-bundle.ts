// Random changes to the file of a bundle: bytes, tokens, fields and whole lines, and then as much made to fit again as the dice say.
// Owns: the changes. Does not own: what verifiers have to say of them (mutants.test.ts). The same seed makes the same mutant.

import { canonical, isList, type Json, type JsonObject } from "@counterfoil/contracts"
import {
  blobDigest,
  bundleDigestOf,
  digestOf,
  genesisHash,
  utf8,
  chainHash,
  entryDigestOf,
  payloadDigestOf,
} from "@counterfoil/contracts/digest"
import type { Dice } from "./dice.ts"
import { asObject, leavesOf, otherLeaf, withLeaf } from "./forge.ts"
import { textIn } from "./forgeries/forgery.ts"

/** A changed file, and how it was changed. */
export interface Mutant {
  readonly bytes: Uint8Array
  readonly how: string
}

type Lines = readonly string[]

/** One to three changes; most are made to fit the digests around them again, so that the changed place itself has to be judged. */
export function mutate(bytes: Uint8Array, other: Uint8Array, dice: Dice): Mutant {
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -2)
  const strange = new TextDecoder().decode(other).split("\n").slice(0, -2)
  const changes = 1 + (dice.chance(0.2) ? 1 : 0) + (dice.chance(0.1) ? 1 : 0)
  let changed: Lines = lines
  const how: string[] = []
  for (let i = 0; i < changes; i++) {
    const [name, change] = dice.one(levels)
    changed = change(changed, dice, strange)
    how.push(name)
  }
  if (dice.chance(0.6)) changed = refitted(changed, { concert: dice.chance(0.5) })
  if (dice.chance(0.03)) {
    const whole = utf8(`${changed.join("\n")}\n${new TextDecoder().decode(bytes).split("\n").at(-2) ?? ""}\n`)
    return { bytes: flipped(whole, dice), how: `${how.join(", ")}, unsealed` }
  }
  return { bytes: sealed(changed), how: how.join(", ") }
}

/** The file of these lines with a trailer that fits. */
export function sealed(lines: Lines): Uint8Array {
  const body = utf8(lines.map((line) => `${line.toWellFormed()}\n`).join(""))
  const trailer = canonical({ type: "trailer", lines: lines.length + 1, digest: bundleDigestOf(body) })
  return new Uint8Array(Buffer.concat([body, utf8(`${trailer}\n`)]))
}

const levels: readonly (readonly [string, (lines: Lines, dice: Dice, strange: Lines) => Lines])[] = [
  ["a byte", changeByte],
  ["a token", changeToken],
  ["a value", changeValue],
  ["a value", changeValue],
  ["a value", changeValue],
  ["a field", changeField],
  ["a field", changeField],
  ["a line", changeLine],
]

// Entries are few among the lines of a bundle, and they hold most of the facts.
function lineAt(lines: Lines, dice: Dice): number {
  const entries = lines.flatMap((line, i) => (line.includes('"type":"entry"') ? [i] : []))
  const others = lines.flatMap((line, i) => (/"type":"(blob|entry)"/.test(line) ? [] : [i]))
  const from = dice.chance(0.65) ? entries : dice.chance(0.5) ? others : lines.map((_, i) => i)
  return from.length === 0 ? 0 : dice.one(from)
}

const replaced = (lines: Lines, at: number, line: string): Lines =>
  lines.map((one, i) => (i === at ? line : one))

function flipped(bytes: Uint8Array, dice: Dice): Uint8Array {
  const at = dice.below(bytes.length)
  return bytes.map((byte, i) => (i === at ? byte ^ (1 << dice.below(8)) : byte))
}

function changeByte(lines: Lines, dice: Dice): Lines {
  const at = lineAt(lines, dice)
  const line = lines[at] ?? ""
  const place = dice.below(line.length + 1)
  const piece = dice.one([
    "",
    " ",
    "0",
    "}",
    ",",
    '"',
    "\\",
    "\u00a0",
    "\t",
    "\u2028",
    "é",
    "-",
    "e1",
    "\\u0041",
    "\r",
  ])
  return replaced(lines, at, line.slice(0, place) + piece + line.slice(place + dice.below(2)))
}

const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/g
const odd = [
  "0",
  "-0",
  "1.0",
  "1e0",
  "1E2",
  "9007199254740993",
  "1e300",
  "1e400",
  "0.1",
  "-1",
  "null",
  "true",
  "{}",
  "[]",
  '""',
  '"x"',
  '"\\ud800"',
  '"\\u0041"',
  '"a\\u0000b"',
  '"__proto__"',
  "NaN",
]

function changeToken(lines: Lines, dice: Dice): Lines {
  const at = lineAt(lines, dice)
  const line = lines[at] ?? ""
  const found = [...line.matchAll(tokens)]
  if (found.length === 0) return lines
  const token = dice.one(found)
  const text = dice.chance(0.3) ? dice.one(found)[0] : dice.chance(0.2) ? "" : dice.one(odd)
  return replaced(lines, at, line.slice(0, token.index) + text + line.slice(token.index + token[0].length))
}

const oddValues: readonly Json[] = [
  null,
  -1,
  0,
  1,
  1.5,
  2 ** 53,
  1e300,
  "",
  "x",
  "\u0000",
  "\u202e",
  "\u{1f600}".repeat(2),
  "\u{1f600}".repeat(300),
  {},
  [],
  true,
  false,
  [null],
  { toString: 1 },
  "2026-02-31T00:00:00.000Z",
  "2026-13-01T00:00:00.000Z",
  "sha256:" + "0".repeat(64),
  "hum_01kaz3v8g0e8r4n2t6w0y3b5a0",
  "agt_01kaz3v8g0e8r4n2t6w0y3b5b0",
]

/** Another value at a leaf: close to the old one, odd, or that of another leaf. */
function changeValue(lines: Lines, dice: Dice): Lines {
  return changed(lines, dice, (value) => {
    const leaves = leavesOf(value)
    if (leaves.length === 0) return value
    const leaf = dice.one(leaves)
    const from = dice.one(leaves)
    const draw = dice.unit()
    return withLeaf(value, leaf, (old) =>
      draw < 0.4 ? otherLeaf(old) : draw < 0.7 ? dice.one(oddValues) : valueAt(value, from),
    )
  })
}

const oddNames = [
  "toString",
  "constructor",
  "__proto__",
  "prototype",
  "hasOwnProperty",
  "x",
  "",
  "type",
  "payload",
  "text",
  "base64",
  "reasonCode",
  "note",
  "reason",
  "custodians",
  "notBefore",
  "approvalId",
  "index",
  "é",
]

/** A field more, less, or under another name, somewhere in an object. */
function changeField(lines: Lines, dice: Dice): Lines {
  return changed(lines, dice, (value) => {
    const objects = objectsIn(value)
    if (objects.length === 0) return value
    const path = dice.one(objects)
    return withLeaf(value, path, (old) => {
      const members = Object.entries(asObject(old))
      const draw = dice.unit()
      const name = dice.one(oddNames)
      const given = dice.chance(0.5)
        ? dice.one(oddValues)
        : (members[dice.below(members.length || 1)]?.[1] ?? null)
      if (draw < 0.4 || members.length === 0) return fromMembers([...members, [name, given as Json]])
      const gone = dice.below(members.length)
      const rest = members.filter((_, i) => i !== gone) as [string, Json][]
      return fromMembers(draw < 0.8 ? rest : [...rest, [name, (members[gone]?.[1] ?? null) as Json]])
    })
  })
}

// `__proto__` as a member of its own, as JSON.parse makes it.
function fromMembers(members: readonly (readonly [string, Json])[]): Json {
  const object = Object.create(null) as { [name: string]: Json }
  for (const [name, value] of members) object[name] = value
  return JSON.parse(JSON.stringify(object)) as Json
}

function changeLine(lines: Lines, dice: Dice, strange: Lines): Lines {
  const at = lineAt(lines, dice)
  const to = lineAt(lines, dice)
  const [line = "", target = ""] = [lines[at], lines[to]]
  switch (dice.below(6)) {
    case 0:
      return lines.toSpliced(at, 1)
    case 1:
      return lines.toSpliced(at, 0, line)
    case 2:
      return lines.map((one, i) => (i === at ? target : i === to ? line : one))
    case 3:
      return lines.toSpliced(at, 1).toSpliced(to, 0, line)
    case 4:
      return lines.toSpliced(at, dice.below(2), strange[dice.below(strange.length)] ?? "")
    default:
      return lines.toSpliced(Math.max(2, at))
  }
}

/** A line as a value, changed and spelled again; as it was when it is not JSON any more. */
function changed(lines: Lines, dice: Dice, change: (value: Json) => Json): Lines {
  const at = lineAt(lines, dice)
  const line = lines[at] ?? ""
  const isBlob = line.includes('"type":"blob"')
  const value = parsed(line)
  if (value === null) return lines
  // Half the time a blob is changed in its own text, which is JSON again.
  if (isBlob && dice.chance(0.7)) {
    const text = parsed(textIn(asObject(value), "text"))
    const next = text === null ? null : spelled(change(text))
    if (next !== null) return replaced(lines, at, spelled({ ...asObject(value), text: next }) ?? line)
  }
  return replaced(lines, at, spelled(change(value)) ?? line)
}

function parsed(text: string): Json | null {
  try {
    return JSON.parse(text) as Json
  } catch {
    return null // the change before made it something else
  }
}

// Spelled as RFC 8785 does, also where canonical() refuses: what no verifier may take has to be written first.
function spelled(value: Json): string | null {
  if (Array.isArray(value)) return `[${value.map((item: Json) => spelled(item)).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const object = value as JsonObject
  return `{${Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${spelled(object[key] ?? null)}`)
    .join(",")}}`
}

const valueAt = (value: Json, path: readonly (string | number)[]): Json =>
  path.reduce<Json>(
    (place, key) => (isList(place) ? (place[Number(key)] ?? null) : (asObject(place)[key] ?? null)),
    value,
  )

function objectsIn(
  value: Json,
  path: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((item: Json, i) => objectsIn(item, [...path, i]))
  if (typeof value !== "object" || value === null) return []
  return [
    path,
    ...Object.entries(value).flatMap(([key, member]) => objectsIn(member as Json, [...path, key])),
  ]
}

/** Digests of payloads and texts, links, order and the header's head made again, as far as lines can still be read. */
function refitted(lines: Lines, { concert }: { readonly concert: boolean }): Lines {
  try {
    return refit(lines, concert)
  } catch {
    return lines // a changed line does not have what it takes to be made to fit
  }
}

function refit(lines: Lines, concert: boolean): Lines {
  const values = lines.map((line) => asObject(parsed(line) ?? undefined))
  const header = values[0] ?? {}
  const owner = {
    environment: textIn(header, "environment"),
    tenant: textIn(header, "tenant"),
    executionId: textIn(header, "executionId"),
  } as Parameters<typeof genesisHash>[0]
  let hash = genesisHash(owner)
  let seq = 0
  const renamed = new Map<string, string>()
  const made = values.map((value, i) => {
    if (value["type"] === "blob" && typeof value["text"] === "string")
      return { ...value, digest: blobDigest(utf8(value["text"])) }
    if (value["type"] !== "entry") return i === 0 || parsed(lines[i] ?? "") === null ? null : value
    seq += 1
    const head = asObject(value["head"])
    const kind = textIn(head, "kind")
    const payload = concert ? inConcert(kind, value["payload"] ?? null, renamed) : (value["payload"] ?? null)
    const payloadDigest =
      payload === null
        ? (head["payloadDigest"] ?? null)
        : payloadDigestOf(kind as Parameters<typeof payloadDigestOf>[0], utf8(spelled(payload) ?? ""))
    const next = { ...head, payloadDigest, seq: concert ? seq : (head["seq"] ?? null) }
    hash = chainHash({
      executionId: owner.executionId,
      seq,
      prevHash: hash,
      entryDigest: entryDigestOf(utf8(spelled(next) ?? "")),
    })
    return { ...value, head: next, payload, hash }
  })
  const text = made.map((value, i) => (value === null ? (lines[i] ?? "") : (spelled(value) ?? "")))
  text[0] = spelled({ ...header, head: { seq, hash } }) ?? ""
  const blobs = text.filter((line) => line.includes('"type":"blob"')).toSorted(byDigest)
  return text.map((line) => (line.includes('"type":"blob"') ? (blobs.shift() ?? line) : line))
}

const byDigest = (a: string, b: string): number => (digestIn(a) < digestIn(b) ? -1 : 1)
const digestIn = (line: string): string => textIn(asObject(parsed(line) ?? undefined), "digest")

/** Digests over what was changed inside a payload made again, and every later mention of them with them. */
function inConcert(kind: string, payload: Json, renamed: Map<string, string>): Json {
  let text = spelled(payload) ?? "null"
  for (const [from, to] of renamed) text = text.replaceAll(from, to)
  const value = asObject(parsed(text) ?? undefined)
  const again = (field: string, tag: Parameters<typeof digestOf>[0], over: Json | undefined): void => {
    const old = value[field]
    if (typeof old !== "string" || over === undefined) return
    const now = digestOf(tag, utf8(spelled(over) ?? ""))
    if (old !== now) renamed.set(old, now)
  }
  if (kind === "controlPlane.policy.decided@1") {
    again("requestDigest", "counterfoil.policy-request.v1", value["request"])
    again("verdictDigest", "counterfoil.verdict.v1", asObject(value["verdict"])["core"])
  } else if (kind === "controlPlane.approval.requested@1") {
    again("previewDigest", "counterfoil.preview.v1", value["preview"])
    again("approvalDigest", "counterfoil.approval.v1", value["statement"])
  } else if (kind === "controlPlane.plan.compiled@1")
    again("planDigest", "counterfoil.plan.v1", value["plan"])
  else {
    again("inputDigest", "counterfoil.input.v1", value["input"])
    again("outputDigest", "counterfoil.output.v1", value["output"])
  }
  for (const [from, to] of renamed) text = text.replaceAll(from, to)
  return parsed(text) ?? payload
}
