// A replay's report in words: what was derived again, where it first differs, and what to run next.
// Owns: the text, at most 80 columns wide. Does not own: the report (report-of.ts), colours (CLI).

import { canonical, escapeLine, type Json } from "@counterfoil/contracts"
import type { Divergence, ReplayReport } from "./report.ts"

const columns = 80

/** The report as lines of text, each at most 80 columns; without a newline at the end. What a trace holds is *untrusted* and escaped. */
export function explainReport(report: ReplayReport): string {
  const lines = [
    headline(report),
    ...(report.first === null ? [] : placeOf(report.first)),
    ...othersOf(report),
    ...unverifiableOf(report),
  ]
  return [...lines, `effects caused: ${report.sideEffects}`]
    .flatMap((line) => folded(escapeLine(line)))
    .join("\n")
}

function headline({ result, checked, counts, first, unverifiable }: ReplayReport): string {
  const looked = [
    ...(checked.plan === "notReached" ? [] : ["plan"]),
    ...(counts.verdicts === 0 ? [] : [counted(counts.verdicts, "verdict")]),
    ...(counts.approvals === 0 ? [] : [counted(counts.approvals, "approval")]),
    counted(checked.entries, "entry", "entries"),
  ].join(", ")
  switch (result) {
    case "identical":
      return `identical: ${looked}`
    case "unverifiable":
      return `could not check: ${counted(unverifiable.length, "derivation")} of ${looked}`
    case "divergent":
      return first === null
        ? "diverged"
        : `diverged at entry ${first.seq}${first.stepKey === null ? "" : `, ${first.stepKey}`}: ${first.because}`
  }
}

function placeOf({ kind, at, recorded, derived, fix }: Divergence): readonly string[] {
  return [
    `  ${kind}${at === "" ? "" : ` at ${at}`}`,
    `  recorded  ${valueOf(recorded)}`,
    `  derived   ${valueOf(derived)}`,
    `  next      ${fix}`,
  ]
}

function othersOf({ others }: ReplayReport): readonly string[] {
  const [next] = others
  if (next === undefined) return []
  const follow = others.filter(({ follows }) => follows !== null).length
  return [
    `  ${counted(others.length, "later difference")}, ${follow} of them from earlier ones; the next at entry ${next.seq} ${next.at}`,
  ]
}

const listedMax = 5

function unverifiableOf({ unverifiable }: ReplayReport): readonly string[] {
  const listed = unverifiable
    .slice(0, listedMax)
    .map(({ seq, reason, what }) => `  entry ${seq}: not derived (${reason}): ${what}`)
  return unverifiable.length > listedMax
    ? [...listed, `  and ${unverifiable.length - listedMax} more`]
    : listed
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

const valueOf = (value: Json): string => canonical(value)

/** A line as several where it is too long, the rest indented. What a trace holds may be megabytes: each part is looked at once. */
function folded(line: string): readonly string[] {
  const lines: string[] = []
  let [at, indent] = [0, ""]
  while (indent.length + line.length - at > columns) {
    const width = columns - indent.length
    const space = line.slice(at, at + width + 1).lastIndexOf(" ")
    const end = at + (space > 20 ? space : width)
    lines.push(indent + line.slice(at, end))
    at = end
    while (line[at] === " ") at += 1
    indent = "    "
  }
  return [...lines, indent + line.slice(at)]
}
