// `policy lint`: lists findings in policy files that do not depend on a tenant. Offline.
// Owns: its words, and the note on what only activation checks. Does not own: the lint rules (policy).

import { escapeLine, Time } from "@counterfoil/contracts"
import { lintPolicies, type PolicyIssue } from "@counterfoil/policy"
import type { Command } from "../command.ts"
import { dataFlag, installedEngine, installedRegistry } from "../offline/installed.ts"
import { filesBelow, sourceOf } from "../offline/policy-files.ts"

/** Whether owners could still change the policy depends on the owners of the tenant, which only activation knows. */
const notChecked =
  "not checked: whether owners could still change the policy; counterfoil policy activate checks that with the people of the tenant"

/** The command. */
export const policyLint: Command = {
  examples: ["policy lint policies", "policy lint policies/refund.cedar --json"],
  flags: [dataFlag],
  exits: [0, 1, 2, 3],
  arguments: [{ name: "path", many: true, help: "Cedar files, or folders of them: the tenant layer" }],
  run: async ({ args, flags, io }) => {
    const files = filesBelow(args, ".cedar")
    const issues = lintPolicies({
      source: sourceOf(io, files),
      registry: installedRegistry(flags.text("data")),
      engine: await installedEngine(),
      now: Time.parse(new Date(io.now()).toISOString()),
    })
    const items = issues.map((issue) => ({ ...issue }))
    return {
      exit: issues.length === 0 ? 0 : 3,
      shown: {
        document: { files: files.length, items, notChecked: ["lockout"] },
        items,
        text: () =>
          [
            issues.length === 0
              ? `clean: ${files.length} ${files.length === 1 ? "file" : "files"}`
              : issuesText(issues),
            notChecked,
          ].join("\n"),
      },
    }
  },
}

/** One finding per line: code, place, rule, sentence. */
export const issuesText = (issues: readonly PolicyIssue[]): string =>
  issues
    .map(
      ({ code, file, line, ruleId, message }) =>
        `${code}  ${escapeLine(file)}:${line}  ${ruleId ?? "–"}  ${escapeLine(message)}`,
    )
    .join("\n")
