// The formats of a report, by name.
// Owns: the list. Does not own: the formats (print/).

import { schemaVersion } from "../show-ending.ts"
import { driftAnnotations } from "./print/github.ts"
import { driftJunit } from "./print/junit.ts"
import { driftMarkdown } from "./print/markdown.ts"
import { driftSarif } from "./print/sarif.ts"
import { driftText } from "./print/text.ts"
import type { DriftReport } from "./report.ts"

/** Every format; each prints the same report. */
export const driftFormats = {
  text: driftText,
  markdown: driftMarkdown,
  json: (report) => JSON.stringify({ schemaVersion, ...report }, null, 2),
  jsonl: (report) =>
    [...report.findings, lastLine(report)]
      .map((line) => JSON.stringify({ schemaVersion, ...line }))
      .join("\n"),
  github: driftAnnotations,
  sarif: (report, version) => JSON.stringify(driftSarif(report, version), null, 2),
  junit: driftJunit,
} as const satisfies Readonly<Record<string, (report: DriftReport, version: string) => string>>
export type DriftFormat = keyof typeof driftFormats

/** True for the name of a format. */
export const isDriftFormat = (name: string): name is DriftFormat => Object.hasOwn(driftFormats, name)

/** A report without its findings: the last line of JSON Lines. */
export function lastLine({ findings: _findings, ...rest }: DriftReport): Omit<DriftReport, "findings"> {
  return rest
}
