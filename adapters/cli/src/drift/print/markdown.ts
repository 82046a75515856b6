// A report as the body of a comment, for the reviewer of a change.
// Owns: the table, the marker that finds an earlier comment, and the length. Does not own: sending it (action/).
// Text of contracts is *untrusted*: it must not end the table, mention people, or be HTML.

import { escapeLine } from "@counterfoil/contracts"
import type { DriftReport, ReportedFinding } from "../report.ts"
import { leftOutTexts, liveTexts, partsText, reproduce, shortened, totals, uncheckedTexts } from "./words.ts"

/** The first line of every drift comment, by which an earlier one is found and edited in place. */
const commentMarker = "<!-- counterfoil drift check -->"

/** A comment may have 65,536 characters; this leaves room for what a person adds. */
const bytesMax = 60_000

/** The report as Markdown, at most 60 KB: the worst findings are shown, and the last line counts the rest. */
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

/** More unchecked places than this have the same cause, which the first ones name. */
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

/** A longer text would leave no room for the others. `uncheckedMax` texts of this length fit, even when every character is escaped. */
const cellMax = 500

/** Text that Markdown shows without interpreting it. `@` would mention people, `#` other changes. */
const md = (untrusted: string): string =>
  shortened(escapeLine(untrusted), cellMax)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_[\]|~]/g, (character) => `\\${character}`)
    .replaceAll("@", "@\u2060")
    .replaceAll("#", "#\u2060")
    .replaceAll("://", ":\u2060//")
