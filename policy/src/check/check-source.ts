// Everything that a policy source must pass before it decides anything.
// Owns: the order of the checks, and the throw-away instance they run in. Does not own: the single lint rules.
// Keeps INV-04: a text that breaks the engine breaks this instance and no other.

import {
  err,
  ok,
  type Digest,
  type PolicySource,
  type Registry,
  type Result,
  type Time,
} from "@counterfoil/contracts"
import { executionKind } from "../decide/call-request.ts"
import type { CedarEngine } from "../engine/cedar-engine.ts"
import { openReader } from "../engine/engine-memory.ts"
import type { PolicyIssue } from "../rules/issue.ts"
import { resourcesNamedBy } from "../rules/named-resources.ts"
import { readRules } from "../rules/read-rules.ts"
import { mayMatch, type Rule } from "../rules/rule.ts"
import type { Action } from "../schema/action.ts"
import { installationSchemaOf, type InstallationSchema } from "./installation-schema.ts"
import { lintRule } from "./lint-rule.ts"
import { checkModeMap } from "./check-mode-map.ts"
import { validateRules } from "./validate-rules.ts"

/** Rules that one action may have to be judged by: what one decision costs grows with them. */
const rulesPerSliceMax = 500
/** Characters of those rules: half of what one decision may take, so that what is asked has the other half (decide/decision-steps.ts). */
export const sliceCharactersMax = 64 * 1024
/** Executions that those rules may name: what a caller reaches is decided twice for each of them, about 1.5 ms for long rules. */
const executionsPerSliceMax = 100

/** What a source without any finding is: its rules, sorted by id, and the actions that they are about. */
export interface CheckedSource {
  readonly rules: readonly Rule[]
  readonly actions: readonly Action[]
  readonly schemaDigest: Digest
}

/** The rules of a source with the actions of the registry; or all findings, in the order of the texts. */
export function checkSource(given: {
  readonly source: PolicySource
  readonly registry: Registry
  readonly engine: CedarEngine
  readonly now: Time
}): Result<CheckedSource, readonly PolicyIssue[]> {
  const schema = installationSchemaOf(given.registry)
  if (!schema.ok) return err([finding("schema", "schema", `${schema.error.contract}${schema.error.message}`)])
  const { actions, whole } = schema.value
  try {
    const { rules, issues } = rulesOf(given.source, whole, given.engine)
    const found = [
      ...issues,
      ...rules.flatMap((rule) => lintRule(rule, { actions, now: given.now })),
      ...checkModeMap(given.source.modeMap, given.registry, given.now),
      ...(issues.length > 0 ? [] : largeSlices(rules, actions)),
    ]
    return found.length > 0 ? err(found) : ok({ rules, actions, schemaDigest: whole.digest })
  } catch {
    // The engine broke over a candidate. Its instance is dropped with it; the texts are refused.
    return err([finding("engine", "engine", "the engine could not read these texts")])
  }
}

function rulesOf(source: PolicySource, schema: InstallationSchema["whole"], engine: CedarEngine) {
  const reader = openReader(engine)
  const { rules, issues } = readRules(source.texts, reader)
  return { rules, issues: [...issues, ...validateRules(rules, schema, reader)] }
}

const largeSlices = (rules: readonly Rule[], actions: readonly Action[]): readonly PolicyIssue[] =>
  actions.flatMap((action) => {
    const judging = rules.filter((rule) => mayMatch(rule.json, action))
    const characters = judging.reduce((sum, { text }) => sum + text.length, 0)
    const judged = `${action.id} would be judged by`
    return [
      ...(judging.length > rulesPerSliceMax
        ? [finding("slice", "slice", `${judged} more than ${rulesPerSliceMax} rules`)]
        : []),
      ...(characters > sliceCharactersMax
        ? [finding("slice", "slice", `${judged} rules of more than ${sliceCharactersMax} characters in all`)]
        : []),
      ...(executionsNamedBy(judging) > executionsPerSliceMax
        ? [
            finding(
              "slice",
              "slice",
              `${judged} rules that name more than ${executionsPerSliceMax} executions`,
            ),
          ]
        : []),
    ]
  })

const executionsNamedBy = (rules: readonly Rule[]): number =>
  resourcesNamedBy(rules).filter((id) => id.startsWith(`${executionKind}:`)).length

const finding = (code: PolicyIssue["code"], file: string, message: string): PolicyIssue => ({
  code,
  file,
  line: 1,
  ruleId: null,
  message,
})
