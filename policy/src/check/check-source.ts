// Everything that a policy source must pass before it decides anything.
// Owns: the order of the checks, and the throw-away instance they run in. Does not own: the single lint rules.
// Keeps INV-04: a text that breaks the engine breaks this instance and no other.

import { err, ok, type PolicySource, type Registry, type Result, type Time } from "@counterfoil/contracts"
import type { CedarEngine, CedarInstance } from "../engine/cedar-engine.ts"
import type { PolicyIssue } from "../rules/issue.ts"
import { readRules } from "../rules/read-rules.ts"
import { mayMatch, type Rule } from "../rules/rule.ts"
import type { Action } from "../schema/action.ts"
import { actionsOf, wholeSchema } from "../schema/cedar-schema.ts"
import { lintRule } from "./lint-rule.ts"
import { checkModeMap } from "./check-mode-map.ts"
import { validateRules } from "./validate-rules.ts"

/** Rules that one action may have to be judged by: what one decision costs grows with them. */
export const rulesPerSliceMax = 500

/** The rules of a source, sorted by id, with the actions of the registry; or all findings, in the order of the texts. */
export function checkSource(given: {
  readonly source: PolicySource
  readonly registry: Registry
  readonly engine: CedarEngine
  readonly now: Time
}): Result<{ readonly rules: readonly Rule[]; readonly actions: readonly Action[] }, readonly PolicyIssue[]> {
  const actions = actionsOf(given.registry)
  if (!actions.ok)
    return err([finding("schema", "schema", `${actions.error.contract}${actions.error.message}`)])
  const all = [...actions.value.values()]
  try {
    const { rules, issues } = rulesOf(given.source, all, given.engine.open())
    const found = [
      ...issues,
      ...rules.flatMap((rule) => lintRule(rule, { actions: all, now: given.now })),
      ...checkModeMap(given.source.modeMap, given.registry, given.now),
      ...(issues.length > 0 ? [] : largeSlices(rules, all)),
    ]
    return found.length > 0 ? err(found) : ok({ rules, actions: all })
  } catch {
    // The engine broke over a candidate. Its instance is dropped with it; the texts are refused.
    return err([finding("engine", "engine", "the engine could not read these texts")])
  }
}

function rulesOf(source: PolicySource, actions: readonly Action[], instance: CedarInstance) {
  const { rules, issues } = readRules(source.texts, instance)
  return { rules, issues: [...issues, ...validateRules(rules, wholeSchema(actions), instance)] }
}

const largeSlices = (rules: readonly Rule[], actions: readonly Action[]): readonly PolicyIssue[] =>
  actions
    .filter((action) => rules.filter((rule) => mayMatch(rule.json, action)).length > rulesPerSliceMax)
    .map((action) =>
      finding("slice", "slice", `${action.id} would be judged by more than ${rulesPerSliceMax} rules`),
    )

const finding = (code: PolicyIssue["code"], file: string, message: string): PolicyIssue => ({
  code,
  file,
  line: 1,
  ruleId: null,
  message,
})
