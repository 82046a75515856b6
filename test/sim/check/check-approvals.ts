// What must hold of verdicts and approvals, by the rules as the pages state them and not as the code computes them.
// Owns: a second, small policy and a second tally. Does not own: the policies themselves (contracts.ts).

import { ids } from "../../replay/world.ts"
import { amounts, policySets, policyVersions } from "../contracts.ts"
import { virtualMs } from "../database.ts"
import {
  each,
  ofKind,
  type Check,
  type Inspected,
  type InspectedExecution,
  type Payload,
} from "./inspected.ts"

type Started = Payload<"controlPlane.execution.step.started@1">
type Requested = Payload<"controlPlane.approval.requested@1">
type Reviewed = Payload<"controlPlane.approval.reviewed@1">

const startsOf = ({ executions }: Inspected) =>
  executions.flatMap((one) =>
    ofKind(one.told, "controlPlane.execution.step.started@1").map((told) => ({ ...told, one })),
  )
type Start = ReturnType<typeof startsOf>[number]

const nameOf = ({ one, payload }: Start): string =>
  `${one.row.executionId} ${payload.key} attempt ${payload.attempt}`
const amountOf = ({ input }: Started): number =>
  typeof input === "object" && input !== null && "amount" in input ? Number(input["amount"]) : 0
const actsForAPerson = ({ execution }: InspectedExecution): boolean => execution?.intent.onBehalfOf !== null

const allowed: Check = {
  name: "nothing forbidden starts",
  shows: "INV-04",
  run: (inspected) =>
    each(startsOf(inspected), (start) => {
      const amount = amountOf(start.payload)
      if (amount === amounts.broken) return `${nameOf(start)}: a rule about it fails, and it started`
      if (amount === amounts.notForPeople && actsForAPerson(start.one))
        return `${nameOf(start)}: no person may have this`
      const decided = ofKind(start.one.told, "controlPlane.policy.decided@1").findLast(
        ({ payload, seq }) =>
          payload.stepId === start.payload.stepId && payload.phase !== "preview" && seq < start.seq,
      )
      if (decided === undefined) return `${nameOf(start)}: started without a verdict`
      const version = policySets.findIndex(
        ({ digest }) => digest === decided.payload.verdict.circumstances.policySetDigest,
      )
      const cap = amounts.caps[policyVersions[version]?.cap ?? -1] ?? 0
      return amount > cap ? `${nameOf(start)}: ${amount} is above the cap` : null
    }),
}

const bound: Check = {
  name: "a start follows a verdict for its very input",
  shows: "INV-02",
  run: (inspected) =>
    each(startsOf(inspected), (start) => {
      const { stepId, generation, inputDigest, verdictDigest } = start.payload
      const last = ofKind(start.one.told, "controlPlane.policy.decided@1").findLast(
        ({ payload, seq }) =>
          payload.stepId === stepId &&
          payload.generation === generation &&
          payload.phase !== "preview" &&
          seq < start.seq,
      )
      if (last === undefined) return `${nameOf(start)}: no verdict`
      const { core } = last.payload.verdict
      if (core.inputDigest !== inputDigest) return `${nameOf(start)}: a verdict for another input`
      if (core.decision === "deny") return `${nameOf(start)}: the last verdict denies`
      return last.payload.verdictDigest === verdictDigest ? null : `${nameOf(start)}: another verdict`
    }),
}

const needsPeople = ({ payload }: Start): boolean =>
  payload.contract.ref === "sim.wire@1" ||
  (payload.contract.ref !== "sim.look@1" &&
    payload.contract.ref !== "sim.unpay@1" &&
    amountOf(payload) > amounts.freeMax)

const held: Check = {
  name: "what people must look at starts only after they did",
  shows: "INV-05",
  run: (inspected) =>
    each(startsOf(inspected).filter(needsPeople), (start) =>
      start.payload.approvalId === undefined
        ? `${nameOf(start)}: started without an approval`
        : approvalFault(start),
    ),
}

function approvalFault(start: Start): string | null {
  const { told } = start.one
  const { approvalId, stepId, generation, inputDigest, contract } = start.payload
  const asked = ofKind(told, "controlPlane.approval.requested@1").find(
    ({ payload }) => payload.approvalId === approvalId,
  )
  if (asked === undefined) return `${nameOf(start)}: no such request`
  const { payload: request } = asked
  if (
    request.stepId !== stepId ||
    request.generation !== generation ||
    request.statement.inputDigest !== inputDigest
  )
    return `${nameOf(start)}: an approval for something else`
  if (contract.ref === "sim.wire@1" && (request.tier !== "high" || request.obligations.assurance !== "key"))
    return `${nameOf(start)}: tier high was asked for less`
  const reviews = ofKind(told, "controlPlane.approval.reviewed@1")
    .filter(({ payload, seq }) => payload.approvalId === approvalId && seq < start.seq && !payload.late)
    .map(({ payload }) => payload)
  const met = quorumMet(request, reviews, start.one, null)
  return met ? null : `${nameOf(start)}: the quorum was not met`
}

/** Whether distinct people fill all slots: tried out one by one. `rights` null skips the check whether they still may. */
function quorumMet(
  request: Requested,
  reviews: readonly Reviewed[],
  one: InspectedExecution,
  rights: ReadonlySet<string> | null,
): boolean {
  const standing = new Map<string, Reviewed>()
  for (const review of reviews) standing.set(review.human, review)
  if ([...standing.values()].some(({ decision }) => decision === "reject")) return false
  const barred = new Set<string>([
    ids.bot,
    ...(actsForAPerson(one) ? [ids.mia] : []),
    ...(request.tier === "high" ? [ids.kim] : []),
  ])
  const yes = [...standing.values()].filter(
    ({ decision, human, assurance }) =>
      decision === "approve" &&
      !barred.has(human) &&
      (request.obligations.assurance !== "key" || assurance === "key"),
  )
  const slots = quorumAsked(request).flatMap(({ role, count }) => Array.from({ length: count }, () => role))
  const may = (review: Reviewed, role: string): boolean =>
    rolesOf(review.human).includes(role) && (rights === null || rights.has(`${review.human} ${role}`))
  const fill = (open: readonly string[], left: readonly Reviewed[]): boolean => {
    const [role, ...others] = open
    if (role === undefined) return true
    return left.some(
      (review) =>
        may(review, role) &&
        fill(
          others,
          left.filter((one) => one !== review),
        ),
    )
  }
  return fill(slots, yes)
}

// What the rules ask for, by level: the first asks two teams, the next an owner; tier high always two approvers.
const quorumAsked = ({
  tier,
  level,
}: Requested): readonly { readonly role: string; readonly count: number }[] =>
  tier === "high"
    ? [{ role: "approver", count: 2 }]
    : level === 0
      ? [
          { role: "finance", count: 1 },
          { role: "support-lead", count: 1 },
        ]
      : [{ role: "owner", count: 2 }]

const town: { readonly [human: string]: readonly string[] } = {
  [ids.kim]: ["owner", "approver"],
  [ids.ana]: ["approver", "finance"],
  [ids.ben]: ["approver", "support-lead", "finance"],
  [ids.cleo]: ["approver", "owner"],
  [ids.eve]: ["support-lead"],
  [ids.mia]: ["finance"],
}
const rolesOf = (human: string): readonly string[] => town[human] ?? []

const consumed: Check = {
  name: "an approval is consumed once, in time, by people who still may, under the policy of that moment",
  shows: "INV-02",
  run: (inspected) => {
    const used = new Set<string>()
    return each(
      startsOf(inspected).filter(({ payload }) => payload.approvalId !== undefined && payload.attempt === 1),
      (start) => {
        const { approvalId = "", stepId } = start.payload
        if (used.has(approvalId)) return `${nameOf(start)}: consumed twice`
        used.add(approvalId)
        const locked = start.commit?.locked ?? null
        if (locked === null) return `${nameOf(start)}: consumed without the row's lock`
        const { told } = start.one
        const request = ofKind(told, "controlPlane.approval.requested@1").find(
          ({ payload }) => payload.approvalId === approvalId,
        )
        if (request === undefined) return `${nameOf(start)}: no such request`
        if (locked.at >= virtualMs(request.payload.expiresAt))
          return `${nameOf(start)}: consumed after it had expired`
        const reviews = ofKind(told, "controlPlane.approval.reviewed@1").filter(
          ({ payload, seq }) => payload.approvalId === approvalId && seq < start.seq && !payload.late,
        )
        const notBefore = reviews.findLast(({ payload }) => payload.notBefore !== undefined)?.payload
          .notBefore
        if (notBefore !== undefined && locked.at + 1 < virtualMs(notBefore))
          return `${nameOf(start)}: consumed before its grace was over`
        if (
          !quorumMet(
            request.payload,
            reviews.map(({ payload }) => payload),
            start.one,
            locked.reviewers,
          )
        )
          return `${nameOf(start)}: a person who approved may not review any more`
        const again = ofKind(told, "controlPlane.policy.decided@1").findLast(
          ({ payload, seq }) =>
            payload.stepId === stepId && payload.phase === "consumption" && seq < start.seq,
        )
        return again?.commit === start.commit &&
          again?.payload.verdict.circumstances.policySetDigest === locked.policySetDigest
          ? null
          : `${nameOf(start)}: not decided again at its consumption`
      },
    )
  },
}

const duties: Check = {
  name: "who asked, or wrote the plan, never reviews",
  shows: "INV-06",
  run: (inspected) => {
    const seen = inspected.executions.flatMap((one) =>
      ofKind(one.told, "controlPlane.approval.reviewed@1").map(({ payload }) => ({ one, payload })),
    )
    const found = each(seen, ({ one, payload: { human, late, method } }) => {
      const barred = String(human) === ids.bot || (human === ids.mia && actsForAPerson(one))
      if (barred) return `${one.row.executionId}: ${human} reviewed`
      return late || method === "system" || rolesOf(human).length > 0
        ? null
        : `${one.row.executionId}: ${human} has no role`
    })
    const taken = inspected.facts.book.forbidden.map(
      ({ approvalId, human }) => `${approvalId}: ${human} was let through`,
    )
    return { seen: found.seen, faults: [...found.faults, ...taken] }
  },
}

const late: Check = {
  name: "a late answer changes nothing",
  shows: "INV-09",
  run: ({ executions }) =>
    each(
      executions.flatMap(({ told, row }) =>
        ofKind(told, "controlPlane.approval.reviewed@1").map((one) => ({ ...one, told, row })),
      ),
      ({ payload, seq, time, told, row }) => {
        const asked = ofKind(told, "controlPlane.approval.requested@1").find(
          (one) => one.payload.approvalId === payload.approvalId,
        )
        const isOver = asked !== undefined && time >= asked.payload.expiresAt
        const closed =
          isOver || told.some(({ fact, seq: before }) => before < seq && closes(fact, payload.approvalId))
        return closed === payload.late
          ? null
          : `${row.executionId} ${seq}: a review that is ${closed ? "" : "not "}late is recorded otherwise`
      },
    ),
}

function closes(fact: InspectedExecution["told"][number]["fact"], approvalId: string): boolean {
  if (
    fact.kind === "controlPlane.approval.voided@1" ||
    fact.kind === "controlPlane.approval.expired@1" ||
    fact.kind === "controlPlane.approval.escalated@1" ||
    fact.kind === "controlPlane.execution.step.started@1"
  )
    return fact.payload.approvalId === approvalId
  return (
    fact.kind === "controlPlane.approval.reviewed@1" &&
    fact.payload.approvalId === approvalId &&
    fact.payload.decision === "reject" &&
    !fact.payload.late
  )
}

/** The checks of verdicts and approvals. */
export const approvalChecks: readonly Check[] = [allowed, bound, held, consumed, duties, late]
