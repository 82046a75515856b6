// A contract as one Markdown page, and the index of all pages.
// Owns: the form of both. Does not own: a single name or sentence in them; those are the contract's.

import type { Contract } from "../define/contract.ts"
import { examplesOf, type Example } from "../define/examples.ts"
import type { JsonSchema } from "../schema/schema.ts"
import type { Json } from "../json/json.ts"
import { callName, eventName, natsPrefix } from "../nats.ts"
import { effectiveFloor } from "../define/build-request.ts"
import type { ContractRef } from "../primitives.ts"
import { fieldRows } from "./field-rows.ts"
import { table, type Row } from "./table.ts"

/** Where a page's links lead, as seen from it, and what only the registry knows. */
interface PageSurroundings {
  readonly errorsFolder: string
  readonly schemasFolder: string
  readonly capabilitiesFolder: string
  /** The contracts that emit this event; empty for any other contract. */
  readonly emittedBy: readonly ContractRef[]
}

/** The page of a contract: what it is for, its fields, errors, events and examples. The same contract gives the same bytes. */
export function contractPage(contract: Contract, around: PageSurroundings): string {
  const { meta, ref, version } = contract
  return [
    `# ${ref}`,
    `${meta.title}. ${meta.goal}`,
    meta.context,
    table(
      ["", ""],
      [
        ["kind", contract.kind],
        ["version", version],
        ["stability", meta.stability],
        ["owners", meta.owners.join(", ")],
        ["tags", meta.tags.join(", ")],
        ["capability", `[${contract.capability}](${around.capabilitiesFolder}/${contract.capability}.md)`],
        ...factsOf(contract),
        ["JSON Schema", `[${ref}.json](${around.schemasFolder}/${ref}.json)`],
      ],
    ),
    ...shapesOf(contract),
    ...answersOf(contract, around),
    ...exampleTexts(contract),
    `---\n\nMade from the contract with digest \`${contract.digest}\` by \`npx counterfoil contract generate\`.`,
  ]
    .join("\n\n")
    .concat("\n")
}

/** One part of the index: contracts that have their pages in one folder. */
interface IndexPart {
  readonly title: string
  readonly folder: string
  readonly contracts: readonly Contract[]
}

/** The index: every contract by part and kind, with a link to its page. */
export function contractIndex(parts: readonly IndexPart[]): string {
  return parts.map(partText).join("\n\n")
}

const kinds = [
  ["Intents", "intent"],
  ["Commands", "command"],
  ["Queries", "query"],
  ["Events", "event"],
] as const

function partText({ title, folder, contracts }: IndexPart): string {
  const sections = kinds.flatMap(([heading, kind]) => {
    const rows = contracts
      .filter((contract) => contract.kind === kind)
      .map(({ ref, meta }) => [`[${ref}](${folder}/${ref}.md)`, meta.title, meta.goal])
    return rows.length === 0 ? [] : [`### ${heading}`, table(["contract", "title", "goal"], rows)]
  })
  return [`## ${title}`, ...sections].join("\n\n")
}

function factsOf(contract: Contract): readonly Row[] {
  switch (contract.kind) {
    case "event":
      return [["NATS", `\`${natsPrefix}.{tenant}.event.{executionId}.${eventName(contract.ref)}\``]]
    case "intent":
      return [
        ["on failure", contract.onFailure],
        ["deadline", contract.deadline],
      ]
    case "command":
    case "query": {
      const { http, effect, window, irreversible, auth, limits, undo, observes, preview, notShown } = contract
      const { tier } = effectiveFloor(contract, [])
      return [
        ["effect class", effect],
        ...(http === null
          ? []
          : [
              ["HTTP", `\`${http.method} /v1${http.path}\``],
              ["NATS", `\`${natsPrefix}.{tenant}.call.${callName(contract.ref)}\``],
            ]),
        ["who", `${auth.kinds.join(", ")}; at least ${auth.assurance}`],
        ...(window === null ? [] : [["key counts for", window]]),
        ...(tier === "low" ? [] : [["tier", `at least ${tier}`]]),
        ...(irreversible ? [["reversible", "no"]] : []),
        ...(undo === null ? [] : [["undo", undo.contract]]),
        ...(observes === null
          ? []
          : [
              [
                "acts on",
                `what [${observes.contract}](${observes.contract}.md) read, in \`${observes.at.slice(1)}\``,
              ],
            ]),
        ...(preview.length === 0
          ? []
          : [["an approver reads", preview.map(({ label }) => label).join(", ")]]),
        ...notShown.map(({ at, reason }): Row => [`not shown: \`${at}\``, reason]),
        ["deadline of an attempt", limits.deadline],
        ["input, output", `at most ${limits.inputBytes}, ${limits.outputBytes} bytes`],
      ]
    }
  }
}

function shapesOf(contract: Contract): readonly string[] {
  if (contract.kind === "event") return ["## Payload", fieldTable(contract.payloadSchema)]
  const checks = contract.checks.map(({ says }) => `- ${says}`).join("\n")
  return [
    "## Input",
    fieldTable(contract.inputSchema),
    ...(checks === "" ? [] : [checks]),
    "## Output",
    fieldTable(contract.outputSchema),
  ]
}

function answersOf(contract: Contract, { errorsFolder, emittedBy }: PageSurroundings): readonly string[] {
  const linked = (refs: readonly string[]): string => refs.map((ref) => `[${ref}](${ref}.md)`).join(", ")
  if (contract.kind === "event")
    return emittedBy.length === 0 ? [] : ["## Emitted by", `${linked(emittedBy)}.`]
  if (contract.kind === "intent") return []
  const codes = contract.errors.map((code) => `[${code}](${errorsFolder}/${code}.md)`).join(", ")
  return [
    ...(codes === "" ? [] : ["## Errors", `Beside the [common ones](${errorsFolder}/README.md): ${codes}.`]),
    ...(contract.emits.length === 0 ? [] : ["## Events", `${linked(contract.emits)}.`]),
  ]
}

function exampleTexts(contract: Contract): readonly string[] {
  const examples = examplesOf(contract)
  return examples.length === 0 ? [] : ["## Examples", ...examples.map(exampleText)]
}

function exampleText({ title, value, output, fails }: Example): string {
  const asked = `${title}${fails === null ? "" : `, refused at \`${fails}\``}:\n\n${jsonBlock(value)}`
  return output === undefined ? asked : `${asked}\n\nanswers:\n\n${jsonBlock(output)}`
}

const jsonBlock = (value: Json): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``

function fieldTable(schema: JsonSchema): string {
  const rows = fieldRows(schema)
  if (rows.length === 0) return "No fields."
  return table(
    ["field", "type", "required", "notes"],
    rows.map(({ path, type, required, notes }) => [`\`${path}\``, type, required ? "yes" : "", notes]),
  )
}
