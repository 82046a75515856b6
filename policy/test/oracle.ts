// A second implementation of deciding: a small evaluator of the rules' language and of the steps around it.
// Owns: rules as data, their Cedar text, and what they should answer. Shares nothing with the adapter but the types.

import type { ChainMember, Grant, PolicyRequest, Tier } from "@counterfoil/contracts"

/** What a rule asks of a field of the input, under any name. `path` has one name for each level. */
export type FieldTest = {
  readonly is: "field"
  readonly path: readonly [string, ...string[]]
  readonly asks:
    | { readonly op: "has" }
    | { readonly op: "<" | "=="; readonly than: number }
    | { readonly op: "like"; readonly prefix: string }
    | { readonly op: "contains"; readonly member: string }
}

/** A condition of the subset. `overflow` is the arithmetic that Cedar cannot do for amounts above 1. */
export type Test =
  | FieldTest
  | { readonly is: "amount"; readonly op: "<=" | ">" | "=="; readonly than: number }
  | { readonly is: "currency" | "channel"; readonly equals: string }
  | { readonly is: "label"; readonly has: string }
  | { readonly is: "hour"; readonly below: number }
  | { readonly is: "tainted" | "overflow" | "sameTenant" | "forSelf" | "owned" }
  | { readonly is: "kind"; readonly kind: string }
  | { readonly is: "team"; readonly role: string }
  | { readonly is: "not"; readonly of: Test }
  | { readonly is: "and" | "or"; readonly left: Test; readonly right: Test }

/** A rule as data; scopes that are null match everything. */
export interface OracleRule {
  readonly id: string
  readonly effect: "permit" | "forbid"
  readonly tier: Tier
  readonly who: { readonly kind: string | null; readonly role: string | null; readonly id: string | null }
  readonly action: string | null
  readonly resourceKind: string | null
  readonly when: readonly { readonly holds: boolean; readonly test: Test }[]
}

/** What the oracle expects of a verdict. */
export interface Expected {
  readonly decision: "allow" | "hold" | "deny"
  readonly because: string | null
  readonly tier: Tier | null
  readonly rules: readonly string[]
}

const ns = (name: string): string => `Counterfoil::${name}`

/** The rule in Cedar. */
export function cedarText(rule: OracleRule): string {
  const who = [
    rule.who.kind === null ? "" : ` is ${ns(rule.who.kind)}`,
    rule.who.role === null ? "" : ` in ${ns("Team")}::"${rule.who.role}"`,
  ].join("")
  const principal = rule.who.id === null ? `principal${who}` : `principal == ${rule.who.id}`
  const action =
    rule.action === null
      ? "action"
      : rule.action.includes("@")
        ? `action == ${ns("Action")}::"${rule.action}"`
        : `action in ${ns("Action")}::"${rule.action}"`
  const resource =
    rule.resourceKind === null ? "resource" : `resource in ${ns("ResourceKind")}::"${rule.resourceKind}"`
  const tier = rule.effect === "permit" ? `@tier("${rule.tier}") ` : ""
  const conditions = rule.when
    .map(({ holds, test }) => `${holds ? "when" : "unless"} { ${testText(test)} }`)
    .join(" ")
  return `@id("${rule.id}") @reason("made up by a generator") ${tier}${rule.effect} (${principal}, ${action}, ${resource}) ${conditions};`
}

const quoted = (text: string): string =>
  `"${Array.from(text)
    .map((each) => (/^[a-zA-Z0-9]$/.test(each) ? each : `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`))
    .join("")}"`

/** Each level is asked for before it is read, so that an absent field is a no and no error. */
function fieldText({ path, asks }: FieldTest): string {
  const place = (names: readonly string[]): string =>
    `context.input${names.map((name) => (/^(?!if$|has$)[a-z]+$/.test(name) ? `.${name}` : `[${quoted(name)}]`)).join("")}`
  const present = path.map((name, depth) => `${place(path.slice(0, depth))} has ${quoted(name)}`)
  const read = place(path)
  switch (asks.op) {
    case "has":
      return `(${present.join(" && ")})`
    case "like":
      return `(${[...present, `${read} like ${quoted(asks.prefix).slice(0, -1)}*"`].join(" && ")})`
    case "contains":
      return `(${[...present, `${read}.contains(${quoted(asks.member)})`].join(" && ")})`
    case "<":
    case "==":
      return `(${[...present, `${read} ${asks.op} ${asks.than}`].join(" && ")})`
  }
}

function fieldHolds({ path, asks }: FieldTest, input: unknown): boolean {
  let value = input
  for (const name of path) {
    if (typeof value !== "object" || value === null) return false
    const member: readonly [string, unknown] | undefined = Object.entries(value).find(([key]) => key === name)
    if (member === undefined) return false
    ;[, value] = member
  }
  switch (asks.op) {
    case "has":
      return true
    case "like":
      return typeof value === "string" && value.startsWith(asks.prefix)
    case "contains":
      return Array.isArray(value) && value.includes(asks.member)
    case "<":
      return typeof value === "number" && value < asks.than
    case "==":
      return value === asks.than
  }
}

function testText(test: Test): string {
  switch (test.is) {
    case "field":
      return fieldText(test)
    case "amount":
      return `context.input.amount ${test.op} ${test.than}`
    case "currency":
      return `context.input.currency == "${test.equals}"`
    case "channel":
      return `context.call.channel == "${test.equals}"`
    case "label":
      return `context.call.labels.contains("${test.has}")`
    case "hour":
      return `context.call.hourUtc < ${test.below}`
    case "tainted":
      return "context.call.tainted"
    case "overflow":
      return "context.input.amount * 9223372036854775807 > 10"
    case "sameTenant":
      return "principal.tenant == resource.tenant"
    case "forSelf":
      return "(context.call has onBehalfOf && context.call.onBehalfOf == principal)"
    case "owned":
      return "(principal has owner && context.call has onBehalfOf && principal.owner == context.call.onBehalfOf)"
    case "kind":
      return `principal is ${ns(test.kind)}`
    case "team":
      return `principal in ${ns("Team")}::"${test.role}"`
    case "not":
      return `!(${testText(test.of)})`
    case "and":
      return `(${testText(test.left)} && ${testText(test.right)})`
    case "or":
      return `(${testText(test.left)} || ${testText(test.right)})`
  }
}

type Asked = {
  readonly request: PolicyRequest
  readonly member: ChainMember
  readonly groups: readonly string[]
}
const kindNames = { human: "Human", service: "Service", agent: "Agent", tool: "Tool" } as const
class Overflow extends Error {}

function holds(test: Test, { request, member, groups }: Asked): boolean {
  const amount = Number(request.input["amount"])
  const self = (inner: Test): boolean => holds(inner, { request, member, groups })
  const human = request.chain.slice(1).find(({ kind }) => kind === "human")
  switch (test.is) {
    case "field":
      return fieldHolds(test, request.input)
    case "amount":
      return test.op === "<="
        ? amount <= test.than
        : test.op === ">"
          ? amount > test.than
          : amount === test.than
    case "currency":
      return request.input["currency"] === test.equals
    case "channel":
      return request.call.channel === test.equals
    case "label":
      return request.call.labels.includes(test.has)
    case "hour":
      return Number(request.call.now.slice(11, 13)) < test.below
    case "tainted":
      return request.taint.length > 0
    case "overflow":
      if (Math.abs(amount) > 1) throw new Overflow()
      return amount === 1
    case "sameTenant":
      return member.tenant === request.tenant
    case "forSelf":
      return human?.id === member.id
    case "owned":
      return (
        member.kind === "agent" &&
        member.owner !== null &&
        human !== undefined &&
        String(member.owner) === String(human.id)
      )
    case "kind":
      return kindNames[member.kind] === test.kind
    case "team":
      return member.roles.some((role) => role === test.role)
    case "not":
      return !self(test.of)
    case "and":
      return self(test.left) && self(test.right)
    case "or":
      return self(test.left) || self(test.right)
  }
}

function matches(rule: OracleRule, asked: Asked): boolean {
  const { member, request, groups } = asked
  const { kind, role, id } = rule.who
  if (id !== null && !id.endsWith(`"${member.id}"`)) return false
  if (id === null && kind !== null && kindNames[member.kind] !== kind) return false
  if (id === null && role !== null && !member.roles.some((each) => each === role)) return false
  if (rule.action !== null && rule.action !== request.contract.ref && !groups.includes(rule.action))
    return false
  if (rule.resourceKind !== null && (request.resource?.kind ?? "none") !== rule.resourceKind) return false
  return rule.when.every((condition) => holds(condition.test, asked) === condition.holds)
}

const order: readonly Tier[] = ["low", "medium", "high"]
const denied = (because: string, rules: readonly string[] = []): Expected => ({
  decision: "deny",
  because,
  tier: null,
  rules,
})
const covers = (grant: Grant, member: ChainMember, request: PolicyRequest): boolean =>
  String(grant.principal) === String(member.id) &&
  grant.capability === request.capability &&
  grant.expiresAt > request.call.now

/** What the rules, read as the design reads them, answer to a request whose action is in `groups`. */
export function expected(
  rules: readonly OracleRule[],
  request: PolicyRequest,
  groups: readonly string[],
): Expected {
  if (request.chain.some(({ enabled, tenant }) => !enabled || tenant !== request.tenant))
    return denied("invalidRequest")
  if (!request.chain.every((member) => member.grants.some((grant) => covers(grant, member, request))))
    return denied("grantMissing")
  const permits = new Set<OracleRule>()
  for (const member of request.chain) {
    let broken = false
    const matched = rules.filter((rule) => {
      try {
        return matches(rule, { request, member, groups })
      } catch (thrown) {
        if (!(thrown instanceof Overflow)) throw thrown
        broken = true
        return false
      }
    })
    if (broken) return denied("policyError")
    const forbids = matched.filter(({ effect }) => effect === "forbid")
    if (forbids.length > 0) return denied("forbidden", forbids.map(({ id }) => id).sort())
    if (matched.length === 0) return denied("noMatch")
    for (const rule of matched) permits.add(rule)
  }
  const tiers = [request.floor.tier, ...[...permits].map(({ tier }) => tier)]
  const tier = order[Math.max(...tiers.map((each) => order.indexOf(each)))] ?? "high"
  const waits = tier !== "low" || request.minimumMode === "assist"
  return {
    decision: waits ? "hold" : "allow",
    because: null,
    tier,
    rules: [...permits].map(({ id }) => id).sort(),
  }
}
