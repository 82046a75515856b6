// Entries that follow from the trace and the time alone: the executor owed them, or they were due.
// Owns: matching an entry with what `nextWork` offered and with the rest of the append before it.
// Keeps INV-09 on replay: nothing is found identical that was not due when it was written.

import { canonical, type Fact } from "@counterfoil/contracts"
import { derived, undue, type Derived, type EntryPlace } from "./derivation.ts"

/** What this entry must be: the fact owed, or the one among those due that is most like it. */
export function owedOrDue(fact: Fact, { owed, due }: Pick<EntryPlace, "owed" | "due">): Derived {
  const offers = [
    ...(owed.length > 0 ? [owed] : []),
    ...due.flatMap((work) => (work.kind === "append" ? [work.facts] : [])),
  ]
  // A fact about something else is recognised by its id, without spelling what may be large.
  const about = offers.filter(([first]) => first !== undefined && isAbout(first, fact))
  const same = about.find(([first]) => first !== undefined && sameFact(first, fact))
  const [first, ...rest] = same ?? about[0] ?? []
  return first === undefined
    ? undue("nothing called for this entry when it was written")
    : derived(first, ...rest)
}

/** True when something equal was owed or due. */
export function isDue(fact: Fact, place: Pick<EntryPlace, "owed" | "due">): boolean {
  const answer = owedOrDue(fact, place)
  return answer.kind === "derived" && sameFact(answer.fact, fact)
}

/** Equal kinds and equal canonical bytes. */
export const sameFact = (a: Fact, b: Fact): boolean =>
  a.kind === b.kind && canonical(a.payload) === canonical(b.payload)

function isAbout(offered: Fact, recorded: Fact): boolean {
  if (offered.kind !== recorded.kind) return false
  return idOf(offered) === idOf(recorded)
}

function idOf({ payload }: Fact): string {
  if ("stepId" in payload && payload.stepId !== undefined) return payload.stepId
  return "approvalId" in payload && payload.approvalId !== undefined ? payload.approvalId : ""
}
