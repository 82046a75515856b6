// One entry of a trace in words: which step it is of, and what happened.
// Everything comes from the payload and is escaped; an entry whose payload is not there says its kind alone.

import { escapeLine, TokenOrigin, type Json, type JsonObject, isObject, listOf } from "@counterfoil/contracts"
import type { Page } from "./page.ts"
import { originText, shortId } from "./words.ts"

/** An entry as its readers hand it over: `payload` is undefined where it was left out or erased. */
export interface ToldEntry {
  readonly kind: string
  readonly payload: Json | undefined
}

/** The step that an entry is of, and what it says. `–` for an entry that is of no step. */
export interface EntryWords {
  readonly step: string
  readonly says: string
}

/** Values of an input shown in one line. */
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

/** The name of the step that a payload is of. */
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
      return `settled by a person: ${at("outcome")}, ${at("reason")}`
    case "execution.failed":
      return `ended, failed: ${failureOf(payload)}`
    case "execution.completed":
      return `ended, completed: ${valuesOf(payload["output"])}`
    default:
      return ["because", "reason", "status"]
        .flatMap((name) => (typeof payload[name] === "string" ? [at(name)] : []))
        .join(", ")
  }
}

function askedOf(payload: JsonObject): string {
  const as = payload["as"]
  if (!isObject(as)) return "something that is not here"
  if (typeof as["contract"] === "string") return `${escapeLine(as["contract"])} ${valuesOf(as["input"])}`
  return typeof as["text"] === "string" ? `"${cut(as["text"])}"` : "a draft of steps"
}

function decidedOf(payload: JsonObject): string {
  const core = field(payload["verdict"], "core")
  const rules = [...listOf(field(core, "forbids")), ...listOf(field(core, "determining"))].map(text)
  const by = rules.length === 0 ? "no rule" : [...new Set(rules)].join(", ")
  return `${text(payload["phase"])}: ${text(field(core, "decision"))}, tier ${text(field(core, "tier"))}, by ${by}`
}

function reviewOf(payload: JsonObject, page: Page): string {
  const origin = TokenOrigin.safeParse(payload["token"])
  const proof = text(payload["method"]) === "ed25519" ? "signed" : `token: ${originText(page, origin.data)}`
  const said = ["reason", "note"].flatMap((name) =>
    typeof payload[name] === "string" ? [` "${cut(payload[name])}"`] : [],
  )
  const late = payload["late"] === true ? ", too late to count" : ""
  return `${shortId(page, text(payload["human"]))} said ${text(payload["decision"])} (${proof})${said.join("")}${late}; now ${text(payload["status"])}`
}

const quorumOf = (payload: JsonObject): string =>
  listOf(field(payload["obligations"], "quorum"))
    .map((slot) => `${count(field(slot, "count"))} of ${text(field(slot, "role"))}`)
    .join(" and ")

const previewOf = (payload: JsonObject): string =>
  listOf(payload["preview"])
    .slice(0, valuesMax)
    .map((line) => `${text(field(line, "label"))} ${valueOf(field(line, "value"))}`)
    .join(", ")

const failureOf = (payload: JsonObject): string => {
  const failure = isObject(payload["failure"]) ? payload["failure"] : payload
  return [failure["code"], failure["message"]]
    .flatMap((part) => (typeof part === "string" ? [escapeLine(part)] : []))
    .join(" ")
}

const refOf = (contract: Json | undefined): string => text(field(contract, "ref"))

/** The first values of an object on one line: `repository demo, version 1.4.0`. */
function valuesOf(value: Json | undefined): string {
  if (!isObject(value)) return value === undefined ? "" : cut(JSON.stringify(value))
  return Object.entries(value)
    .slice(0, valuesMax)
    .map(([name, each]) => `${escapeLine(name)} ${valueOf(each)}`)
    .join(", ")
}

const valueOf = (value: Json | undefined): string =>
  value === undefined ? "–" : cut(typeof value === "string" ? value : JSON.stringify(value))

const cut = (value: string): string =>
  value.length <= valueChars ? escapeLine(value) : `${escapeLine(value.slice(0, valueChars).toWellFormed())}…`
const count = (value: Json | undefined): string => (typeof value === "number" ? String(value) : "–")
const field = (value: Json | undefined, name: string): Json | undefined =>
  isObject(value) ? value[name] : undefined
/** A text of the payload, escaped. */
const text = (value: Json | undefined): string => (typeof value === "string" ? escapeLine(value) : "–")
