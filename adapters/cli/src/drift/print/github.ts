// A report as workflow commands of GitHub Actions, which annotate the lines of a change.
// Owns: escaping and the limit. Source: actions/toolkit packages/core/src/command.ts; limits of the check annotations of a step.

import { escapeLine } from "@counterfoil/contracts"
import { failsAt, type DriftReport } from "../report.ts"
import { findingText, partsText, shortened, totals, uncheckedTexts } from "./words.ts"

/** GitHub keeps ten annotations of each kind per step and silently drops the rest. Ten in total stay below that. */
const annotationsMax = 10

interface Annotation {
  readonly level: "error" | "warning" | "notice"
  readonly file: string
  readonly line: number
  readonly title: string
  readonly message: string
}

/** At most ten workflow commands, the worst first. When there are more findings, the last command counts the rest. */
export function driftAnnotations(report: DriftReport): string {
  const [first] = report.findings
  const unchecked = uncheckedTexts(report).map((message): Annotation => ({
    level: "error",
    file: first?.file ?? "contracts.lock.json",
    line: 1,
    title: "Contract drift: not checked",
    message,
  }))
  const failing = report.findings.filter((one) => one.class !== "safe" && one.acknowledgedUntil === undefined)
  const found = failing.map((one): Annotation => ({
    level: failsAt(one, report.failOn) && one.class === "breaking" ? "error" : "warning",
    file: one.file,
    line: one.line,
    title: `${one.rule} ${one.contract} (${one.class})`,
    message: findingText(one),
  }))
  return withinLimit([...unchecked, ...found], report)
    .map(command)
    .join("\n")
}

function withinLimit(all: readonly Annotation[], report: DriftReport): readonly Annotation[] {
  if (all.length <= annotationsMax) return all
  const shown = all.slice(0, annotationsMax - 1)
  const [first] = all
  return [
    ...shown,
    {
      level: "notice",
      file: first?.file ?? "contracts.lock.json",
      line: 1,
      title: `${all.length - shown.length} more`,
      message: `${totals(report)}; ${partsText(report)}. The report has them all.`,
    },
  ]
}

const command = ({ level, file, line, title, message }: Annotation): string =>
  `::${level} title=${property(title)},file=${property(file)},line=${line}::${data(message)}`

/** GitHub drops a message above 64 KB; a readable annotation is far shorter. */
const messageMax = 4_000

const data = (untrusted: string): string =>
  shortened(escapeLine(untrusted), messageMax)
    .replaceAll("%", "%25")
    .replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A")

const property = (untrusted: string): string => data(untrusted).replaceAll(":", "%3A").replaceAll(",", "%2C")
