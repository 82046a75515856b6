// Prints a contract on one screen: its purpose, its input and output, the effect of repeating it, and who may use it.
// Owns: the layout. Does not own: the contract's own words and numbers.

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

/** The most fields of one schema on a screen; the contract's page lists all. */
const fieldsMax = 12
/** A longer example is too long to type; it is on the contract's page. */
const exampleCharsMax = 200

type Line = readonly [label: string, text: string]

/** The screen. `page` is the contract's page in the documents; `emittedBy` lists the contracts that emit it when it is an event. */
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
  "stop": "finished steps stay",
  "undo": "finished steps are undone where possible",
} as const

const repeating: { readonly [E in EffectClass]: string } = {
  "pure": "touches nothing",
  "read": "only reads",
  "natural": "repeating it changes nothing more",
  "keyed": "repeating it under its key acts once",
  "probeable": "repeating it would act twice; a probe finds out whether it happened",
  "unsafe": "can be neither repeated nor probed: a person settles it when it is in doubt",
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
      : [["state", `as ${observes.contract} read it; refused if it differs at run time`] as const]),
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
  `deprecated since ${since}, removed after ${removeAfter}: use ${replacedBy}`

function shapesOf(contract: Contract): readonly Line[] {
  if (contract.kind === "event") return fieldsOf("holds", contract.payloadSchema)
  const checks = contract.checks.map(({ says }): Line => ["", says])
  return [...fieldsOf("in", contract.inputSchema), ...checks, ...fieldsOf("out", contract.outputSchema)]
}

/** Top-level fields, one per line, with the label before the first. */
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

/** The label of a command to copy; its JSON is escaped with JSON's own escapes. */
const tried = "try"
