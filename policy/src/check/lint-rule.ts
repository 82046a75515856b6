// The lint rules that one policy is judged by alone (policy.md section 5).
// Owns: L01 to L06, L08 to L13, L15 and L16. Does not own: L07 (validate-rules.ts), L14 (split-policies.ts), L17 (tests).

import type { Registry, Time } from "@counterfoil/contracts"
import type { PolicyIssue } from "../rules/issue.ts"
import type { Rule } from "../rules/rule.ts"
import type { Action } from "../schema/action.ts"

/** What a rule is judged against. */
export interface LintFacts {
  readonly registry: Registry
  readonly actions: readonly Action[]
  readonly now: Time
}

/** Every finding of one rule, in the order of their codes. */
export const lintRule = (_rule: Rule, _facts: LintFacts): readonly PolicyIssue[] => []
