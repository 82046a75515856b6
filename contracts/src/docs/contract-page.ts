// A contract as one Markdown page, and the index of all pages.
// Owns: the form of both. Does not own: a single name or sentence in them; those are the contract's.

import type { Contract } from "../define/contract.ts"
import type { Json } from "../json/json.ts"
import type { JsonSchema } from "../define/schema.ts"
import { isList } from "../plan/reference.ts"
import { fieldRows, said } from "./field-rows.ts"

/**
 * The page of a contract: what it is for, its fields, errors, events and examples. `errorsFolder` is where the pages
 * of error codes are, as seen from this one. The same contract gives the same bytes.
 */
export function contractPage(contract: Contract, errorsFolder: string): string {
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
        ["capability", contract.capability],
        ...factsOf(contract),
      ],
    ),
    ...shapesOf(contract),
    ...answersOf(contract, errorsFolder),
    ...examplesOf(contract),
    `---\n\nMade from the contract with digest \`${contract.digest}\` by \`npm run golden -- --update\`.`,
  ]
    .join("\n\n")
    .concat("\n")
}

/** The index: every contract by kind, with a link to its page. `folder` is where the pages are. */
export function contractIndex(contracts: readonly Contract[], folder: string): string {
  const kinds = [
    ["Commands", "command"],
    ["Queries", "query"],
    ["Intents", "intent"],
    ["Events", "event"],
  ] as const
  const sections = kinds.flatMap(([title, kind]) => {
    const rows = contracts
      .filter((contract) => contract.kind === kind)
      .map((contract) => [
        `[${contract.ref}](${folder}/${contract.ref}.md)`,
        contract.meta.title,
        contract.meta.goal,
      ])
    return rows.length === 0 ? [] : [`## ${title}`, table(["contract", "title", "goal"], rows)]
  })
  return sections.join("\n\n")
}

type Row = readonly string[]

function factsOf(contract: Contract): readonly Row[] {
  switch (contract.kind) {
    case "event":
      return []
    case "intent":
      return [
        ["on failure", contract.onFailure],
        ["deadline", contract.deadline],
      ]
    case "command":
    case "query": {
      const { http, effect, window, floor, irreversible, auth, limits, undo } = contract
      return [
        ["effect class", effect],
        ...(http === null ? [] : [["HTTP", `\`${http.method} /v1${http.path}\``]]),
        ["who", `${auth.kinds.join(", ")}; at least ${auth.assurance}`],
        ...(window === null ? [] : [["key counts for", window]]),
        ...(floor === null ? [] : [["tier", `at least ${floor}`]]),
        ...(irreversible ? [["reversible", "no"]] : []),
        ...(undo === null ? [] : [["undo", undo.contract]]),
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

function answersOf(contract: Contract, errorsFolder: string): readonly string[] {
  if (contract.kind !== "command" && contract.kind !== "query") return []
  const codes = contract.errors.map((code) => `[${code}](${errorsFolder}/${code}.md)`).join(", ")
  const events = contract.emits.map((kind) => `[${kind}](${kind}.md)`).join(", ")
  return [
    ...(codes === "" ? [] : ["## Errors", `Beside the [common ones](${errorsFolder}/README.md): ${codes}.`]),
    ...(events === "" ? [] : ["## Events", `${events}.`]),
  ]
}

function examplesOf(contract: Contract): readonly string[] {
  const { examples } = contract.document
  if (!isList(examples) || examples.length === 0) return []
  return ["## Examples", ...examples.map(exampleText)]
}

function exampleText(example: Json): string {
  if (typeof example !== "object" || example === null || isList(example)) return ""
  const { title, input, fails } = example
  const heading = `${said(title)}${fails === undefined ? "" : `, refused at \`${said(fails)}\``}:`
  return `${heading}\n\n\`\`\`json\n${JSON.stringify(input, null, 2)}\n\`\`\``
}

function fieldTable(schema: JsonSchema): string {
  const rows = fieldRows(schema)
  if (rows.length === 0) return "No fields."
  return table(
    ["field", "type", "required", "notes"],
    rows.map(({ path, type, required, notes }) => [`\`${path}\``, type, required ? "yes" : "", notes]),
  )
}

function table(header: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n")
}
