// The labelled corpus: every change gets exactly the findings that a person wrote beside it, and no other.

import { jsonSchemaOf, type JsonSchema } from "@counterfoil/contracts"
import { compareLocks, compareValues, isRuleId, rules, type Part } from "@counterfoil/contracts/drift"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { declarationCases, lockCases, type LockCase } from "./corpus/contracts.ts"
import { fieldCases, sameCases, type FieldCase } from "./corpus/fields.ts"
import { lockOfDocuments } from "./corpus/lock-of.ts"
import { presenceCases } from "./corpus/presence.ts"
import { schemaCases } from "./corpus/schemas.ts"
import { toldCases } from "./corpus/told.ts"
import { comparedOn, wholeLockCases } from "./corpus/whole-locks.ts"

const parts = ["input", "output", "payload"] as const

const schemaIn = (part: Part, type: z.ZodType): JsonSchema =>
  jsonSchemaOf(type, part === "input" ? "input" : "output")

function foundIn(part: Part, before: JsonSchema, after: JsonSchema): Readonly<Record<string, string>> {
  const { changes, unread } = compareValues(part, before, after)
  expect(unread).toEqual([])
  return Object.fromEntries(
    changes.map(({ rule, form }) => {
      const classes: Readonly<Record<string, string>> = rules[rule].classes
      return [rule, classes[form] ?? "no class"]
    }),
  )
}

const labelled = (found: FieldCase["found"], at: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(found).map(([rule, classes]) => [rule, classes.split(" ")[at] ?? ""]))

const inField = ({ says, before, after, found }: FieldCase): FieldCase => ({
  says,
  found,
  before: z.strictObject({ field: before }),
  after: z.strictObject({ field: after }),
})

const cases = [...fieldCases.map(inField), ...sameCases.map(inField), ...presenceCases]

describe.each(parts)("a change of an %s is found and classed as labelled", (part) => {
  test.each(cases.map((one) => [one.says, one] as const))("%s", (_says, { before, after, found }) => {
    expect(foundIn(part, schemaIn(part, before), schemaIn(part, after))).toEqual(
      labelled(found, parts.indexOf(part)),
    )
  })

  test.each(schemaCases.map((one) => [one.says, one] as const))("%s", (_says, { before, after, found }) => {
    expect(foundIn(part, before, after)).toEqual(labelled(found, parts.indexOf(part)))
  })
})

describe("a change of a contract is found and classed as labelled", () => {
  test.each([...declarationCases, ...lockCases].map((one) => [one.says, one] as const))(
    "%s",
    (_says, { before, after, found }: LockCase) => {
      const [was, is] = [lockOfDocuments(before), lockOfDocuments(after)]
      const { findings, notChecked } = compareLocks({ before: was, after: is, today: comparedOn })
      expect(notChecked).toEqual([])
      // Every change of a contract's digest makes requests void, so every such change is a finding.
      const moved = Object.entries(is.contracts).flatMap(([ref, { digest }]) =>
        (was.contracts[ref]?.digest ?? digest) === digest ? [] : [ref],
      )
      expect(findings.map(({ contract }) => contract)).toEqual(expect.arrayContaining(moved))
      expect(findings.map((one) => `${one.rule} ${one.class} ${one.at}`)).toEqual(found)
    },
  )
})

describe("a change of a lock beside its contracts is found and classed as labelled", () => {
  test.each(wholeLockCases.map((one) => [one.says, one] as const))(
    "%s",
    (_says, { before, after, found }) => {
      const { findings, notChecked } = compareLocks({ before, after, today: comparedOn })
      expect(notChecked).toEqual([])
      expect(findings.map((one) => `${one.rule} ${one.class} ${one.contract}`).toSorted()).toEqual(
        found.toSorted(),
      )
    },
  )
})

describe("the corpus", () => {
  const labels = [
    ...[...cases, ...schemaCases].flatMap(({ found }) => Object.keys(found)),
    ...[...declarationCases, ...lockCases, ...wholeLockCases].flatMap(({ found }) =>
      found.map((label) => label.slice(0, 4)),
    ),
  ]

  test("holds at least 150 changes and 20 look-alikes", () => {
    const changes = [...cases, ...schemaCases, ...declarationCases, ...lockCases]
    expect(changes.length).toBeGreaterThanOrEqual(150)
    expect(changes.filter(({ found }) => Object.keys(found).length === 0).length).toBeGreaterThanOrEqual(20)
  })

  test("shows every rule that compares two contracts", () => {
    // The rest needs a tree or a store, and is shown where there is one.
    const shown = new Set([...labels, ...toldCases.flatMap(({ found }) => found)])
    expect(Object.keys(rules).filter((rule) => !shown.has(rule))).toEqual([])
    expect(labels.filter((rule) => !isRuleId(rule))).toEqual([])
  })
})
