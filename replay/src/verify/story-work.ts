// How many steps checks 8 and 9 take at an entry, beside those that grow with the entry itself: what it makes them go through again
// of the entries before it. Owns: counting them before they are taken. Does not own: the checks (verify-approval.ts, verify-start.ts).

import type { ChainMember, Obligations, StepId } from "@counterfoil/contracts"
import type { RecordedFact } from "@counterfoil/core"
import type { Request, Story } from "./story.ts"

/** Real traces take a few steps for an entry; ten thousand reviews of one request that all count take more than these. */
const stepsPerEntry = 4_000
const stepsMin = 1_000_000
/** A person of a chain is put into sets and sorted, for each request anew. */
const stepsPerPerson = 60
/** A person with an answer is listed, sorted and looked up in a tally. */
const stepsPerAnswer = 10

/** The steps that both checks may take together on so many entries. */
export const storySteps = (entries: number): number => stepsMin + stepsPerEntry * entries

/** The steps that an entry takes. */
export function stepsAt(story: Story, { fact }: RecordedFact): number {
  if (fact.kind === "controlPlane.approval.requested@1")
    return placesIn(fact.payload.obligations) + stepsPerPerson * peopleAround(story, fact.payload)
  if (fact.kind === "controlPlane.execution.step.resolved@1")
    return stepsPerPerson * peopleAround(story, fact.payload)
  if (!("approvalId" in fact.payload) || fact.payload.approvalId === undefined) return 0
  const request = story.requests.get(fact.payload.approvalId)
  if (request === undefined) return 0
  const roles = fact.kind === "controlPlane.approval.reviewed@1" ? fact.payload.roles.length : 0
  return matching(request, roles)
}

// A tally matches each person with each place, and may move every person that has one.
function matching({ payload, counted, excluded, latest, roles }: Request, more: number): number {
  const places = placesIn(payload.obligations)
  const people = latest.size + 1
  return (
    counted.length + people * (stepsPerAnswer + excluded.length) + (roles + people + more) * places * places
  )
}

const placesIn = ({ quorum }: Obligations): number => quorum.reduce((sum, { count }) => sum + 1 + count, 0)

/** The people of the chain that asked, and of the one that the step was decided for. */
const peopleAround = ({ chain, verdicts }: Story, { stepId }: { readonly stepId: StepId }): number =>
  peopleIn(chain) + peopleIn(verdicts.get(stepId)?.payload.request.chain ?? [])

const peopleIn = (chain: readonly ChainMember[]): number =>
  chain.reduce((sum, { custodians }) => sum + 2 + (custodians?.length ?? 0), 0)
