// The rules of drift as the table of docs/DRIFT.md.
// Owns: the text between the two marks. Does not own: the rules (contracts/drift), nor the page around it.

import { rules, type DriftClass } from "@counterfoil/contracts/drift"

/** The table, made from the rules. */
export function rulesTable(): string {
  const rows = Object.entries(rules).map(
    ([id, { says, classes, affects, fix }]) =>
      `| [${id}](drift/${id}.md) | ${says} | ${classesText(classes)} | ${affects} | ${fix} |`,
  )
  return [
    "| rule | what changed | class | who feels it | what to do |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n")
}

function classesText(classes: Readonly<Record<string, DriftClass>>): string {
  const forms = Object.entries(classes)
  const [first] = forms
  if (first !== undefined && forms.every(([, grave]) => grave === first[1])) return first[1]
  return forms.map(([form, grave]) => `${form}: ${grave}`).join(", ")
}
