// A report as SARIF 2.1.0, for code scanning.
// Owns: the mapping. A fingerprint consists of rule, contract and place, so that it survives moved lines.
// "Not checked" is a failed run, never a run without results.

import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import { isRuleId, rules } from "@counterfoil/contracts/drift"
import type { JsonObject } from "@counterfoil/contracts"
import type { DriftReport, ReportedFinding } from "../report.ts"
import { findingText, partsText, totals, uncheckedTexts } from "./words.ts"

/** GitHub shows 5,000 results of a run; the worst are listed first. */
const resultsMax = 5_000

/** The folder with the page of each rule in this program's documents. */
const docs = "docs/drift"

const levels = { breaking: "error", risky: "warning", safe: "note" } as const

/** The report as a SARIF log with one run. */
export function driftSarif(report: DriftReport, version: string): JsonObject {
  const shown = report.findings.slice(0, resultsMax)
  const left = report.findings.length - shown.length
  const ids = [...new Set(shown.map(({ rule }) => rule))].toSorted()
  const notes = [
    ...(left === 0 ? [] : [note("note", `${left} more results are in the JSON report.`)]),
    note("note", `Parts: ${partsText(report)}.`),
  ]
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "counterfoil drift check", version, rules: ids.map(ruleOf) } },
        invocations: [
          {
            executionSuccessful: report.checked,
            toolExecutionNotifications: [
              ...uncheckedTexts(report).map((text) => note("error", text)),
              ...notes,
            ],
          },
        ],
        columnKind: "utf16CodeUnits",
        results: shown.map((one) => resultOf(one, ids.indexOf(one.rule))),
        properties: { totals: totals(report) },
      },
    ],
  }
}

const note = (level: "error" | "note", text: string): JsonObject => ({ level, message: { text } })

function ruleOf(id: string): JsonObject {
  if (!isRuleId(id)) return { id }
  const { says, fix } = rules[id]
  const page = `${docs}/${id}.md`
  return {
    id,
    shortDescription: { text: says },
    help: { text: `${fix} Cases: ${page}.`, markdown: `${fix} Cases: \`${page}\`.` },
  }
}

function resultOf(finding: ReportedFinding, ruleIndex: number): JsonObject {
  const { rule, class: grave, contract, at, file, line, acknowledgedUntil } = finding
  return {
    ruleId: rule,
    ruleIndex,
    level: levels[grave],
    message: { text: findingText(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file), uriBaseId: "%SRCROOT%" },
          region: { startLine: line },
        },
        logicalLocations: [{ fullyQualifiedName: `${contract}${at}`, kind: "member" }],
      },
    ],
    partialFingerprints: { "counterfoilDrift/v1": fingerprint(finding) },
    ...(acknowledgedUntil === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: "external",
              status: "accepted",
              justification: `acknowledged until ${acknowledgedUntil}`,
            },
          ],
        }),
  }
}

const fingerprint = ({ rule, contract, at }: ReportedFinding): string =>
  blobDigest(utf8(JSON.stringify([rule, contract, at])))
