// A finding: a change with its class, in a sentence, with who feels it and what to do.
// Owns: what a report holds, and the order of findings. Does not own: finding changes, nor printing (adapters).

import { z } from "zod"
import type { Json } from "../json/json.ts"
import { Digest, type Immutable } from "../primitives.ts"
import { classOf, type Change } from "./change.ts"
import { isAcknowledgeable } from "./check-parts.ts"
import { agree, isRuleId, keep, none, rules, type DriftClass, type RuleId } from "./rules.ts"

/**
 * One finding. `contract` is a reference, or the name of a capability or an error code. `at` is a JSON Pointer into it.
 * `from` and `to` are the digests that an acknowledgement has to name. `acknowledgedUntil` is set when one does.
 */
export const Finding = z.strictObject({
  rule: z.string().refine(isRuleId),
  class: z.enum(["breaking", "risky", "safe"]),
  contract: z.string(),
  at: z.string(),
  before: z.json(),
  after: z.json(),
  message: z.string(),
  affected: z.string(),
  fix: z.string(),
  from: Digest.nullable(),
  to: Digest.nullable(),
  acknowledgedUntil: z.iso.date().optional(),
})
export type Finding = Immutable<z.infer<typeof Finding>>

/** What a change belongs to, and the digests before and after. `experimental` promises nothing yet: breaking is risky there. */
export interface Subject {
  readonly contract: string
  readonly from: Digest | null
  readonly to: Digest | null
  readonly experimental: boolean
}

/** The finding that a change of a subject is. */
export function findingOf(change: Change, { contract, from, to, experimental }: Subject): Finding {
  const { rule, at, before, after, detail } = change
  const { says, fix } = rules[rule]
  const asPromised = classOf(change)
  const grave = experimental && asPromised === "breaking" ? "risky" : asPromised
  return {
    rule,
    class: grave,
    contract,
    at,
    before,
    after,
    message: `${contract}${at === "" ? "" : ` ${at}`}: ${says}${detail === undefined ? values(before, after) : ` (${detail})`}`,
    affected: affectedBy(change),
    fix: toDo({ grave, rule, contract, fix }),
    from,
    to,
  }
}

// A rule that is breaking in one form cannot be acknowledged in any form.
function toDo({
  grave,
  rule,
  contract,
  fix,
}: {
  readonly grave: DriftClass
  readonly rule: RuleId
  readonly contract: string
  readonly fix: string
}): string {
  switch (grave) {
    case "safe":
      return none
    case "breaking":
      return fix === agree ? keep : fix
    case "risky":
      return isAcknowledgeable(rule)
        ? `${fix} To acknowledge: counterfoil drift acknowledge ${rule} ${contract} --reason … --owner …`
        : fix
  }
}

const textMax = 120

function values(before: Json | null, after: Json | null): string {
  if (before === null && after === null) return ""
  return ` (${word(before)} → ${word(after)})`
}

function word(value: Json | null): string {
  if (value === null) return "–"
  const text = typeof value === "string" ? value : JSON.stringify(value)
  return text.length > textMax ? `${text.slice(0, textMax)}…` : text
}

const people = {
  "callers": "its callers",
  "readers": "readers of its output or events",
  "approvers": "authors of policy for it, and its reviewers",
  "operators": "operators of the installation: recovery after a crash differs",
  "holders": "holders of a grant of it",
  "owners": "its owners",
} as const

function affectedBy({ rule, form }: Change): string {
  const { affects } = rules[rule]
  if (affects !== "callers or readers") return people[affects]
  return form === "input" ? people.callers : people.readers
}

const order: readonly DriftClass[] = ["breaking", "risky", "safe"]

/** The worst first; then by contract, rule and place. Two findings are never equal in all of these. */
export const worstFirst = <F extends Finding>(findings: readonly F[]): readonly F[] =>
  findings.toSorted(
    (a, b) =>
      order.indexOf(a.class) - order.indexOf(b.class) ||
      byText(a.contract, b.contract) ||
      byText(a.rule, b.rule) ||
      byText(a.at, b.at),
  )

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The rule of a finding, which a parse has checked. */
export const ruleOf = ({ rule }: Finding): (typeof rules)[RuleId] => rules[rule]
