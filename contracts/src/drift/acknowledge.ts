// Acknowledgements: a person's statement that one risky change is intended.
// Owns: which finding one covers, C096 and C097. Does not own: what is risky. A breaking change is never acknowledged: it
// needs a new major. One that the baseline already holds was judged then, and is silent now.

import { plainJson } from "../json/json.ts"
import { canonical } from "../json/canonical.ts"
import { change } from "./change.ts"
import { isAcknowledgeable, partOfRule, type CheckPart } from "./check-parts.ts"
import { findingOf, type Finding } from "./finding.ts"
import { acknowledgedDaysMax, type Acknowledgement, type ContractLock } from "./lock.ts"

/** What acknowledgements are judged by: the two locks, the day, and the part whose findings they are. */
interface Judging {
  readonly before: ContractLock
  readonly after: ContractLock
  /** Such as `2026-11-21`. */
  readonly today: string
  readonly part: CheckPart
}

/**
 * The findings of a part with those marked that an acknowledgement of the new lock covers, and with those that are wrong with
 * one. Acknowledgements of other parts are left to those: one that was not checked says nothing of them.
 */
export function acknowledge<F extends Finding>(
  findings: readonly F[],
  { before, after, today, part }: Judging,
): readonly (F | Finding)[] {
  const judged = new Set(before.acknowledged.map(textOf))
  const words = after.acknowledged.filter(({ rule }) => judgedIn(rule) === part)
  const usable = words.filter(({ expires }) => expires >= today && expires <= lastDay(today))
  const marked = findings.map((finding) => {
    const word = mayBeAcknowledged(finding) ? usable.find((one) => covers(one, finding)) : undefined
    return word === undefined ? finding : { ...finding, acknowledgedUntil: word.expires }
  })
  const wrong = words.flatMap((one): readonly Finding[] => {
    const needed = findings.some((finding) => mayBeAcknowledged(finding) && covers(one, finding))
    if (!needed && judged.has(textOf(one))) return []
    if (!needed) return [problem("C097", one)]
    return usable.includes(one) ? [] : [problem("C096", one)]
  })
  return [...marked, ...wrong]
}

/** True for a risky finding of a rule that leaves it to a person. */
const mayBeAcknowledged = ({ class: grave, rule }: Finding): boolean =>
  grave === "risky" && isAcknowledgeable(rule)

// An acknowledgement of such a rule fits no change, and one part has to report it.
const judgedIn = (rule: string): CheckPart => (isAcknowledgeable(rule) ? partOfRule(rule) : "contracts")

const textOf = (one: Acknowledgement): string => canonical(plainJson(one))

const covers = (one: Acknowledgement, { rule, contract, from, to }: Finding): boolean =>
  one.rule === rule && one.contract === contract && one.from === from && one.to === to

const problem = (
  rule: "C096" | "C097",
  { contract, rule: about, from, to, expires }: Acknowledgement,
): Finding =>
  findingOf(change(rule, "always", { at: `/acknowledged/${about}`, before: expires }), {
    contract,
    from,
    to,
    experimental: false,
  })

const dayMs = 24 * 60 * 60 * 1000

/** The last day that an acknowledgement may reach. */
const lastDay = (today: string): string => dayAfter(today, acknowledgedDaysMax)

/** The day so many calendar days after a day, such as `2026-11-21`; there is no time in it. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10)
}
