// How many steps checks 8 and 9 take at an entry, beside those that grow with the entry itself: what it makes them go through again
// of the entries before it. Without a bound a file of reviews that say little costs the square of its size.

import type { Approval } from "./approval-state.ts"
import { spend, type Budget } from "./budget.ts"
import { listAt, memberOf, numberAt, objectAt, objectsAt, textAt, type JsonObject } from "./json.ts"
import type { Entry } from "./read-lines.ts"
import type { Story } from "./story.ts"

/** A real trace takes about one step for a hundred bytes. */
const stepsPerByte = 4
const stepsMin = 1_000_000
/** A person of a chain is put into sets and sorted, for each request anew. */
const stepsPerPerson = 60
const because = "what people did in it takes more work to check than a bundle of its size may"

/** The steps that each of the two checks may take on a bundle of so many bytes. */
export const storyBudget = (bundleBytes: number): Budget => ({ left: stepsMin + stepsPerByte * bundleBytes })

/** Takes what an entry costs, before it is looked at. Throws `Undecided` when less than that is left. */
export function spendOnEntry(budget: Budget, story: Story, { kind, payload }: Entry): void {
  if (payload === null) return
  const approvalId = memberOf(payload, "approvalId")
  const approval = typeof approvalId === "string" ? story.approvals.get(approvalId) : undefined
  if (approval !== undefined) spend(budget, workOf(approval, payload), because)
  if (kind.endsWith(".approval.requested@1")) {
    spend(budget, placesIn(objectAt(payload, "obligations")), because)
    spendOnChains(budget, story, payload)
  } else if (kind.endsWith(".step.resolved@1")) spendOnChains(budget, story, payload)
}

/** A tally matches each person with each place, and may move every person that has one (quorum.ts). */
function workOf({ obligations, weight, given }: Approval, payload: JsonObject): number {
  const places = placesIn(obligations)
  const roles = memberOf(payload, "roles") === null ? 0 : listAt(payload, "roles").length
  return given.length + (weight + 1 + roles) * places * places
}

/** The places of a quorum, and its parts. */
const placesIn = (obligations: JsonObject): number =>
  objectsAt(obligations, "quorum").reduce((sum, slot) => sum + 1 + Math.abs(numberAt(slot, "count")), 0)

function spendOnChains(budget: Budget, { asked, verdicts }: Story, payload: JsonObject): void {
  const verdict = verdicts.get(textAt(payload, "stepId"))
  const decided = verdict === undefined ? [] : objectsAt(objectAt(verdict.payload, "request"), "chain")
  for (const chain of [asked.chain, decided]) {
    spend(budget, chain.length * stepsPerPerson, because)
    const behind = chain.reduce(
      (sum, member) =>
        sum + (memberOf(member, "custodians") === null ? 0 : listAt(member, "custodians").length),
      0,
    )
    spend(budget, behind * stepsPerPerson, because)
  }
}
