// What a mode map must keep beyond its form.
// Owns: exceptions (one contract, never irreversible, at most 90 days). Does not own: the type that knows no autonomous high.
// Keeps INV-05 together with that type: what the type cannot say is said here.

import { ModeMap, msOfTime, type Registry, type Time } from "@counterfoil/contracts"
import type { PolicyIssue } from "../rules/issue.ts"

/** The longest that any exception lasts. */
export const exceptionDaysMax = 90

/** Findings of a mode map; its form first, because it may come from a store. */
export function checkModeMap(map: ModeMap, registry: Registry, now: Time): readonly PolicyIssue[] {
  if (!ModeMap.safeParse(map).success)
    return [issue("the mode map has another form, or makes high autonomous")]
  const latest = msOfTime(now) + exceptionDaysMax * 86_400_000
  return map.exceptions.flatMap(({ contract, expires }) => {
    const found = registry.callable(contract)
    if (found === undefined) return [issue(`an exception names ${contract}, which does not exist`)]
    return [
      ...(found.irreversible ? [issue(`an exception names ${contract}, which is irreversible`)] : []),
      ...(msOfTime(expires) > latest
        ? [issue(`the exception for ${contract} lasts longer than ${exceptionDaysMax} days`)]
        : []),
    ]
  })
}

const issue = (message: string): PolicyIssue => ({
  code: "modeMap",
  file: "mode-map",
  line: 1,
  ruleId: null,
  message,
})
