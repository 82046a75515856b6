// Each format of a drift report, read by an independent reader of that format.

import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { DriftReport, driftFormats } from "@counterfoil/cli"
import { AnyJson, escapeLine } from "@counterfoil/contracts"
import type { ValidateFunction } from "ajv"
import Ajv04 from "ajv-draft-04"
import { Ajv2020 } from "ajv/dist/2020.js"
import addFormats from "ajv-formats"
import standard from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" }
import { parse } from "junit2json"
import { lexer } from "marked"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { rootFolder } from "../architecture/source-tree.ts"
import { clean, drifted, hostile, live, many, unchecked } from "./sample-report.ts"

const reports = { clean, drifted, live, unchecked, many }
const each = Object.entries(reports)
const version = "1.0.0"

const problems = (validate: ValidateFunction, value: unknown): string =>
  validate(value) ? "" : JSON.stringify(validate.errors?.slice(0, 3))

describe("how each part ended", () => {
  test("is in the last line of text and markdown, in SARIF as a note, and in JUnit as a case that passes", () => {
    const said = "contracts: findings, generated: clean, policy: clean, live: not asked for"
    expect(driftFormats.text(drifted).split("\n").at(-1)).toContain(said)
    expect(driftFormats.markdown(drifted).trimEnd().split("\n").at(-1)).toBe(`${said}.`)
    expect(driftFormats.sarif(drifted, version)).toContain(said)
    expect(driftFormats.junit(drifted)).toContain('<testcase classname="generated" name="no drift"/>')
    expect(driftFormats.github(many)).toContain(said)
  })

  test("is clean for none of them in what people read, where one was not checked", () => {
    for (const format of ["text", "markdown", "github", "sarif"] as const)
      expect(driftFormats[format](unchecked, version)).not.toContain("clean")
  })
})

describe("json and jsonl", () => {
  const file = join(rootFolder, "docs/drift-report.schema.json")
  const schema = z.toJSONSchema(DriftReport.extend({ schemaVersion: z.literal(1) }))

  test("the committed schema is the one of the reports", async () => {
    await expect(`${JSON.stringify(schema, null, 1)}\n`).toMatchFileSnapshot(file)
  })

  test.each(each)("a report fits the committed schema: %s", (_name, report) => {
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    const validate = ajv.compile(AnyJson.parse(JSON.parse(readFileSync(file, "utf8"))) as object)
    expect(problems(validate, JSON.parse(driftFormats.json(report)))).toBe("")
  })

  test.each(each)(
    "lines are one object each, the findings first and the summary last: %s",
    (_name, report) => {
      const lines = driftFormats
        .jsonl(report)
        .split("\n")
        .map((line) => AnyJson.parse(JSON.parse(line)))
      expect(lines).toHaveLength(report.findings.length + 1)
      expect(lines.at(-1)).toMatchObject({ schemaVersion: 1, result: report.result, summary: report.summary })
    },
  )
})

describe("sarif", () => {
  // The schema of the standard, SARIF 2.1.0 with errata, as a package of its authors carries it.
  const ajv = new Ajv04.default({ strict: false, unicodeRegExp: false })
  addFormats.default(ajv)
  const validate = ajv.compile(z.record(z.string(), z.json()).parse(standard))
  const Log = z.object({
    runs: z.tuple([
      z.object({
        invocations: z.tuple([
          z.object({
            executionSuccessful: z.boolean(),
            toolExecutionNotifications: z.array(z.object({ message: z.object({ text: z.string() }) })),
          }),
        ]),
        results: z.array(
          z.object({
            ruleId: z.string(),
            level: z.string(),
            suppressions: z.array(z.json()).optional(),
            partialFingerprints: z.record(z.string(), z.string()),
          }),
        ),
      }),
    ]),
  })
  const runOf = (report: DriftReport) => Log.parse(JSON.parse(driftFormats.sarif(report, version))).runs[0]

  test.each(each)("a report is valid by the schema of SARIF 2.1.0: %s", (_name, report) => {
    expect(problems(validate, JSON.parse(driftFormats.sarif(report, version)))).toBe("")
  })

  test("levels follow classes, and what is acknowledged is suppressed", () => {
    expect(
      runOf(drifted).results.map(({ ruleId, level, suppressions }) => [
        ruleId,
        level,
        suppressions !== undefined,
      ]),
    ).toEqual([
      ["C014", "error", false],
      ["C014", "error", false],
      ["C031", "warning", false],
      ["C032", "warning", true],
      ["C002", "note", false],
    ])
  })

  test("what was not checked is a run that did not succeed", () => {
    const [{ executionSuccessful, toolExecutionNotifications }] = runOf(unchecked).invocations
    expect(executionSuccessful).toBe(false)
    expect(toolExecutionNotifications[0]?.message.text).toContain("not checked")
    expect(runOf(clean).invocations[0].executionSuccessful).toBe(true)
  })

  test("fingerprints survive moved lines, and tell findings apart", () => {
    const moved = { ...drifted, findings: drifted.findings.map((one) => ({ ...one, line: one.line + 40 })) }
    const prints = (report: DriftReport) => runOf(report).results.map((one) => one.partialFingerprints)
    expect(prints(moved)).toEqual(prints(drifted))
    expect(new Set(prints(drifted).map((one) => JSON.stringify(one))).size).toBe(drifted.findings.length)
  })

  test("over 5,000 results the worst 5,000 stay, and a note says so", () => {
    const { results, invocations } = runOf(many)
    expect(results).toHaveLength(5_000)
    expect(results.slice(0, 3).map(({ level }) => level)).toEqual(["error", "error", "error"])
    expect(invocations[0].toolExecutionNotifications[0]?.message.text).toContain("1000 more")
  })
})

describe("junit", () => {
  test.each(each)(
    "a report is read by a reader of JUnit XML, with the counts that it states: %s",
    async (_name, report) => {
      const read = await parse(driftFormats.junit(report))
      if (read === null || read === undefined || !("testsuite" in read))
        throw new Error("no suites were read")
      const cases = (read.testsuite ?? []).flatMap((suite) => suite.testcase ?? [])
      expect(cases.length).toBeGreaterThan(0)
      expect(read.tests).toBe(cases.length)
      expect(read.failures).toBe(cases.filter((one) => one.failure !== undefined).length)
      expect(read.errors).toBe(cases.filter((one) => one.error !== undefined).length)
    },
  )

  test("breaking and risky fail, acknowledged and safe pass, and what was not checked is an error", async () => {
    const text = driftFormats.junit(drifted)
    const read = await parse(text)
    if (read === null || read === undefined || !("testsuite" in read)) throw new Error("no suites were read")
    const ends = (read.testsuite ?? []).flatMap((suite) =>
      (suite.testcase ?? []).map(
        (one) => `${suite.name} ${one.name} ${one.failure === undefined ? "passes" : "fails"}`,
      ),
    )
    expect(ends).toEqual([
      "payments.refund@1 C014 fails",
      "payments.refund@1 C031 fails",
      "payments.pay@1 C014 fails",
      "payments.pay@1 C032 passes",
      "payments.new@1 C002 passes",
      "generated no drift passes",
      "policy no drift passes",
    ])
    expect(driftFormats.junit(unchecked)).toContain("<error message=")
  })
})

describe("github", () => {
  /** What the toolkit of GitHub Actions writes for the same annotations. */
  const toolkit = (annotations: readonly object[]): readonly string[] =>
    execFileSync(
      process.execPath,
      [fileURLToPath(new URL("./toolkit.child.ts", import.meta.url)), JSON.stringify(annotations)],
      {
        encoding: "utf8",
      },
    )
      .trimEnd()
      .split("\n")

  test("commands are spelled as the toolkit of the host spells them, hostile text included", () => {
    const said =
      "Who feels it: readers of its output or events. Keep what was, or define the new form under a new major beside the old one."
    const place = { file: "contracts.lock.json", startLine: 12 }
    expect(driftFormats.github(drifted).split("\n")).toEqual(
      toolkit([
        {
          level: "error",
          message: `payments.refund@1 /output/id: the field was removed (text → –). ${said}`,
          properties: { title: "C014 payments.refund@1 (breaking)", ...place },
        },
        {
          level: "error",
          message: `${escapeLine(hostile)}. ${said}`,
          properties: { title: "C014 payments.pay@1 (breaking)", file: place.file, startLine: 80 },
        },
        {
          level: "warning",
          message: `payments.refund@1 /floor: the tier floor was lowered. ${said}`,
          properties: { title: "C031 payments.refund@1 (risky)", ...place },
        },
      ]),
    )
  })

  test("text of a contract forges no command: every line is one of ours", () => {
    const lines = driftFormats.github(drifted).split("\n")
    expect(lines).toHaveLength(3)
    for (const line of [...lines, ...driftFormats.github(unchecked).split("\n")])
      expect(line).toMatch(/^::(error|warning) title=[^:]*,file=contracts\.lock\.json,line=\d+::/)
  })

  test("there are ten at most, the worst first, and the last one says how many more", () => {
    const lines = driftFormats.github(many).split("\n")
    expect(lines).toHaveLength(10)
    expect(lines.slice(0, 4).map((line) => /^::(\w+)/.exec(line)?.[1])).toEqual([
      "error",
      "error",
      "error",
      "warning",
    ])
    expect(lines.at(-1)).toMatch(/^::notice title=5991 more,.*The report has them all\.$/)
  })

  test("a clean report annotates nothing", () => {
    expect(driftFormats.github(clean)).toBe("")
  })
})

describe("markdown", () => {
  test.each(each)("a report fits a comment, and is found again by its first line: %s", (_name, report) => {
    const text = driftFormats.markdown(report)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60_000)
    expect(text.startsWith("<!-- counterfoil drift check -->\n")).toBe(true)
    expect(text).toContain("counterfoil drift check --against origin/main")
  })

  test("text of a contract stays in its cell: no HTML, no link, no mention, no row of its own", () => {
    const tokens = lexer(driftFormats.markdown(drifted))
    const table = tokens.find((token) => token.type === "table")
    expect(table).toMatchObject({ rows: { length: 4 } })
    const seen: string[] = []
    const walk = (value: unknown): void => {
      if (Array.isArray(value)) value.forEach(walk)
      else if (typeof value === "object" && value !== null) {
        if ("type" in value && typeof value.type === "string") seen.push(value.type)
        Object.values(value).forEach(walk)
      }
    }
    walk(table)
    expect(seen).not.toContain("html")
    expect(seen).not.toContain("link")
    expect(driftFormats.markdown(drifted)).not.toMatch(/@ana|#1 /)
  })

  test("what was not checked comes first, before every finding", () => {
    const [, heading, , second] = driftFormats.markdown(unchecked).split("\n")
    expect(heading).toContain("NOT CHECKED")
    expect(second).toContain("not checked")
    expect(driftFormats.markdown(unchecked)).not.toContain("clean")
  })

  test("of more findings than fit, the worst stay and the rest is counted", () => {
    const text = driftFormats.markdown(many)
    expect(text).toMatch(/\d+ more are in the report\./)
    expect(text.indexOf("C014")).toBeLessThan(text.indexOf("C031"))
  })
})

describe("text", () => {
  test("has one line a finding and the totals last, with everything that could act on a terminal escaped", () => {
    expect(driftFormats.text(drifted)).toMatchInlineSnapshot(`
      "breaking  C014  contracts.lock.json:12  payments.refund@1 /output/id: the field was removed (text → –). Who feels it: readers of its output or events. Keep what was, or define the new form under a new major beside the old one.
      breaking  C014  contracts.lock.json:80  a|b \`c\` <img src=x onerror=y> & "q" ]]> %0A::error::forged\\n::error::next @ana #1 https://evil.example/\\u{1b}[2J\\u{202e}. Who feels it: readers of its output or events. Keep what was, or define the new form under a new major beside the old one.
      risky     C031  contracts.lock.json:12  payments.refund@1 /floor: the tier floor was lowered. Who feels it: readers of its output or events. Keep what was, or define the new form under a new major beside the old one.
      risky     C032  contracts.lock.json:12  payments.pay@1 /floor: the tier floor was raised. Acknowledged until 2027-01-31.
      safe      C002  contracts.lock.json:12  payments.new@1: the contract was added.
      drift: 2 breaking, 1 risky, 1 safe, 1 acknowledged; against origin/main (a1b2c3d4e5f6); contracts: findings, generated: clean, policy: clean, live: not asked for"
    `)
    expect(driftFormats.text(unchecked)).toMatchInlineSnapshot(`
      "not checked: contracts, policy a|b \`c\` <img src=x onerror=y> & "q" ]]> %0A::error::forged\\n::error::next @ana #1 https://evil.example/\\u{1b}[2J\\u{202e}
      not checked: contracts payments.refund@1 /input/x Its schema uses keywords that cannot be compared.
      NOT CHECKED: 0 breaking, 0 risky, 0 safe, 0 acknowledged; against origin/main (a1b2c3d4e5f6); contracts: NOT CHECKED, generated: no findings, policy: NOT CHECKED, live: not asked for"
    `)
  })
})
