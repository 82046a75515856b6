// Who counts for a request, and which slots of its quorum they fill (INV-06). The tally is made anew from the reviews.
// Does not own: whether a review may be there at all (approvals.ts).

import {
  isObject,
  jcs,
  memberOf,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textsAt,
  type JsonObject,
} from "./json.ts"

/** A person's answer, as the tally sees it. */
export interface ReviewAnswer {
  readonly human: string
  readonly decision: string
  readonly roles: readonly string[]
  readonly assurance: string
}

/** Assurances, weakest first. */
const assurances = ["chat", "session", "stepUp", "key"]

/** Whether an assurance is at least another. */
export const covers = (have: string, need: string): boolean =>
  assurances.indexOf(have) >= assurances.indexOf(need)

/** The people who may not answer: the requester, the human it acts for, the authors of the plan, and where obligations say so, the people behind them. */
export function excludedFrom(about: {
  readonly requester: string
  readonly onBehalfOf: string | null
  readonly author: string
  readonly obligations: JsonObject
  /** The chain when it asked, and when it was decided. */
  readonly chains: readonly (readonly JsonObject[])[]
}): readonly string[] {
  const { requester, onBehalfOf, author, obligations, chains } = about
  const [asked = []] = chains
  const behind = textsAt(obligations, "exclude").includes("agentOwner")
    ? chains.flat().flatMap(peopleBehind)
    : []
  return [
    ...new Set([
      requester,
      ...(onBehalfOf === null ? [] : [onBehalfOf]),
      ...asked.map((member) => textAt(member, "id")),
      author,
      ...behind,
    ]),
  ].sort()
}

/** A member's owner and its custodians: who registered it, and who made a token of it that is in use. */
export function peopleBehind(member: JsonObject): readonly string[] {
  const owner = memberOf(member, "owner")
  const custodians = Object.hasOwn(member, "custodians") ? textsAt(member, "custodians") : []
  return typeof owner === "string" ? [owner, ...custodians] : custodians
}

/**
 * The tally in canonical JSON, as a review records it: of each person the last answer, one person fills one slot. Slots and people are
 * matched in sorted order by augmenting paths (Kuhn 1955), so that the same reviews always fill the same slots.
 */
export function tally(
  obligations: JsonObject,
  latest: Iterable<ReviewAnswer>,
  excluded: ReadonlySet<string>,
): { readonly quorum: string; readonly isMet: boolean; readonly met: readonly string[] } {
  const needed = objectsAt(obligations, "quorum")
    .map((slot) => ({ role: textAt(slot, "role"), count: numberAt(slot, "count") }))
    .sort((a, b) => (a.role < b.role ? -1 : 1))
  const slots = needed.flatMap(({ role, count }) => Array.from({ length: count }, () => role))
  const filled = matched(slots, counting(latest, textAt(obligations, "assurance"), excluded))
  const met = slots
    .flatMap((role, slot) => {
      const human = filled.get(slot)?.human
      return human === undefined ? [] : [{ role, human }]
    })
    .sort((a, b) => (a.role === b.role ? (a.human < b.human ? -1 : 1) : a.role < b.role ? -1 : 1))
  // Slot by slot, not by role: where two parts of a quorum name one role, a person fills a slot of one of them.
  let next = 0
  const missing = needed.flatMap(({ role, count }) => {
    const from = next
    next += count
    const open = slots.slice(from, next).filter((_, i) => !filled.has(from + i)).length
    return open > 0 ? [{ role, count: open }] : []
  })
  return {
    quorum: jcs({ needed, met, missing }),
    isMet: missing.length === 0,
    met: met.map(({ human }) => human),
  }
}

function counting(
  latest: Iterable<ReviewAnswer>,
  assurance: string,
  excluded: ReadonlySet<string>,
): readonly ReviewAnswer[] {
  return [...latest]
    .filter(
      (answer) =>
        answer.decision === "approve" && covers(answer.assurance, assurance) && !excluded.has(answer.human),
    )
    .sort((a, b) => (a.human < b.human ? -1 : 1))
}

function matched(
  slots: readonly string[],
  people: readonly ReviewAnswer[],
): ReadonlyMap<number, ReviewAnswer> {
  const filled = new Map<number, ReviewAnswer>()
  const place = (person: ReviewAnswer, tried: Set<number>): boolean =>
    slots.some((role, slot) => {
      if (tried.has(slot) || !person.roles.includes(role)) return false
      tried.add(slot)
      const holder = filled.get(slot)
      if (holder !== undefined && !place(holder, tried)) return false
      filled.set(slot, person)
      return true
    })
  for (const person of people) place(person, new Set())
  return filled
}

/** The obligations that hold at a level: an escalation asks another role, for as many people. Null when there is no such level. */
export function obligationsAt(first: JsonObject, level: number): JsonObject | null {
  if (level === 0) return first
  const role = textsAt(first, "escalateTo")[level - 1]
  if (role === undefined) return null
  const people = objectsAt(first, "quorum").reduce((sum, slot) => sum + numberAt(slot, "count"), 0)
  return { ...first, quorum: [{ role, count: Math.min(5, people) }] }
}

/** The time-out of a level, as a duration. */
export const timeoutAt = (first: JsonObject, level: number): string => {
  const timeouts = textsAt(first, "timeouts")
  return timeouts[Math.min(level, timeouts.length - 1)] ?? ""
}

/** What happens when no one answers in time; the last level never escalates. */
export function fallbackAt(first: JsonObject, level: number): string {
  const onTimeout = textAt(first, "onTimeout")
  if (onTimeout !== "escalate") return onTimeout
  return level < textsAt(first, "escalateTo").length ? "escalate" : "expire"
}

/** The roles that a request needs. */
export const neededRoles = (obligations: JsonObject): readonly string[] =>
  objectsAt(obligations, "quorum").map((slot) => textAt(slot, "role"))

/** The obligations of a verdict, or null. */
export function obligationsOf(core: JsonObject): JsonObject | null {
  const obligations = memberOf(core, "obligations")
  return isObject(obligations) ? objectAt(core, "obligations") : null
}
