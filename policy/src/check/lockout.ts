// Whether owners can still change policy under a set: to submit, to activate each layer, to see the queue and to approve.
// Owns: which contracts that takes, and at which times it is asked. Does not own: who is an owner (the directory), the refusal.
// A rule that denies now and then is a rule; a rule from which no owner ever gets out again is a lockout.

import {
  addMs,
  buildPolicyRequest,
  canonicalBytes,
  msOfTime,
  timeFromMs,
  type Callable,
  type ChainMember,
  type ContractRef,
  type Environment,
  type Json,
  type PrincipalId,
  type Registry,
  type TenantId,
  type Time,
  type Verdict,
} from "@counterfoil/contracts"
import { inputDigestOf } from "@counterfoil/contracts/digest"
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
            `an owner could not use ${need.contract.ref}${since} (${denial.blockReason}), so that nobody could undo this`,
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

/** A contract that changing policy takes, and inputs of which one suffices. */
interface Need {
  readonly contract: Callable
  readonly inputs: readonly Json[]
}

const oneText = { layer: "tenant", name: "rules.cedar", text: "" }
const reason = "the rules have to change"

function needs(registry: Registry): readonly Need[] {
  const of = (name: string, ...inputs: readonly Json[]): readonly Need[] => {
    const contract = registry.callable(`controlPlane.${name}@1` as ContractRef)
    return contract === undefined ? [] : [{ contract, inputs }]
  }
  const activation = "controlPlane.policy.activate@1"
  return [
    ...of("intent.submit", { as: { contract: activation, input: {} } }),
    ...(["freeze", "tenant", "organisation"] as const).flatMap((layer) =>
      of(
        "policy.activate",
        { layer, policyTexts: [], reason },
        ...(layer === "freeze" ? [] : [{ layer, policyTexts: [{ ...oneText, layer }], reason }]),
      ),
    ),
    ...of("approval.list", {}),
    ...of("execution.approve", { items: [] }),
  ]
}

/** The denial of an owner in every way that is tried; null when one way is open. Held is open: others look at it. */
function denied(
  set: PolicySet,
  { environment, tenant }: OwnersFacts,
  owner: ChainMember,
  { contract, inputs }: Need,
  from: Time,
): Verdict["core"] | null {
  const chain = [
    { ...owner, grants: owner.grants.filter(({ capability }) => capability === contract.capability) },
  ]
  let denial: Verdict["core"] | null = null
  for (let hour = 0; hour < hoursOfWeek; hour++)
    for (const input of inputs) {
      const verdict = set.decide(
        buildPolicyRequest({
          environment,
          tenant,
          contract,
          input,
          inputDigest: inputDigestOf(canonicalBytes(input)),
          taint: [],
          chain: chain.map((member) => lasting(member, from, addMs(from, hour * hourMs))),
          object: null,
          call: {
            assurance: "session",
            channel: "http",
            labels: [],
            now: addMs(from, hour * hourMs),
            origin: "contract",
            planSteps: contract.path === "gate" ? 1 : 0,
          },
          minimumMode: "autonomous",
          breakGlass: null,
        }),
      )
      if (verdict.core.decision !== "deny") return null
      denial ??= verdict.core
      // No hour and no channel gives a grant.
      if (denial.blockReason === "grantMissing") return denial
    }
  return denial
}

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
