// `policy test`: decides every case of the test files, and fails when no case covers a rule. Offline.
// Owns: its words. Does not own: running a case (policy).

import { escapeLine, Time, documentOf } from "@counterfoil/contracts"
import { loadPolicySet, runPolicyTests, type PolicyTestReport } from "@counterfoil/policy"
import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import { dataFlag, installedEngine, installedRegistry } from "../offline/installed.ts"
import { filesBelow, sourceOf, testsOf } from "../offline/policy-files.ts"
import { issuesText } from "./policy-lint.ts"

/** The command. Rules of other layers need no test here. */
export const policyTest: Command = {
  examples: ["policy test policies", "policy test policies --json"],
  flags: [dataFlag],
  exits: [0, 1, 2, 3],
  arguments: [{ name: "path", many: true, help: "folders with *.cedar and *.policy-test.json" }],
  run: async ({ args, flags, io }) => {
    const registry = installedRegistry(flags.text("data"))
    const source = sourceOf(io, filesBelow(args, ".cedar"))
    const tests = testsOf(io, filesBelow(args, ".policy-test.json"))
    const set = loadPolicySet({
      source,
      registry,
      engine: await installedEngine(),
      now: Time.parse(new Date(io.now()).toISOString()),
    })
    if (!set.ok)
      throw new CliError("These policies cannot be activated, so nothing was tested.", {
        ends: "no",
        code: "POLICY_INVALID",
        lines: issuesText(set.error).split("\n"),
        fix: `counterfoil policy lint ${args.join(" ")}`,
      })
    const report = runPolicyTests(set.value, registry, tests)
    const issues = report.issues.filter(({ file }) => file.startsWith("tenant/"))
    const ended = { total: report.total, passed: report.passed, failures: report.failures, issues }
    return {
      exit: report.failures.length + issues.length === 0 ? 0 : 3,
      shown: { document: documentOf({ ...ended, coverage: report.coverage }), text: () => reportText(ended) },
    }
  },
}

/** Failures with what was expected, rules without a test, and one line that counts. */
export function reportText({
  total,
  passed,
  failures,
  issues,
}: Pick<PolicyTestReport, "total" | "passed" | "failures" | "issues">): string {
  return [
    ...failures.map(({ name, differences }) =>
      [`failed  ${escapeLine(name)}`, ...differences.map((line) => `  ${escapeLine(line)}`)].join("\n"),
    ),
    ...(issues.length === 0 ? [] : [issuesText(issues)]),
    `${passed} passed, ${total - passed} failed · rules without a test: ${issues.length}`,
  ].join("\n")
}
