// Whether owners can still change policy under a set: to submit, to activate each layer, to see the queue and to approve.
// Owns: which contracts that takes, and the times that are looked at. Does not own: who is an owner (the directory), the refusal.
// A step that waits for a quorum no one can fill is as closed as one that is denied. A rule that denies now and then is a rule; a rule from which no owner ever gets out again is a lockout.

import {
  addMs,
  executionApprove,
  msOfTime,
  RoleName,
  timeFromMs,
  type Callable,
  type ChainMember,
  type ContractRef,
  type Environment,
  type ExecutionId,
  type Json,
  type PolicyLayer,
  type PolicyRequest,
  type PrincipalId,
  type Registry,
  type TenantId,
  type Time,
  type Verdict,
} from "@counterfoil/contracts"
import { callRequestOf, type CallSubject } from "../decide/call-request.ts"
import type { PolicySet } from "../policy-set.ts"
import { conditionNodes, type ExpressionNode } from "../rules/expression.ts"
import type { PolicyIssue } from "../rules/issue.ts"
import { isFillable } from "./fillable.ts"
import { hidesTime, timeFacts } from "../check/time-shapes.ts"

/** The subject of the check: the enabled people of a tenant, each with its grants of every capability. */
export interface OwnersFacts {
  readonly registry: Registry
  readonly environment: Environment
  readonly tenant: TenantId
  readonly people: readonly ChainMember[]
}

/** The same question at any time: `peopleAt` is who is there then with the roles that are left when no one renews any. */
interface LaterFacts extends Omit<OwnersFacts, "people"> {
  readonly peopleAt: (at: Time) => readonly ChainMember[]
}

/** The role that comes with the first start alone: no one gives or renews it (docs/decisions/0003). */
export const founderRole = RoleName.parse("founder")

/** The people who have the role owner. */
export const ownersOf = (people: readonly ChainMember[]): readonly ChainMember[] =>
  people.filter(({ roles }) => roles.some((role) => role === "owner"))

/**
 * How often a set is looked at: now, in a week and after each time that rules name, each with every end of grants that they name.
 * A set that takes more is refused. One look takes about 30 ms where a rule reads the hour, and the process does nothing else meanwhile.
 */
export const looksMax = 52
/** Steps of all looks, as decide/decision-steps.ts counts them: a few seconds. Long rules take as many as very many times do, or people. */
const lookingStepsMax = 5_000_000_000
/** What is not asked of the engine takes time too: a decision that is remembered, and whether one more person may answer. */
const stepsPerDecision = 40_000
const stepsPerReviewer = 16_000

/**
 * What would shut an owner out of changing policy, now or after a time that rules name: the first finding, or none. What an
 * owner lacks a grant for is not the set's doing, nor is a quorum that no one can fill under the live set either. Something
 * counts as possible when it is in any hour of a week, over HTTP, with the assurance of a token: that way in is always there.
 */
export function lockoutIssues(
  set: PolicySet,
  live: PolicySet,
  { peopleAt, ...facts }: LaterFacts,
  now: Time,
): readonly PolicyIssue[] {
  const hidden = hiddenFrom(set)
  if (hidden !== null) return [hidden]
  const points = turningPoints(set, now)
  const ages = agesNamed(set)
  const times = [now, ...[...points, addMs(now, hoursOfWeek * hourMs)].toSorted()]
  const tooMany = finding(
    null,
    "the rules name more times to come, and ends of grants, than can be looked through",
  )
  if (times.length > looksMax) return [tooMany]
  const begunAt = set.stepsAsked() + live.stepsAsked()
  let besides = 0
  const spending: Spending = {
    spend: (steps) => {
      besides += steps
    },
    isSpent: () => set.stepsAsked() + live.stepsAsked() - begunAt + besides > lookingStepsMax,
  }
  const looks = times.flatMap((from) =>
    thoseThen(peopleAt(now), peopleAt(from)).map((those) => ({ from, those })),
  )
  if (looks.length * (ages.length + 1) > looksMax) return [tooMany]
  for (const { from, those } of looks) {
    const lasts = those.map((each) => lasting(each, now, from))
    for (const people of [lasts, ...ages.map((age) => lasts.map((each) => aged(each, from, age)))]) {
      const under = lookingOf(set, { ...facts, people }, from, spending)
      const before = lookingOf(live, { ...facts, people }, from, spending)
      const found = deniedIn(under) ?? waitingIn(under, before)
      if (spending.isSpent())
        return [
          finding(
            null,
            "the rules for changing policy are too long, or the owners too many, to be looked through at all times",
          ),
        ]
      if (found === null) continue
      const { ref, why, ruleId } = found
      const since = from === now ? "" : ` from ${from} on`
      return [
        finding(ruleId, `an owner could not use ${ref}${since} (${why}), so that no one could undo this`),
      ]
    }
  }
  return []
}

/**
 * Who may be there at a later time: the people of now in the roles of now, which are renewed as their grants are, and, where others would
 * own the tenant or in other roles when no one renews any, those too. So an owner of now counts at every time, however soon the role ends.
 */
function thoseThen(
  present: readonly ChainMember[],
  left: readonly ChainMember[],
): readonly (readonly ChainMember[])[] {
  const leftOf = new Map(left.map((each) => [each.id, each.roles]))
  const renewed = present.map((each) => ({
    ...each,
    roles: each.roles.filter((role) => role !== founderRole || leftOf.get(each.id)?.includes(role) === true),
  }))
  const rolesOf = (people: readonly ChainMember[]) =>
    JSON.stringify(people.map(({ id, roles }) => [id, roles]))
  return ownersOf(left).length === 0 || rolesOf(left) === rolesOf(renewed) ? [renewed] : [renewed, left]
}

/** What an owner could not use, why, and by which rule. */
interface Shut {
  readonly ref: ContractRef
  readonly why: string
  readonly ruleId: string | null
}

/** What the rules themselves shut an owner out of. */
function deniedIn(under: Looking): Shut | null {
  const needed = needs(under)
  for (const owner of ownersOf(under.facts.people))
    for (const need of needed) {
      const core = closed({ ...under, waiting: "anyone" }, owner, need)
      if (core === null || core.blockReason === "grantMissing") continue
      const why = core.blockReason ?? core.decision
      return { ref: need.contract.ref, why, ruleId: core.forbids[0] ?? null }
    }
  return null
}

/** What waits for a quorum that no one can fill, and under the live set does not. */
function waitingIn(under: Looking, before: Looking): Shut | null {
  const steps = needs(under).filter(({ as }) => as === "step")
  for (const owner of ownersOf(under.facts.people))
    for (const need of steps) {
      if (closed(under, owner, need)?.decision !== "hold" || closed(before, owner, need) !== null) continue
      return { ref: need.contract.ref, why: "no one could fill its quorum", ruleId: null }
    }
  return null
}

/** Which owners count as able: those who only wait for someone, or those for whom someone is there. */
export type Waiting = "anyone" | "someone who is there"

/** The owners that can change policy at a time: what their grants, the rules and the modes of that time let them. */
export function governorsAt(
  set: PolicySet,
  facts: OwnersFacts,
  at: Time,
  waiting: Waiting,
): readonly PrincipalId[] {
  const needed = needs({ set, facts })
  const looking = { ...lookingOf(set, facts, at, withoutEnd), waiting }
  return ownersOf(facts.people)
    .filter((owner) => needed.every((need) => closed(looking, owner, need) === null))
    .map(({ id }) => id)
}

/** What looking may take. */
interface Spending {
  readonly spend: (steps: number) => void
  /** True once the looks took as much as they may: nothing is decided then, and what was found counts for nothing. */
  readonly isSpent: () => boolean
}

const withoutEnd: Spending = { spend: () => undefined, isSpent: () => false }

/** One set looked at from one time on. */
interface Looking extends Spending {
  readonly set: PolicySet
  readonly facts: OwnersFacts
  readonly from: Time
  readonly hours: number
  readonly waiting: Waiting
  /** Whether this person sees and answers requests at all, as the rules say of it. */
  readonly reviews: (id: PrincipalId) => boolean
}

function lookingOf(set: PolicySet, facts: OwnersFacts, from: Time, spending: Spending): Looking {
  const known = new Map<PrincipalId, boolean>()
  const people = new Map(facts.people.map((person) => [person.id, person]))
  const needed = needs({ set, facts }).filter(({ about }) => about !== null)
  const looking: Looking = {
    set,
    facts,
    from,
    hours: changesInAWeek(set, from) ? hoursOfWeek : 1,
    waiting: "someone who is there",
    ...spending,
    reviews: (id) => {
      const person = people.get(id)
      const can =
        known.get(id) ??
        (person !== undefined && needed.every((need) => closed(looking, person, need) === null))
      known.set(id, can)
      return can
    },
  }
  return looking
}

/** False when no rule reads the hour or the day, nor a time that comes within the week: one hour is then enough. */
const changesInAWeek = (set: PolicySet, from: Time): boolean =>
  turningPoints(set, from).some((point) => point <= addMs(from, hoursOfWeek * hourMs)) ||
  set.rules.some(({ json }) => conditionNodes(json).some((node) => reads(node, "hourUtc", "weekdayUtc")))

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
/** An execution of someone else, which no rule may name: reviewers see and answer requests of such. */
const foreign = { executionId: "exe_00000000000000000000000000" as ExecutionId, owners: [] }

/** The contracts that changing policy takes. */
const governing = ["intent.submit", "policy.activate", "approval.list", "execution.approve"] as const
const refOf = (name: (typeof governing)[number]) => `controlPlane.${name}@1` as ContractRef

function needs({
  set,
  facts: { registry },
}: {
  readonly set: Pick<PolicySet, "rules">
  readonly facts: Pick<OwnersFacts, "registry">
}): readonly Need[] {
  const of = (
    name: (typeof governing)[number],
    as: Need["as"],
    about: Need["about"],
    ...inputs: readonly Json[]
  ): readonly Need[] => {
    const contract = registry.callable(refOf(name))
    return contract === undefined ? [] : [{ contract, inputs, as, about }]
  }
  const activation = refOf("policy.activate")
  return [
    ...of("intent.submit", "call", null, { as: { contract: activation, input: {} } }),
    ...(["freeze", "tenant", "organisation"] as const).flatMap((layer) =>
      of(
        "policy.activate",
        "step",
        null,
        ...(permitsIn(set, layer) ? [] : [{ layer, policyTexts: [], reason }]),
        ...(layer === "freeze" ? [] : [{ layer, policyTexts: [{ ...oneText, layer }], reason }]),
      ),
    ),
    ...of("approval.list", "call", null, {}),
    ...of("approval.list", "call", foreign, {}),
    ...of("execution.approve", "call", null, { items: [] }),
    ...of("execution.approve", "call", foreign, {}),
  ]
}

/** True for a layer that permits something: it cannot be emptied without what owners are permitted by, so that other texts must do. */
const permitsIn = ({ rules }: Pick<PolicySet, "rules">, layer: PolicyLayer): boolean =>
  rules.some((rule) => rule.layer === layer && rule.effect === "permit")

/** The verdict that shuts a person out in every way that is tried; null when one way is open. One that only waits goes first. */
function closed(
  { set, facts, from, hours, waiting, reviews, spend, isSpent }: Looking,
  person: ChainMember,
  { contract, inputs, as, about }: Need,
): Verdict["core"] | null {
  const { environment, tenant, people } = facts
  const own = {
    ...person,
    grants: person.grants.filter(({ capability }) => capability === contract.capability),
  }
  let denial: Verdict["core"] | null = null
  for (let hour = 0; hour < hours; hour++)
    for (const input of inputs) {
      if (isSpent()) return denial
      spend(stepsPerDecision)
      const at = addMs(from, hour * hourMs)
      const asker = lasting(own, from, at)
      const request = callRequestOf({
        environment,
        tenant,
        contract,
        input,
        chain: [asker],
        about,
        by: { assurance: "session", channel: "http", now: at },
      })
      const { core } = set.decide(as === "step" ? asOnlyStep(request) : request)
      if (core.decision === "allow") return null
      if (core.decision === "hold" && as === "step" && (waiting === "anyone" || fills(core, asker, at)))
        return null
      denial = denial === null || (denial.decision === "deny" && core.decision === "hold") ? core : denial
      // No hour and no channel gives a grant.
      if (core.blockReason === "grantMissing") return core
    }
  return denial

  function fills({ obligations }: Verdict["core"], asker: ChainMember, at: Time): boolean {
    if (obligations === null) return true
    const { executionId } = foreign
    return isFillable({
      executionId,
      obligations,
      asker,
      people: () => reviewersAt(at),
      now: at,
      reviews: ({ id }) => reviews(id),
    })
  }

  function* reviewersAt(at: Time): Generator<ChainMember> {
    for (const each of people) {
      if (isSpent()) return
      spend(stepsPerReviewer)
      yield approvalOnly(lasting(each, from, at))
    }
  }
}

/** A reviewer with the grants that reviewing takes alone. */
const approvalOnly = (person: ChainMember): ChainMember => ({
  ...person,
  grants: person.grants.filter(({ capability }) => capability === executionApprove.capability),
})

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

/** The same member when its grants last no longer than some seconds from a time on. */
function aged(member: ChainMember, from: Time, seconds: number): ChainMember {
  const end = addMs(from, seconds * 1000)
  return {
    ...member,
    grants: member.grants.map((grant) => (grant.expiresAt > end ? { ...grant, expiresAt: end } : grant)),
  }
}

/** Cedar's own operators, and the parts of a pattern. Any other is a function, such as `duration`, which makes a number that is written nowhere. */
const operators = new Set(
  "Var Value Slot Literal ! neg == != < <= > >= && || + - * in like is has . contains containsAll containsAny isEmpty Set Record if-then-else".split(
    " ",
  ),
)

/**
 * The first rule that could allow what is looked at here and deny it later: it computes a time by a function, names the execution of the
 * look, or judges a contract that changing policy takes by a time of which the turning points are written nowhere.
 */
function hiddenFrom({ rules, slices }: PolicySet): PolicyIssue | null {
  const judging = new Set(
    governing.flatMap((name) => slices.get(refOf(name))?.rules ?? []).map(({ id }) => id),
  )
  for (const { id, json } of rules) {
    const nodes = conditionNodes(json)
    const isTimed = nodes.some((node) => timeFacts.some((name) => reads(node, name)))
    if (isTimed && nodes.some(({ operator }) => !operators.has(operator)))
      return finding(id, "compares a time with what a function makes: compare it with a number of seconds")
    if (judging.has(id) && json.conditions.some(({ body }) => hidesTime(body)))
      return finding(
        id,
        "uses the time in another way than to compare it with a number of seconds, so that no one can tell when it changes: write context.call.nowSeconds < 1893456000",
      )
    if (JSON.stringify(json).includes(foreign.executionId))
      return finding(id, `names ${foreign.executionId}, which is not an execution`)
  }
  return null
}

/** A second less than every rest of a grant that a rule compares with: every grant reaches it. */
function agesNamed({ rules }: PolicySet): readonly number[] {
  const named = rules
    .map(({ json }) => conditionNodes(json))
    .filter((nodes) => nodes.some((node) => reads(node, "expiresInSeconds")))
    .flatMap((nodes) => nodes.flatMap(({ operator, body }) => (operator === "Value" ? [body] : [])))
    .filter((value) => typeof value === "number")
    .filter((value) => value > 1 && value < secondsMax)
  return [...new Set(named)].map((seconds) => seconds - 1)
}

/** A second after every later time that a rule compares with, or at which an exception of the modes ends, ascending. */
function turningPoints({ rules, modeMap }: PolicySet, now: Time): readonly Time[] {
  const nowSeconds = Math.floor(msOfTime(now) / 1000)
  const ends = modeMap.exceptions
    .filter(({ contract }) => governing.some((name) => contract === refOf(name)))
    .map(({ expires }) => Math.floor(msOfTime(expires) / 1000))
  const named = rules
    .map(({ json }) => conditionNodes(json))
    .filter((nodes) => nodes.some((node) => reads(node, "nowSeconds")))
    .flatMap((nodes) => nodes.flatMap(({ operator, body }) => (operator === "Value" ? [body] : [])))
    .filter((value) => typeof value === "number")
  const later = [...named, ...ends].filter((value) => value > nowSeconds && value < secondsMax)
  return [...new Set(later)].sort((a, b) => a - b).map((seconds) => timeFromMs((seconds + 1) * 1000))
}

const reads = ({ operator, body }: ExpressionNode, ...attributes: readonly string[]): boolean =>
  operator === "." &&
  typeof body === "object" &&
  body !== null &&
  attributes.some((attribute) => Reflect.get(body, "attr") === attribute)

// The year 9990: later times cannot be written together with a grant that lasts beyond them.
const secondsMax = 253_086_768_000

const finding = (ruleId: string | null, message: string): PolicyIssue => ({
  code: "lockout",
  file: "all texts",
  line: 1,
  ruleId,
  message,
})
