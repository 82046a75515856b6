// One entry of a trace in words: its step, and what happened.
// Everything comes from the payload and is escaped, and free text is quoted, so that no one's words pass for the program's. An entry
// whose payload is not there shows only its kind. Nothing is proven here: a signature is named, and not checked.

import { escapeLine, TokenOrigin, type Json, type JsonObject, isObject, listOf } from "@counterfoil/contracts"
import type { Page } from "./page.ts"
import { originText, shortId } from "./words.ts"

/** An entry to print; `payload` is undefined where it was left out or erased. */
interface ToldEntry {
  readonly kind: string
  readonly payload: Json | undefined
}

/** The step of an entry, and its words. The step is `–` for an entry without one. */
interface EntryWords {
  readonly step: string
  readonly says: string
}

/** The most values of an input in one line. */
const valuesMax = 6
const valueChars = 40

/** The words of an entry. `stepOf` names the step of a request that an earlier entry opened. */
export function wordsOfEntry(
  { kind, payload }: ToldEntry,
  page: Page,
  stepOf: ReadonlyMap<string, string>,
): EntryWords {
  const short = escapeLine(kind.replace(/^controlPlane\./, "").replace(/@\d+$/, ""))
  if (!isObject(payload)) return { step: "–", says: short }
  const says = sentenceOf(short, payload, page)
  return { step: stepNamed(payload, stepOf), says: says === "" ? short : says }
}

/** The name of the step of a payload. */
export function stepNamed(payload: JsonObject, stepOf: ReadonlyMap<string, string>): string {
  const key = payload["key"]
  if (typeof key === "string")
    return escapeLine(typeof payload["index"] === "number" ? `${key}[${payload["index"]}]` : key)
  const approvalId = payload["approvalId"]
  return (typeof approvalId === "string" ? stepOf.get(approvalId) : undefined) ?? "–"
}

function sentenceOf(kind: string, payload: JsonObject, page: Page): string {
  const at = (field: string): string => text(payload[field])
  switch (kind) {
    case "intent.received":
      return `asked for ${askedOf(payload)}`
    case "plan.compiled":
      return `planned ${listOf(field(payload["plan"], "steps")).length} steps`
    case "policy.decided":
      return decidedOf(payload)
    case "approval.requested":
      return `asked ${quorumOf(payload)} until ${at("expiresAt")}: ${previewOf(payload)}`
    case "approval.reviewed":
      return reviewOf(payload, page)
    case "execution.step.started":
      return `started, attempt ${count(payload["attempt"])}: ${refOf(payload["contract"])} ${valuesOf(payload["input"])}`
    case "execution.step.completed":
      return `happened: ${valuesOf(payload["output"])}`
    case "execution.step.failed":
      return `failed: ${failureOf(payload)}`
    case "execution.step.blocked":
      return `blocked: ${at("reason")}. ${at("message")}`
    case "execution.step.inDoubt":
      return "in doubt: it may have happened"
    case "execution.step.resolved":
      return `settled by a person: ${[at("outcome"), ...quotedIn(payload, ["reason"])].join(", ")}`
    case "execution.failed":
      return `ended, failed: ${failureOf(payload)}`
    case "execution.completed":
      return `ended, completed: ${valuesOf(payload["output"])}`
    default: {
      const said = ["because", "status"].flatMap((name) =>
        typeof payload[name] === "string" ? [at(name)] : [],
      )
      const all = [...said, ...quotedIn(payload, ["reason"])]
      return all.length === 0 ? "" : `${kind}: ${all.join(", ")}`
    }
  }
}

function askedOf(payload: JsonObject): string {
  const as = payload["as"]
  if (!isObject(as)) return "an unknown request"
  if (typeof as["contract"] === "string") return `${escapeLine(as["contract"])} ${valuesOf(as["input"])}`
  return typeof as["text"] === "string" ? quoted(as["text"]) : "a draft of steps"
}

function decidedOf(payload: JsonObject): string {
  const core = field(payload["verdict"], "core")
  const rules = [...listOf(field(core, "forbids")), ...listOf(field(core, "determining"))].map(text)
  const by = rules.length === 0 ? "no rule" : [...new Set(rules)].join(", ")
  return `${text(payload["phase"])}: ${text(field(core, "decision"))}, tier ${text(field(core, "tier"))}, by ${by}`
}

function reviewOf(payload: JsonObject, page: Page): string {
  const who = shortId(page, text(payload["human"]))
  const now = `${payload["late"] === true ? ", too late to count" : ""}; now ${text(payload["status"])}`
  if (payload["method"] === "system") return `the system took back what ${who} had approved${now}`
  const said = quotedIn(payload, ["reason", "note"]).map((words) => ` ${words}`)
  return `${who} said ${text(payload["decision"])} (${proofOf(payload, page)})${said.join("")}${now}`
}

/** By what a person answered. Whose the key is and whether the signature is good, only `bundle verify` with keys can tell. */
function proofOf(payload: JsonObject, page: Page): string {
  if (payload["method"] !== "ed25519")
    return `token: ${originText(page, TokenOrigin.safeParse(payload["token"]).data)}`
  const [signature] = listOf(field(payload["signature"], "signatures"))
  const keyId = text(field(signature, "keyid"))
  return `signed with key ${page.terminal ? keyId.slice(0, keyChars) : keyId}, not checked here`
}

const keyChars = 12

const quorumOf = (payload: JsonObject): string =>
  listOf(field(payload["obligations"], "quorum"))
    .map((slot) => `${count(field(slot, "count"))} of ${text(field(slot, "role"))}`)
    .join(" and ")

const previewOf = (payload: JsonObject): string =>
  firstOf(
    listOf(payload["preview"]),
    (line) => `${text(field(line, "label"))} ${valueOf(field(line, "value"))}`,
  )

const failureOf = (payload: JsonObject): string => {
  const failure = isObject(payload["failure"]) ? payload["failure"] : payload
  return [failure["code"], failure["message"]]
    .flatMap((part) => (typeof part === "string" ? [escapeLine(part)] : []))
    .join(" ")
}

const refOf = (contract: Json | undefined): string => text(field(contract, "ref"))

/** The first values of an object on one line: `repository demo, version 1.4.0`. */
function valuesOf(value: Json | undefined): string {
  if (!isObject(value)) return value === undefined ? "" : valueOf(value)
  return firstOf(Object.entries(value), ([name, each]) => `${escapeLine(name)} ${valueOf(each)}`)
}

/** The first of a list on one line, and how many more there are. */
function firstOf<T>(list: readonly T[], word: (item: T) => string): string {
  const more = list.length - valuesMax
  return [...list.slice(0, valuesMax).map(word), ...(more > 0 ? [`and ${more} more`] : [])].join(", ")
}

/** A value; quoted where it has anything that could pass for another one beside it. */
function valueOf(value: Json | undefined): string {
  if (value === undefined) return "–"
  if (typeof value !== "string") return cut(JSON.stringify(value))
  return plainWord.test(value) ? cut(value) : quoted(value)
}

const plainWord = /^[^\s,;:"()]+$/

/** The free texts of a payload under these names. */
const quotedIn = (payload: JsonObject, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => (typeof payload[name] === "string" ? [quoted(payload[name])] : []))

const quoted = (words: string): string => `"${cut(words).replaceAll('"', String.raw`\"`)}"`

const cut = (value: string): string =>
  value.length <= valueChars ? escapeLine(value) : `${escapeLine(value.slice(0, valueChars).toWellFormed())}…`
const count = (value: Json | undefined): string => (typeof value === "number" ? String(value) : "–")
const field = (value: Json | undefined, name: string): Json | undefined =>
  isObject(value) ? value[name] : undefined
/** A text of the payload, escaped. */
const text = (value: Json | undefined): string => (typeof value === "string" ? escapeLine(value) : "–")
