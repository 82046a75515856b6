// The corpus as the pages of the rules show it: every case with its name, its labels, and its two sides as small JSON.
// Owns: choosing two true cases and two look-alikes of a rule. Does not own: a case or a label (corpus/), nor the page (rule-page.ts).

import { jsonSchemaOf, type Json } from "@counterfoil/contracts"
import { isRuleId, type RuleId } from "@counterfoil/contracts/drift"
import type { z } from "zod"
import { declarationCases, lockCases } from "./corpus/contracts.ts"
import { fieldCases, sameCases } from "./corpus/fields.ts"
import { lookAlikes } from "./corpus/look-alikes.ts"
import { presenceCases } from "./corpus/presence.ts"
import { schemaCases } from "./corpus/schemas.ts"
import { toldCases } from "./corpus/told.ts"
import { wholeLockCases } from "./corpus/whole-locks.ts"
import { besideDocuments, byRef, sidesOf } from "./sides.ts"

/** A case as a page shows it. `found` has the class of each rule that fires, in words. */
export interface RuleCase {
  readonly says: string
  readonly before: Json
  readonly after: Json
  readonly found: readonly { readonly rule: RuleId; readonly classes: string }[]
  readonly shownIn: string
}

/** The cases of one rule: two that fire, as different as there are, and two that do not. Throws when there are fewer. */
export function casesOf(rule: RuleId): {
  readonly fires: readonly RuleCase[]
  readonly not: readonly RuleCase[]
} {
  const fires = firing(rule)
  const not = lookAlikes[rule].map((says) => {
    const found = cases.filter((one) => one.says === says)
    const [only] = found
    if (only === undefined || found.length > 1) throw new Error(`"${says}" names ${found.length} cases`)
    if (labelOf(only, rule) !== undefined) throw new Error(`${rule} fires for "${says}"`)
    return only
  })
  if (fires.length < 2) throw new Error(`${rule} has ${fires.length} cases that fire`)
  return { fires, not }
}

/** The plainest case, and the plainest of another class if there is one. */
function firing(rule: RuleId): readonly RuleCase[] {
  const [first, ...rest] = cases
    .filter((one) => labelOf(one, rule) !== undefined)
    .toSorted((a, b) => a.found.length - b.found.length)
  if (first === undefined) return []
  const other = rest.find((one) => labelOf(one, rule) !== labelOf(first, rule)) ?? rest[0]
  return other === undefined ? [first] : [first, other]
}

const labelOf = ({ found }: RuleCase, rule: RuleId): string | undefined =>
  found.find((label) => label.rule === rule)?.classes

const ruleOf = (text: string): RuleId => {
  if (!isRuleId(text)) throw new Error(`${text} is not a rule`)
  return text
}
const ofField = (found: Readonly<Record<string, string>>): RuleCase["found"] =>
  Object.entries(found).map(([rule, classes]) => ({ rule: ruleOf(rule), classes: flowWords(classes) }))
const ofLabels = (found: readonly string[]): RuleCase["found"] =>
  found.map((label) => ({ rule: ruleOf(label.slice(0, 4)), classes: label.split(" ")[1] ?? "" }))

function flowWords(classes: string): string {
  const [input = "", output = "", payload = ""] = classes.split(" ")
  const same = input === output && output === payload
  return same ? input : `input ${input}, output ${output}, payload ${payload}`
}

/** The schema without the bounds that every integer of JSON has. */
function plainSchema(type: z.ZodType): Json {
  const text = JSON.stringify(jsonSchemaOf(type, "input"))
  const bounds = `"minimum":${Number.MIN_SAFE_INTEGER},"maximum":${Number.MAX_SAFE_INTEGER}`
  return JSON.parse(text.replaceAll(`,${bounds}`, "")) as Json
}

const corpus = "test/drift/corpus.test.ts"
const cases: readonly RuleCase[] = [
  ...[...presenceCases, ...fieldCases, ...sameCases].map(({ says, before, after, found }) => ({
    says,
    before: plainSchema(before),
    after: plainSchema(after),
    found: ofField(found),
    shownIn: corpus,
  })),
  ...schemaCases.map(({ says, before, after, found }) => ({
    says,
    before,
    after,
    found: ofField(found),
    shownIn: corpus,
  })),
  ...[...declarationCases, ...lockCases].map(({ says, before, after, found }) => ({
    says,
    ...sidesOf(byRef(before), byRef(after)),
    found: ofLabels(found),
    shownIn: corpus,
  })),
  ...wholeLockCases.map(({ says, before, after, found }) => ({
    says,
    ...sidesOf(besideDocuments(before), besideDocuments(after)),
    found: ofLabels(found),
    shownIn: corpus,
  })),
  ...toldCases.map(({ says, before, after, found, shownIn }) => ({
    says,
    before,
    after,
    found: found.map((rule) => ({ rule, classes: "" })),
    shownIn,
  })),
]
