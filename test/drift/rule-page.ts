// The page of a rule of drift: what changed, how grave it is where, who is affected, what to do, and four cases.
// Owns: the text of docs/drift/Cnnn.md. Does not own: the rules (contracts/drift), nor the cases (rule-cases.ts).

import { isList, type Json } from "@counterfoil/contracts"
import { rules, type DriftClass, type RuleId } from "@counterfoil/contracts/drift"
import { comparedOn } from "./corpus/whole-locks.ts"
import { casesOf, type RuleCase } from "./rule-cases.ts"

/** The page. */
export function rulePage(id: RuleId): string {
  const { says, affects, fix } = rules[id]
  const classes: Readonly<Record<string, DriftClass>> = rules[id].classes
  const { fires, not } = casesOf(id)
  const tests = [...new Set([...fires, ...not].map(({ shownIn }) => shownIn))]
  const shown = [...fires.map(caseText), ...not.map(caseText)]
  const dated = shown.some((text) => /\d{4}-\d\d-\d\d/.test(text))
  return [
    `# ${id}: ${says}`,
    ["| where | class |", "| --- | --- |", ...Object.entries(classes).map(classRow)].join("\n"),
    `What each class asks for: [classes](../DRIFT.md#classes). Who is affected: ${affected[affects]}. What to do: ${fix}`,
    "## It fires",
    ...shown.slice(0, fires.length),
    "## It does not",
    ...shown.slice(fires.length),
    ...(dated ? [`Days are counted from ${comparedOn}.`] : []),
    "---",
    `All rules: [Drift](../DRIFT.md#rules). Made from the rules and the labelled cases of ${tests
      .map((test) => `[${test}](../../${test})`)
      .join(" and ")}.`,
  ]
    .join("\n\n")
    .concat("\n")
}

const classRow = ([form, grave]: readonly [string, DriftClass]): string =>
  `| ${form === "always" ? "everywhere" : form} | ${grave} |`

const affected = {
  "callers or readers": "callers of an input, readers of an output or of an event's payload",
  "callers": "its callers",
  "readers": "readers of its events",
  "approvers": "authors of policy for it, and its reviewers",
  "operators": "operators of the installation",
  "holders": "holders of a grant of it",
  "owners": "its owners",
} as const satisfies { readonly [A in (typeof rules)[RuleId]["affects"]]: string }

function caseText({ says, before, after, found }: RuleCase): string {
  const labels = found.map(
    ({ rule, classes }) => `[${rule}](${rule}.md)${classes === "" ? "" : ` ${classes}`}`,
  )
  const answer = labels.length === 0 ? "Nothing is found." : `Found: ${labels.join("; ")}.`
  const sides = `// before\n${compact(before)}\n// after\n${compact(after)}`
  return `**${capital(says)}.** ${answer}\n\n\`\`\`jsonc\n${sides}\n\`\`\``
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

const columnsMax = 100

/** JSON as people write it: a value that fits on one line is written on one line. */
function compact(value: Json, indent = ""): string {
  const line = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, " ")
  if (typeof value !== "object" || value === null || indent.length + line.length <= columnsMax) return line
  const inner = `${indent}  `
  const items = isList(value)
    ? value.map((item) => compact(item, inner))
    : Object.entries(value).map(([name, item]: [string, Json]) => `"${name}": ${compact(item, inner)}`)
  const [open, close] = isList(value) ? ["[", "]"] : ["{", "}"]
  return `${open}\n${items.map((item) => `${inner}${item}`).join(",\n")}\n${indent}${close}`
}
