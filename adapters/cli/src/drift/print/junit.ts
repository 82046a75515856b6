// A report as JUnit XML: one suite per contract, one case per rule.
// Owns: the mapping and the escaping. Findings that fail are failures, what was not checked is an error, the rest passes.
// Source: testmoapp/junitxml, the subset that most readers support.

import { escapeText } from "@counterfoil/contracts"
import { checkParts } from "@counterfoil/contracts/drift"
import { failsAt, type DriftReport, type ReportedFinding } from "../report.ts"
import { findingText, totals, uncheckedText } from "./words.ts"

interface Case {
  readonly suite: string
  readonly name: string
  readonly ends: "passed" | "failure" | "error"
  readonly says: readonly string[]
}

/** The report as XML. A clean part is one passed case, so that there is always a case: readers refuse a file without one. */
export function driftJunit(report: DriftReport): string {
  const all = [...report.notChecked.map(uncheckedCase), ...casesOf(report), ...cleanCases(report)]
  const suites = [...new Set(all.map(({ suite }) => suite))].map((suite) =>
    suiteXml(
      suite,
      all.filter((one) => one.suite === suite),
    ),
  )
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="${xml(totals(report))}" ${counts(all)}>`,
    ...suites,
    `</testsuites>`,
    "",
  ].join("\n")
}

const cleanCases = ({ parts }: DriftReport): readonly Case[] =>
  checkParts
    .filter((part) => parts[part].result === "clean")
    .map((part) => ({ suite: part, name: "no drift", ends: "passed", says: [] }))

const uncheckedCase = (one: DriftReport["notChecked"][number]): Case => ({
  suite: one.contract ?? one.part,
  name: one.at ?? "not checked",
  ends: "error",
  says: [uncheckedText(one)],
})

function casesOf({ findings, failOn }: DriftReport): readonly Case[] {
  const groups = new Map<string, ReportedFinding[]>()
  for (const one of findings) {
    const key = `${one.contract}\n${one.rule}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()].flatMap((group): readonly Case[] => {
    const [first] = group
    if (first === undefined) return []
    const ends = group.some((one) => failsAt(one, failOn)) ? "failure" : "passed"
    return [{ suite: first.contract, name: first.rule, ends, says: group.map(findingText) }]
  })
}

function suiteXml(suite: string, cases: readonly Case[]): string {
  const lines = cases.map(({ name, ends, says }) => {
    const head = `    <testcase classname="${xml(suite)}" name="${xml(name)}"`
    if (ends === "passed")
      return says.length === 0
        ? `${head}/>`
        : `${head}><system-out>${xml(says.join("\n"))}</system-out></testcase>`
    const [first = ""] = says
    return `${head}><${ends} message="${xml(first)}">${xml(says.join("\n"))}</${ends}></testcase>`
  })
  return [`  <testsuite name="${xml(suite)}" ${counts(cases)}>`, ...lines, `  </testsuite>`].join("\n")
}

const counts = (cases: readonly Case[]): string =>
  `tests="${cases.length}" failures="${cases.filter(({ ends }) => ends === "failure").length}" errors="${
    cases.filter(({ ends }) => ends === "error").length
  }"`

/** XML 1.0 cannot represent most control characters, so they are escaped as in every other format. */
const xml = (untrusted: string): string =>
  escapeText(untrusted)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;")
