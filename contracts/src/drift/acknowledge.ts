// Acknowledgements: a person's word that one risky change is meant.
// Owns: which finding one covers, C096 and C097. Does not own: what is risky. A breaking change is never acknowledged: it
// needs a new major. One that the baseline already holds was judged then, and is silent now.

import { plainJson } from "../json/json.ts"
import { canonical } from "../json/canonical.ts"
import { change } from "./change.ts"
import { findingOf, type Finding } from "./finding.ts"
import { acknowledgedDaysMax, type Acknowledgement, type ContractLock } from "./lock.ts"

/** The findings with those marked that an acknowledgement of the new lock covers, and with those that are wrong with one. */
export function acknowledge(
  findings: readonly Finding[],
  {
    before,
    after,
    today,
  }: { readonly before: ContractLock; readonly after: ContractLock; readonly today: string },
): readonly Finding[] {
  const judged = new Set(before.acknowledged.map(textOf))
  const usable = after.acknowledged.filter(({ expires }) => expires >= today && expires <= lastDay(today))
  const marked = findings.map((finding) => {
    const word = finding.class === "risky" ? usable.find((one) => covers(one, finding)) : undefined
    return word === undefined ? finding : { ...finding, acknowledgedUntil: word.expires }
  })
  const wrong = after.acknowledged.flatMap((one): readonly Finding[] => {
    const needed = findings.some((finding) => finding.class === "risky" && covers(one, finding))
    if (!needed && judged.has(textOf(one))) return []
    if (!needed) return [problem("C097", one)]
    return usable.includes(one) ? [] : [problem("C096", one)]
  })
  return [...marked, ...wrong]
}

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

/** The last day that an acknowledgement may reach. Calendar days; there is no time in it. */
function lastDay(today: string): string {
  const end = new Date(Date.parse(today) + acknowledgedDaysMax * dayMs)
  return end.toISOString().slice(0, 10)
}
