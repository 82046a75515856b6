// Running policy tests: each case decided by the real set, each rule counted.
// Owns: comparing, coverage by rule and clause, L17. Does not own: the form of a case (contracts), files and exit codes (cli).
// A permit that no test makes decide has never been seen to work.

import {
  isObject,
  buildPolicyRequest,
  normalTargets,
  canonicalBytes,
  formatPointer,
  type ChainMember,
  type ContractRef,
  type Grant,
  type Json,
  type PolicyRequest,
  type PolicyTest,
  type PolicyTestCase,
  type Registry,
  type RuleId,
  type Time,
  type Verdict,
} from "@counterfoil/contracts"
import { inputDigestOf } from "@counterfoil/contracts/digest"
import { asJson } from "../decide/as-json.ts"
import { explainVerdict } from "../explain/explain-verdict.ts"
import type { PolicySet } from "../policy-set.ts"
import { clausesOf } from "../rules/expression.ts"
import type { PolicyIssue } from "../rules/issue.ts"

/** What became of all cases. `passed` and `failures` sum to `total`. */
export interface PolicyTestReport {
  readonly total: number
  readonly passed: number
  readonly failures: readonly PolicyTestFailure[]
  readonly coverage: readonly RuleCoverage[]
  /** L17: permits that no case made decide, and rules that no case missed. */
  readonly issues: readonly PolicyIssue[]
}

/** A case with another verdict than it says. `got` has the fields that the case asserts; null when its contract is not there. */
export interface PolicyTestFailure {
  readonly name: string
  readonly contract: ContractRef
  readonly expected: Json
  readonly got: Json | null
  readonly differences: readonly string[]
}

/** How often a rule decided, and how often it was asked and did not match; of its clauses, how many were seen to fail. */
export interface RuleCoverage {
  readonly ruleId: RuleId
  readonly determining: number
  readonly missed: number
  readonly clauses: { readonly total: number; readonly failed: number }
}

/** Runs all cases against a set. Total: a case that cannot be run is a failure that says so. */
export function runPolicyTests(
  set: PolicySet,
  registry: Registry,
  tests: readonly PolicyTest[],
): PolicyTestReport {
  const counts = new Map(
    set.rules.map((rule) => [rule.id, { determining: 0, missed: 0, failed: new Set<string>() }]),
  )
  const cases = tests.flatMap((test) => test.cases)
  const failures = cases.flatMap((each): readonly PolicyTestFailure[] => {
    const { decided, failed } = judge(set, registry, each)
    if (decided === null) return failed
    const { request, verdict } = decided
    const matched = new Set<RuleId>([...verdict.core.determining, ...verdict.core.forbids])
    for (const { id } of set.slices.get(each.contract)?.rules ?? []) {
      const count = counts.get(id)
      if (count === undefined) continue
      if (matched.has(id)) count.determining += 1
      else count.missed += 1
    }
    for (const miss of explainVerdict(set, request, verdict).nearMisses)
      counts.get(miss.ruleId)?.failed.add(miss.clause)
    return failed
  })
  const coverage = set.rules.map((rule): RuleCoverage => {
    const count = counts.get(rule.id)
    const total = clausesOf(rule.json).length
    return {
      ruleId: rule.id,
      determining: count?.determining ?? 0,
      missed: count?.missed ?? 0,
      clauses: { total, failed: Math.min(total, count?.failed.size ?? 0) },
    }
  })
  return {
    total: cases.length,
    passed: cases.length - failures.length,
    failures,
    coverage,
    issues: uncovered(set, coverage),
  }
}

/** The cases with another verdict than they say, without the coverage: seeing which clauses failed costs more than deciding. */
export const failedPolicyTests = (
  set: PolicySet,
  registry: Registry,
  tests: readonly PolicyTest[],
): readonly PolicyTestFailure[] =>
  tests.flatMap(({ cases }) => cases.flatMap((each) => judge(set, registry, each).failed))

interface Judged {
  /** Null for a contract that is not there. */
  readonly decided: { readonly request: PolicyRequest; readonly verdict: Verdict } | null
  /** The failure, if it is one. */
  readonly failed: readonly PolicyTestFailure[]
}

function judge(set: PolicySet, registry: Registry, each: PolicyTestCase): Judged {
  const { name, contract } = each
  const expected = asJson(each.expect)
  const request = requestOf(each, registry)
  if (request === null) {
    const differences = [`${contract} does not exist`]
    return { decided: null, failed: [{ name, contract, expected, got: null, differences }] }
  }
  const verdict = set.decide(request)
  const core = asJson(verdict.core)
  const differences = differencesOf(expected, core, "")
  const failed =
    differences.length === 0 ? [] : [{ name, contract, expected, got: fieldsOf(core, expected), differences }]
  return { decided: { request, verdict }, failed }
}

function uncovered(set: PolicySet, coverage: readonly RuleCoverage[]): readonly PolicyIssue[] {
  return set.rules.flatMap((rule) => {
    const seen = coverage.find(({ ruleId }) => ruleId === rule.id)
    const issue = (message: string): PolicyIssue => ({
      code: "L17",
      file: rule.file,
      line: rule.line,
      ruleId: rule.id,
      message,
    })
    const unconditional = rule.json.principal.op === "All" && rule.json.conditions.length === 0
    return [
      ...(rule.effect === "permit" && seen?.determining === 0
        ? [issue("no test makes this permit decide")]
        : []),
      // A rule without any condition matches whenever it is asked.
      ...(seen?.missed === 0 && !unconditional ? [issue("no test misses this rule")] : []),
    ]
  })
}

/** Where `wanted` is not found in `got`; lists are compared whole, records field by field. */
function differencesOf(wanted: Json | undefined, got: Json | undefined, at: string): readonly string[] {
  if (isObject(wanted) && isObject(got))
    return Object.keys(wanted).flatMap((name) =>
      differencesOf(wanted[name], got[name], `${at}${formatPointer([name])}`),
    )
  const [left, right] = [wanted, got].map((value) => JSON.stringify(value) ?? "absent")
  return left === right ? [] : [`${at}: expected ${left ?? ""}, got ${right ?? ""}`]
}

const fieldsOf = (whole: Json, asked: Json): Json =>
  isObject(whole) && isObject(asked)
    ? Object.fromEntries(Object.keys(asked).map((name) => [name, whole[name] ?? null]))
    : whole

const base32 = "00000000000000000000000000"
const idPrefix = { human: "hum_", service: "svc_", agent: "agt_", tool: "tol_" } as const
const testTime = "2026-01-15T12:00:00.000Z" as Time
const testExpiry = "2999-01-01T00:00:00.000Z" as Time
const testTenant = "test-tenant" as PolicyRequest["tenant"]

/** The request that a case describes; null when its contract is not registered. */
export function requestOf(each: PolicyTestCase, registry: Registry): PolicyRequest | null {
  const contract = registry.callable(each.contract)
  if (contract === undefined) return null
  // As policy sees it when it is asked: an input that is only part of one is otherwise taken as it is written.
  const input = normalTargets(contract.inputSchema, each.input).value
  const people = [each.principal, ...(each.onBehalfOf === undefined ? [] : [each.onBehalfOf])]
  return buildPolicyRequest({
    environment: each.environment ?? ("test" as PolicyRequest["environment"]),
    tenant: testTenant,
    contract,
    input,
    inputDigest: inputDigestOf(canonicalBytes(input)),
    taint: each.taint ?? [],
    object: null,
    minimumMode: each.minimumMode ?? "autonomous",
    breakGlass: null,
    chain: people.map((person, index) => memberOf(person, index, contract.capability)),
    call: {
      channel: "http",
      assurance: "session",
      origin: "contract",
      labels: [],
      planSteps: 1,
      now: testTime,
      ...each.call,
    },
  })
}

function memberOf(
  person: PolicyTestCase["principal"],
  index: number,
  capability: Grant["capability"],
): ChainMember {
  const id = `${idPrefix[person.kind]}${base32.slice(1)}${index}` as ChainMember["id"]
  const grant: Grant = {
    grantId: `grn_${base32.slice(1)}${index}` as Grant["grantId"],
    principal: id,
    capability,
    scope: { level: "tenant" },
    source: "owner",
    expiresAt: testExpiry,
  }
  return {
    id,
    kind: person.kind,
    tenant: testTenant,
    enabled: true,
    owner: null,
    roles: person.roles ?? [],
    grants: person.granted === false ? [] : [grant],
  }
}
