// What Cedar's validator says of rules, none of it ignored (L07; L06 for an optional attribute that a forbid reads unguarded).
// Owns: reading its answer: `success` means only that it ran. Does not own: its schema (schema/).

import type { DigestedSchema, TextReader } from "../engine/engine-memory.ts"
import type { PolicyIssue } from "../rules/issue.ts"
import type { Rule } from "../rules/rule.ts"

/** True for a finding of the validator about an action, a group, a type or a field that no contract has. */
export const refersToGone = ({ code, message }: PolicyIssue): boolean =>
  code === "L07" && /\bunrecognized (action|entity type) |\battribute `[^`]*` .*not found\b/s.test(message)

/** One finding for each error and each warning of the validator, `impossible` included. */
export function validateRules(
  rules: readonly Rule[],
  schema: DigestedSchema,
  reader: Pick<TextReader, "validate">,
): readonly PolicyIssue[] {
  const answer = reader.validate(schema, Object.fromEntries(rules.map((rule) => [rule.id, rule.text])))
  const whole = { code: "L07", file: "all texts", line: 1, ruleId: null } as const
  if (answer.type === "failure") return answer.errors.map(({ message }) => ({ ...whole, message }))
  const found = [...answer.validationErrors, ...answer.validationWarnings].map(
    ({ policyId, error }): PolicyIssue => {
      const rule = rules.find(({ id }) => id === policyId)
      const message = error.help === null ? error.message : `${error.message}; ${error.help}`
      if (rule === undefined) return { ...whole, message }
      const code = rule.effect === "forbid" && message.includes("optional attribute") ? "L06" : "L07"
      return { code, file: rule.file, line: rule.line, ruleId: rule.id, message }
    },
  )
  return [
    ...found.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)),
    ...answer.otherWarnings.map(({ message }): PolicyIssue => ({ ...whole, message })),
  ]
}

/** The validator names policies in an order of its own, another one each time. */
const orderOf = ({ ruleId, message }: PolicyIssue): string => `${ruleId ?? ""}\n${message}`
