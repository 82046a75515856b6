// The lint rules that one policy is judged by alone.
// Owns: L01, L02, L04, L05, L08 to L13, L15, L16 and L18.
// Does not own: L03 (read-rules.ts), L06 and L07 (validate-rules.ts), L14 (split-policies.ts, patterns.ts), L17 (policy tests).

import { msOfTime, type Time } from "@counterfoil/contracts"
import { knownAnnotations, readAsk, tierOf } from "../rules/annotations.ts"
import { clausesOf, conditionNodes, pathOf, pathsIn, type AttributePath } from "../rules/expression.ts"
import type { LintCode, PolicyIssue } from "../rules/issue.ts"
import { mayMatch, scopedActions, type Rule } from "../rules/rule.ts"
import type { Action } from "../schema/action.ts"
import { exceptionDaysMax } from "./check-mode-map.ts"
import { otherSpellings } from "./other-spellings.ts"

/** What a rule is judged against. */
interface LintFacts {
  readonly actions: readonly Action[]
  readonly now: Time
}

type Finding = { readonly code: LintCode; readonly message: string }
type Annotations = Readonly<Record<string, string | null | undefined>>

/** Every finding of one rule, in the order of their codes. */
export function lintRule(rule: Rule, facts: LintFacts): readonly PolicyIssue[] {
  const annotations: Annotations = rule.json.annotations ?? {}
  const found = [
    ...annotationFindings(rule, annotations),
    ...(rule.effect === "permit" ? permitFindings(rule, facts) : []),
    ...arithmetic(rule),
    ...layerFindings(rule, facts),
    ...exceptionFindings(rule, annotations, facts.now),
    ...otherSpellings(rule, facts.actions).map((message) => ({ code: "L18", message }) as const),
  ]
  return found
    .map(({ code, message }): PolicyIssue => ({
      code,
      file: rule.file,
      line: rule.line,
      ruleId: rule.id,
      message,
    }))
    .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0))
}

const onForbids: ReadonlySet<string> = new Set(["id", "reason", "owner"])

function annotationFindings(rule: Rule, annotations: Annotations): readonly Finding[] {
  const names = Object.keys(annotations)
  const reason = annotations["reason"] ?? ""
  const permit = rule.effect === "permit"
  return [
    ...when(reason.length < 10 || reason.length > 200, "L01", "@reason is required, 10 to 200 characters"),
    ...when(permit && annotations["tier"] === undefined, "L01", "@tier is required on a permit"),
    ...when(
      permit && annotations["tier"] !== undefined && tierOf(annotations) === null,
      "L02",
      "@tier is low, medium or high",
    ),
    ...names
      .filter((name) => !knownAnnotations.has(name))
      .map((name) => ({ code: "L02", message: `@${name} is not known` }) as const),
    ...names
      .filter((name) => !permit && knownAnnotations.has(name) && !onForbids.has(name))
      .map((name) => ({ code: "L02", message: `@${name} means nothing on a forbid` }) as const),
    ...readAsk(annotations).problems,
    ...escalation(rule),
  ]
}

function escalation({ ask }: Rule): readonly Finding[] {
  const levels = 1 + (ask.escalateTo?.length ?? 0)
  return [
    ...when(
      ask.onTimeout === "escalate" && ask.escalateTo === null,
      "L10",
      "@on_timeout says escalate, but names no one to escalate to",
    ),
    ...when(
      ask.onTimeout !== "escalate" && ask.escalateTo !== null,
      "L10",
      "@escalate_to needs @on_timeout to say escalate",
    ),
    ...when((ask.timeouts?.length ?? 0) > levels, "L10", "@timeout names more levels than there are"),
  ]
}

function permitFindings(rule: Rule, { actions }: LintFacts): readonly Finding[] {
  const { principal, action, resource } = rule.json
  const free = principal.op === "All" && action.op === "All" && resource.op === "All"
  const matched = actions.filter((each) => mayMatch(rule.json, each))
  const human = principal.op === "is" && principal.entity_type.endsWith("::Human")
  const reviews = matched.find(
    ({ groups }) => groups.includes("people-only") && groups.includes("path.control"),
  )
  const control = matched.find(({ groups }) => groups.includes("path.control"))
  return [
    ...when(
      free && !rule.json.conditions.some(({ body }) => pathsIn(body).length > 0),
      "L04",
      "the permit constrains nothing",
    ),
    ...when(
      rule.ask.quorum !== null && rule.json.annotations?.["tier"] === "low",
      "L11",
      "@approve at tier low: raise the tier instead",
    ),
    ...when(
      rule.ask.quorum !== null && control !== undefined,
      "L12",
      `@approve on ${control?.id ?? ""}, which is answered at once or not at all`,
    ),
    ...when(
      reviews !== undefined && !human,
      "L13",
      `the permit could let others than humans into ${reviews?.id ?? ""}`,
    ),
  ]
}

/** An overflow makes an error, and an error in a forbid would skip it; the adapter denies, so that the rule locks everyone out. */
function arithmetic(rule: Rule): readonly Finding[] {
  const found = conditionNodes(rule.json).some(({ operator, body }) => {
    if (!["+", "-", "*", "neg"].includes(operator)) return false
    return rule.effect === "forbid" || pathsIn({ [operator]: body }).some((path) => !isCallFact(path))
  })
  return when(
    found,
    "L05",
    rule.effect === "forbid"
      ? "arithmetic in a forbid can overflow"
      : "arithmetic on a field without bounds can overflow",
  )
}

/** Facts of the call are bounded; what an input holds is not. */
const isCallFact = ([variable, part, fact]: AttributePath): boolean =>
  variable === "context" && part === "call" && fact !== undefined

/** What a layer may hold: base and freeze forbids alone, a skill what is its own. */
function layerFindings(rule: Rule, { actions }: LintFacts): readonly Finding[] {
  const forbidsAlone = rule.layer === "base" || rule.layer === "freeze"
  const own = scopedActions(rule.json)?.every((id) =>
    actions.some((action) => action.id === id && !id.startsWith("controlPlane.")),
  )
  return [
    ...when(forbidsAlone && rule.effect === "permit", "L15", `the layer ${rule.layer} holds forbids alone`),
    ...when(
      rule.layer === "skill" && own !== true,
      "L15",
      "a skill's policy names its own contracts, one by one",
    ),
  ]
}

function exceptionFindings(rule: Rule, annotations: Annotations, now: Time): readonly Finding[] {
  const text = annotations["exception"]
  if (text === undefined) return []
  const latest = Math.floor(msOfTime(now) / 1000) + exceptionDaysMax * 86_400
  const expires = clausesOf(rule.json).some(({ kind, body }) => kind === "when" && endsBefore(body, latest))
  return [
    ...when((text ?? "").length < 20, "L16", "@exception says in 20 characters or more what it is for"),
    ...when((annotations["owner"] ?? "") === "", "L16", "an exception has an @owner"),
    ...when(
      !expires,
      "L16",
      `an exception has a clause context.call.nowSeconds < … at most ${exceptionDaysMax} days ahead`,
    ),
  ]
}

function endsBefore(body: object, latest: number): boolean {
  const comparison: unknown = Reflect.get(body, "<") ?? Reflect.get(body, "<=")
  if (typeof comparison !== "object" || comparison === null) return false
  const right: unknown = Reflect.get(comparison, "right")
  const value: unknown = typeof right === "object" && right !== null ? Reflect.get(right, "Value") : null
  const [variable, part, fact, ...rest] = pathOf(Reflect.get(comparison, "left")) ?? []
  return (
    variable === "context" &&
    part === "call" &&
    fact === "nowSeconds" &&
    rest.length === 0 &&
    typeof value === "number" &&
    value <= latest
  )
}

const when = (found: boolean, code: LintCode, message: string): readonly Finding[] =>
  found ? [{ code, message }] : []
