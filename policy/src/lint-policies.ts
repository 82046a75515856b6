// The linter as a tool: all findings of a source, without activating anything.
// Does not own: the checks (check-source.ts).

import type { PolicySetParts } from "./policy-set.ts"
import type { PolicyIssue } from "./rules/issue.ts"
import { checkSource } from "./check/check-source.ts"

/** Everything wrong with a source, as activation would find it; empty when it could be activated. */
export function lintPolicies(parts: PolicySetParts): readonly PolicyIssue[] {
  const checked = checkSource(parts)
  return checked.ok ? [] : checked.error
}
