// A contract as one screen: what it is for, what goes in and out, what repeating it does, and who may.
// Owns: how it reads. Does not own: any word or number of it; those are the contract's.

import {
  type Callable,
  type Contract,
  type EffectClass,
  effectiveFloor,
  escapeJson,
  escapeLine,
  examplesOf,
  fieldRows,
  type Json,
  type JsonSchema,
} from "@counterfoil/contracts"
import { aligned } from "./columns.ts"

/** Fields of one shape that a screen has room for; the page of the contract has all. */
const fieldsMax = 12
/** A longer example is not typed: it is on the page, and goes into a file. */
const exampleCharsMax = 200

type Line = readonly [label: string, text: string]

/** The screen. `page` is the contract's page in the documents, `emittedBy` the contracts that write it where it is an event. */
export function contractText(
  contract: Contract,
  { page, emittedBy }: { readonly page: string; readonly emittedBy: readonly string[] },
): string {
  const { ref, kind, version, meta, capability } = contract
  const lines: readonly Line[] = [
    ["goal", meta.goal],
    ["when", meta.context],
    ["owners", `${meta.owners.join(", ")}   tags ${meta.tags.join(", ")}   capability ${capability}`],
    ...(meta.deprecation === undefined ? [] : [["goes", goes(meta.deprecation)] as const]),
    ...(contract.kind === "command" || contract.kind === "query" ? callable(contract) : []),
    ...(contract.kind === "intent" ? [["fails", onFailure[contract.onFailure]] as const] : []),
    ...(emittedBy.length === 0 ? [] : [["from", emittedBy.join(", ")] as const]),
    ...shapesOf(contract),
    ...tryIt(contract),
    ["page", page],
  ]
  const head = `${ref}  ${kind} ${version}, ${meta.stability}   ${meta.title}`
  return [
    escapeLine(head),
    aligned(lines.map(([label, text]) => [label, label === tried ? text : escapeLine(text)])),
  ].join("\n")
}

const onFailure = {
  "stop": "what was done stays done",
  "undo": "what was done is undone where it can be",
} as const

const repeating: { readonly [E in EffectClass]: string } = {
  "pure": "touches nothing",
  "read": "only looks",
  "natural": "repeating it changes nothing more",
  "keyed": "repeating it under its key acts once",
  "probeable": "repeating it would act twice; a probe tells whether it happened",
  "unsafe": "can be neither repeated nor probed: in doubt, a person settles it",
}

function callable(contract: Callable): readonly Line[] {
  const { effect, irreversible, undo, observes, window, auth, http, path, errors, emits, preview } = contract
  const back = undo === null ? (irreversible ? ", cannot be undone" : "") : `, undone by ${undo.contract}`
  const { tier, because } = effectiveFloor(contract, [])
  const door = http === null ? "as a step of a plan" : `${http.method} /v1${http.path}, ${path}`
  return [
    ["effect", `${effect}: ${repeating[effect]}${window === null ? "" : ` for ${window}`}${back}`],
    ...(observes === null
      ? []
      : [["state", `what ${observes.contract} read; another state at run time is refused`] as const]),
    ["tier", `at least ${tier}, by ${because.join(" and ")}; policy may ask for more`],
    ["who", `${auth.kinds.join(", ")} with at least ${auth.assurance}, a grant of ${contract.capability}`],
    ["called", door],
    ...(preview.length === 0
      ? []
      : [["shows", `${preview.map(({ label }) => label).join(", ")} to an approver`] as const]),
    ["errors", errors.length === 0 ? "the common ones" : `${errors.join(", ")} and the common ones`],
    ...(emits.length === 0 ? [] : [["events", emits.join(", ")] as const]),
  ]
}

const goes = ({ since, replacedBy, removeAfter }: NonNullable<Contract["meta"]["deprecation"]>): string =>
  `deprecated since ${since}, after ${removeAfter} gone: use ${replacedBy}`

function shapesOf(contract: Contract): readonly Line[] {
  if (contract.kind === "event") return fieldsOf("holds", contract.payloadSchema)
  const checks = contract.checks.map(({ says }): Line => ["", says])
  return [...fieldsOf("in", contract.inputSchema), ...checks, ...fieldsOf("out", contract.outputSchema)]
}

/** Top-level fields, one a line; the label stands before the first. */
function fieldsOf(label: string, schema: JsonSchema): readonly Line[] {
  const rows = fieldRows(schema).filter(({ path }) => !/[.[*]/.test(path))
  const shown = rows.slice(0, fieldsMax).map(({ path, type, required, notes }) => {
    const also = notes === "" ? "" : `  ${notes}`
    return `${path}${required ? "" : "?"}  ${type.replaceAll("`", "")}${also}`
  })
  const rest = rows.length > fieldsMax ? [`and ${rows.length - fieldsMax} more`] : []
  const texts = rows.length === 0 ? ["no fields"] : [...shown, ...rest]
  return texts.map((text, at): Line => [at === 0 ? label : "", text])
}

function tryIt(contract: Contract): readonly Line[] {
  if (contract.kind === "event") return []
  const step = contract.kind === "intent" || contract.http === null
  const input: Json | undefined = examplesOf(contract).find(({ fails }) => fails === null)?.value
  const text = JSON.stringify(input ?? {})
  if (!step || text.length > exampleCharsMax) return []
  return [[tried, `counterfoil plan ${contract.ref} --input '${escapeJson(text)}'`]]
}

/** The label of a command to copy: its JSON says the same with JSON's own escapes. */
const tried = "try"
