// A report as the body of a comment: what a reviewer of a change reads first.
// Owns: the table, the marker that finds an earlier comment, and the length. Does not own: sending it (action/).
// Text of contracts is *untrusted*: it can neither end the table, nor mention anybody, nor be HTML.

import { escapeLine } from "@counterfoil/contracts"
import type { DriftReport, ReportedFinding } from "../report.ts"
import { leftOutTexts, liveTexts, partsText, reproduce, shortened, totals, uncheckedTexts } from "./words.ts"

/** The first line of every comment of ours: an earlier one is found by it and edited in place. */
export const commentMarker = "<!-- counterfoil drift check -->"

/** A comment may have 65,536 characters; below that there is room for what a person adds. */
const bytesMax = 60_000

/** The report as Markdown, at most 60 KB: the worst findings stay, and the last line says how many are not shown. */
export function driftMarkdown(report: DriftReport): string {
  const head = [commentMarker, `### Contract drift: ${md(totals(report))}`, ""]
  const unchecked = uncheckedTexts(report).map((text) => `- **${md(text)}**`)
  const tail = [
    "",
    ...[...leftOutTexts(report), ...liveTexts(report)].flatMap((text) => [`${md(text)}.`, ""]),
    `Reproduce: \`${shortened(escapeLine(reproduce(report)), cellMax).replaceAll("`", "'")}\``,
    "",
    `${md(partsText(report))}.`,
  ]
  const open = report.findings.filter(({ class: grave }) => grave !== "safe")
  const table =
    open.length === 0 ? [] : ["| rule | where | change | who feels it |", "| --- | --- | --- | --- |"]
  const rows = fitting(
    open.map(row),
    bytesMax - bytesOf([...head, ...unchecked.slice(0, uncheckedMax), ...tail]),
  )
  const left = open.length - rows.length
  return [
    ...head,
    ...unchecked.slice(0, uncheckedMax),
    ...table,
    ...rows,
    ...(left === 0 ? [] : ["", `${left} more are in the report.`]),
    ...tail,
    "",
  ].join("\n")
}

/** More places than this that are not checked have one cause, and the first say it. */
const uncheckedMax = 20

function row({
  rule,
  class: grave,
  file,
  line,
  message,
  affected,
  acknowledgedUntil,
}: ReportedFinding): string {
  const said = acknowledgedUntil === undefined ? grave : `${grave}, acknowledged until ${acknowledgedUntil}`
  return `| ${rule} | ${md(file)}:${line} | ${said}: ${md(message)} | ${md(affected)} |`
}

function fitting(rows: readonly string[], bytes: number): readonly string[] {
  let left = bytes - 500 // the head of the table and the line about the rest
  const shown: string[] = []
  for (const one of rows) {
    left -= bytesOf([one])
    if (left < 0) break
    shown.push(one)
  }
  return shown
}

const bytesOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)

/** One text that is longer would leave no room for the others. All of `uncheckedMax` of them fit, however they are escaped. */
const cellMax = 500

/** Text that Markdown shows and does not obey. `@` would mention people, `#` other changes. */
const md = (untrusted: string): string =>
  shortened(escapeLine(untrusted), cellMax)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_[\]|~]/g, (character) => `\\${character}`)
    .replaceAll("@", "@\u2060")
    .replaceAll("#", "#\u2060")
    .replaceAll("://", ":\u2060//")
