// Checks the policy of a tree against its contracts: the tree's rules, the shipped ones, and the golden verdicts of both.
// Owns: the list of policies, and the file and line of a finding. Does not own: checking a rule or deciding a case
// (policy), reading files (cli/offline). Each source is loaded once, and each case decided once.

import type { PolicySource, PolicyTest, Registry, Time } from "@counterfoil/contracts"
import { brokenRuleFinding, changedVerdictFinding } from "@counterfoil/contracts/drift"
import {
  defaultPolicySource,
  loadPolicySet,
  refersToGone,
  failedPolicyTests,
  shippedGoldenVerdicts,
  type CedarEngine,
  type PolicyIssue,
} from "@counterfoil/policy"
import type { PlacedFinding } from "./report.ts"

/** Golden verdicts in a file of a tree. `path` is from the tree's folder. */
interface TestFile {
  readonly path: string
  readonly text: string
  readonly test: PolicyTest
}

/** The policy of a tree. `rules` are the paths of its tenant layer; without any, the shipped policy decides its cases. */
export interface KeptPolicy {
  readonly source: PolicySource
  readonly rules: readonly string[]
  readonly tests: readonly TestFile[]
}

/** What the policy part needs. `kept` is null for a tree without policy. */
interface PolicyAsked {
  readonly engine: CedarEngine
  readonly registry: Registry
  readonly now: Time
  readonly kept: KeptPolicy | null
}

/** Every finding about the shipped policy and the tree's own. Throws when the engine could not load a source. */
export function policyFindings({ kept, ...world }: PolicyAsked): readonly PlacedFinding[] {
  const shipped = judged(
    { source: defaultPolicySource(), rules: [], tests: [shippedGoldenVerdicts()] },
    world,
    (_test, finding) => finding,
  )
  if (kept === null) return shipped
  const { source, rules, tests } = kept
  const own = judged(
    { source, rules, tests: tests.map(({ test }) => test) },
    world,
    (test, finding, name) => {
      const file = tests.find((one) => one.test === test)
      return file === undefined
        ? finding
        : { ...finding, place: { file: file.path, line: lineOf(name, file) } }
    },
  )
  return [...shipped, ...own]
}

type Judged = Pick<KeptPolicy, "source" | "rules"> & { readonly tests: readonly PolicyTest[] }
type Place = (test: PolicyTest, finding: PlacedFinding, name: string) => PlacedFinding

function judged(
  { source, rules, tests }: Judged,
  { engine, registry, now }: Omit<PolicyAsked, "kept">,
  place: Place,
): readonly PlacedFinding[] {
  const set = loadPolicySet({ source, registry, engine, now })
  if (!set.ok) return brokenRules(set.error, rules)
  return tests.flatMap((test) =>
    failedPolicyTests(set.value, registry, [test]).map((failure) =>
      place(test, changedVerdictFinding(failure), failure.name),
    ),
  )
}

// One finding per rule: a rule with a dangling reference is also reported as impossible by the validator.
function brokenRules(issues: readonly PolicyIssue[], paths: readonly string[]): readonly PlacedFinding[] {
  const stuck = issues.find(({ code }) => code === "engine")
  if (stuck !== undefined) throw new Error(stuck.message)
  const rules = Map.groupBy(issues, ({ file, ruleId }) => JSON.stringify([file, ruleId]))
  return [...rules.values()].flatMap((about): readonly PlacedFinding[] => {
    const [first] = about
    if (first === undefined) return []
    const path = paths.find((one) => `tenant/${nameOf(one)}` === first.file)
    const gone = about.filter(refersToGone)
    const finding = brokenRuleFinding({
      file: path ?? first.file,
      rule: first.ruleId,
      gone: gone.length > 0,
      problems: (gone.length > 0 ? gone : about).map(({ code, message }) => `${code} ${message}`),
    })
    return [path === undefined ? finding : { ...finding, place: { file: path, line: first.line } }]
  })
}

const nameOf = (path: string): string => path.split(/[/\\]/).at(-1) ?? path

/** The line that names a case, or line 1 where the file spells the name in another way. */
function lineOf(name: string, { text }: TestFile): number {
  const at = text.split("\n").findIndex((line) => line.includes(JSON.stringify(name)))
  return at === -1 ? 1 : at + 1
}
