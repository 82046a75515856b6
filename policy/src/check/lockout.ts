// Whether owners can still change policy under a set: to submit, to activate each layer, to see the queue and to approve.
// Owns: which contracts that takes, and at which times it is asked. Does not own: who is an owner (the directory), the refusal.
// A rule that denies now and then is a rule; a rule from which no owner ever gets out again is a lockout.

import {
  addMs,
  msOfTime,
  timeFromMs,
  type Callable,
  type ChainMember,
  type ContractRef,
  type Environment,
  type ExecutionId,
  type Json,
  type PolicyRequest,
  type PrincipalId,
  type Registry,
  type TenantId,
  type Time,
  type Verdict,
} from "@counterfoil/contracts"
import { callRequestOf, type CallSubject } from "../decide/call-request.ts"
import type { PolicySet } from "../policy-set.ts"
import { nodesOf, type ExpressionNode } from "../rules/expression.ts"
import type { PolicyIssue } from "../rules/issue.ts"

/** What the question is asked about. Each owner carries its grants of every capability. */
export interface OwnersFacts {
  readonly registry: Registry
  readonly environment: Environment
  readonly tenant: TenantId
  readonly owners: readonly ChainMember[]
}

/** Times at which rules change by themselves; a set that names more is refused, because it cannot be looked through. */
export const turningPointsMax = 50

/**
 * What would shut an owner out of changing policy, now or after a time that rules name: the first finding, or none. What an
 * owner lacks a grant for is not the set's doing. Something counts as possible when it is in any hour of a week, over HTTP, with
 * the assurance of a token: that way in is always there.
 */
export function lockoutIssues(set: PolicySet, facts: OwnersFacts, now: Time): readonly PolicyIssue[] {
  const points = turningPoints(set, now)
  if (points.length > turningPointsMax)
    return [finding(null, `the rules name more than ${turningPointsMax} times to come`)]
  const needed = needs(facts.registry)
  for (const from of [now, ...points])
    for (const owner of facts.owners.map((each) => lasting(each, now, from)))
      for (const need of needed) {
        const denial = denied(set, facts, owner, need, from)
        if (denial === null || denial.blockReason === "grantMissing") continue
        const since = from === now ? "" : ` from ${from} on`
        return [
          finding(
            denial.forbids[0] ?? null,
            `an owner could not use ${need.contract.ref}${since} (${denial.blockReason ?? denial.decision}), so that nobody could undo this`,
          ),
        ]
      }
  return []
}

/** The owners that can change policy at a time: what their grants, the rules and the modes of that time let them. */
export function governorsAt(set: PolicySet, facts: OwnersFacts, at: Time): readonly PrincipalId[] {
  const needed = needs(facts.registry)
  return facts.owners
    .filter((owner) => needed.every((need) => denied(set, facts, owner, need, at) === null))
    .map(({ id }) => id)
}

/** Something that changing policy takes: a step or a call, and inputs of which one suffices. */
interface Need {
  readonly contract: Callable
  readonly inputs: readonly Json[]
  /** A step of a plan may be held, because others look at it; a call that is not allowed at once is refused. */
  readonly as: "step" | "call"
  readonly about: CallSubject["about"]
}

const oneText = { layer: "tenant", name: "rules.cedar", text: "" }
const reason = "the rules have to change"
/** An execution of someone else, which no rule names: reviewers see and answer requests of such. */
const foreign = { executionId: "exe_00000000000000000000000000" as ExecutionId, owners: [] }

function needs(registry: Registry): readonly Need[] {
  const of = (
    name: string,
    as: Need["as"],
    about: Need["about"],
    ...inputs: readonly Json[]
  ): readonly Need[] => {
    const contract = registry.callable(`controlPlane.${name}@1` as ContractRef)
    return contract === undefined ? [] : [{ contract, inputs, as, about }]
  }
  const activation = "controlPlane.policy.activate@1"
  return [
    ...of("intent.submit", "call", null, { as: { contract: activation, input: {} } }),
    ...(["freeze", "tenant", "organisation"] as const).flatMap((layer) =>
      of(
        "policy.activate",
        "step",
        null,
        { layer, policyTexts: [], reason },
        ...(layer === "freeze" ? [] : [{ layer, policyTexts: [{ ...oneText, layer }], reason }]),
      ),
    ),
    ...of("approval.list", "call", null, {}),
    ...of("approval.list", "call", foreign, {}),
    ...of("execution.approve", "call", null, { items: [] }),
    ...of("execution.approve", "call", foreign, {}),
  ]
}

/** The verdict that shuts an owner out in every way that is tried; null when one way is open. */
function denied(
  set: PolicySet,
  { environment, tenant }: OwnersFacts,
  owner: ChainMember,
  { contract, inputs, as, about }: Need,
  from: Time,
): Verdict["core"] | null {
  const chain = [
    { ...owner, grants: owner.grants.filter(({ capability }) => capability === contract.capability) },
  ]
  let denial: Verdict["core"] | null = null
  for (let hour = 0; hour < hoursOfWeek; hour++)
    for (const input of inputs) {
      const at = addMs(from, hour * hourMs)
      const request = callRequestOf({
        environment,
        tenant,
        contract,
        input,
        chain: chain.map((member) => lasting(member, from, at)),
        about,
        by: { assurance: "session", channel: "http", now: at },
      })
      const { core } = set.decide(as === "step" ? asOnlyStep(request) : request)
      if (core.decision === "allow" || (core.decision === "hold" && as === "step")) return null
      denial ??= core
      // No hour and no channel gives a grant.
      if (denial.blockReason === "grantMissing") return denial
    }
  return denial
}

/** The same facts of the one step of a plan. */
const asOnlyStep = (request: PolicyRequest): PolicyRequest => ({
  ...request,
  call: { ...request.call, planSteps: 1 },
})

const hourMs = 3_600_000
const hoursOfWeek = 7 * 24

/** The same member with grants that last as long from `to` as they do from `from`: grants are renewed, rules are not. */
const lasting = (member: ChainMember, from: Time, to: Time): ChainMember => ({
  ...member,
  grants: member.grants.map((grant) => ({
    ...grant,
    expiresAt: addMs(grant.expiresAt, msOfTime(to) - msOfTime(from)),
  })),
})

/** A second after every later time that a rule compares with, ascending. */
function turningPoints({ rules }: PolicySet, now: Time): readonly Time[] {
  const nowSeconds = Math.floor(msOfTime(now) / 1000)
  const named = rules
    .map(({ json }) => json.conditions.flatMap(({ body }) => nodesOf(body)))
    .filter((nodes) => nodes.some(readsTime))
    .flatMap((nodes) => nodes.flatMap(({ operator, body }) => (operator === "Value" ? [body] : [])))
    .filter((value) => typeof value === "number")
    .filter((value) => value > nowSeconds && value < secondsMax)
  return [...new Set(named)].sort((a, b) => a - b).map((seconds) => timeFromMs((seconds + 1) * 1000))
}

const readsTime = ({ operator, body }: ExpressionNode): boolean =>
  operator === "." && typeof body === "object" && body !== null && Reflect.get(body, "attr") === "nowSeconds"

// The year 9990: later times cannot be written together with a grant that lasts beyond them.
const secondsMax = 253_086_768_000

const finding = (ruleId: string | null, message: string): PolicyIssue => ({
  code: "lockout",
  file: "all texts",
  line: 1,
  ruleId,
  message,
})
