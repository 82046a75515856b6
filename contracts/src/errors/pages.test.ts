import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { Failure } from "../trace/facts.ts"
import { errorCodes, errors, isErrorCode } from "./errors.ts"
import { failureCodes, failures } from "../trace/failures.ts"
import { Problem } from "./problem.ts"

const folder = new URL("../../../docs/errors/", import.meta.url)
const pages = readdirSync(folder).filter((name) => name !== "README.md")
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8")

/** The rows of a page's or the index's tables, cells trimmed. */
const rowsOf = (page: string): readonly string[] =>
  page.split("\n").filter((line) => line.startsWith("|") && !line.startsWith("| ---"))

/** The sentence as a pattern, with anything in its places. */
const patternOf = (template: string): RegExp =>
  new RegExp(
    `^${template
      .split(/\{\w+\}/)
      .map((text) => RegExp.escape(text))
      .join(".+")}$`,
  )

describe("every code has one page and every page a code", () => {
  test("docs/errors holds a page for each error and each failure, and no other", () => {
    expect(pages.toSorted()).toEqual(
      [...new Set([...errorCodes, ...failureCodes])].map((code) => `${code}.md`).toSorted(),
    )
  })

  test("the index lists the same codes, actors and sentences as the tables", () => {
    const listed = rowsOf(read("README.md")).filter((row) => row.includes(".md)"))
    expect(listed).toEqual([
      ...errorCodes.map(
        (code) =>
          `| [${code}](${code}.md) | ${errors[code].status} | ${errors[code].acts} | ${errors[code].template} |`,
      ),
      ...failureCodes.map(
        (code) =>
          `| [${code}](${code}.md) | ${failures[code].acts} | ${failures[code].retryable ? "yes" : "no"} | ${failures[code].template} |`,
      ),
    ])
  })

  test.each(errorCodes)(
    "the page of %s has its status, actor, sentence and an example that a program can read",
    (code) => {
      const page = read(`${code}.md`)
      const { status, acts, template } = errors[code]
      expect(page.split("\n")[0]).toBe(`# ${code}`)
      expect(rowsOf(page)).toContain(`| answer | ${status} | ${acts} | ${template} |`)
      const example = Problem.parse(exampleIn(page))
      expect(example).toMatchObject({ code, status, actor: acts })
      expect(example.detail).toMatch(patternOf(template))
      expect(errors[code].details.safeParse(example.details).success).toBe(true)
    },
  )

  test.each(failureCodes)("the page of %s has its actor and sentence", (code) => {
    const { acts, template } = failures[code]
    expect(rowsOf(read(`${code}.md`))).toContain(`| step | – | ${acts} | ${template} |`)
  })

  test.each(failureCodes.filter((code) => !isErrorCode(code)))(
    "the page of %s shows the failure as a trace holds it",
    (code) => {
      const example = Failure.parse(exampleIn(read(`${code}.md`)))
      expect(example).toMatchObject({ code, retryable: failures[code].retryable })
      expect(example.message).toMatch(patternOf(failures[code].template))
    },
  )

  test("a page says what the code means and what to do, in one or two paragraphs each", () => {
    for (const name of pages) {
      const sections = read(name).split("\n## ").slice(1)
      expect(sections.map((section) => section.split("\n")[0])).toEqual([
        "What it means",
        "What to do",
        "Example",
      ])
      for (const section of sections.slice(0, 2)) expect(section.length).toBeGreaterThan(40)
    }
  })

  test("a code that is both an error and a failure has the same actor", () => {
    const both = failureCodes.filter(isErrorCode)
    expect(both).toEqual(["OUTPUT_INVALID", "DEADLINE_PASSED"])
    for (const code of failureCodes)
      if (isErrorCode(code)) expect(failures[code].acts).toBe(errors[code].acts)
  })
})

function exampleIn(page: string): unknown {
  return JSON.parse(/```json\n([^`]*)```/.exec(page)?.[1] ?? "")
}
