// Consuming an approval: the last check and the start, in one transaction that holds the execution's row.
// Owns: what is read under the lock. Does not own: what follows from it (core consume), nor the call after it.
// Keeps INV-02 (start and consumption are one commit) and INV-06 (a reviewer who no longer counts is withdrawn).

import {
  executionApprove,
  grantCovers,
  peopleBehind,
  PrincipalId,
  type Attribution,
  type ChainMember,
  type HumanId,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Claim, LockedExecution } from "@counterfoil/contracts/ports"
import {
  consume,
  decidedOf,
  lookAhead,
  policyRequestOf,
  type Approval,
  type Dispatch,
  type Execution,
} from "@counterfoil/core"
import { beginTransition, type Transition } from "./transition.ts"
import { chainNow, type World } from "./world.ts"

/** `started`: committed, the handler may be called. `written`: something else was due. `stale`: look again. */
export type Consumed =
  | { readonly kind: "started"; readonly dispatch: Dispatch; readonly execution: Execution }
  | { readonly kind: "written"; readonly execution: Execution }
  | { readonly kind: "stale" }

/** Starts a held step whose approval stands, or writes why it does not start. */
export async function consumeApproved(
  world: World,
  claim: Claim,
  execution: Execution,
  dispatch: Dispatch,
  by: Attribution,
): Promise<Consumed> {
  const stale = { append: null, remember: null, answer: { kind: "stale" } as const }
  const done = await world.store.locked<Consumed>(claim.tenant, claim.executionId, async (locked) => {
    if (locked.fence !== claim.fence || locked.head.hash !== execution.head.hash) return stale
    const draft = beginTransition(
      {
        environment: world.environment,
        tenant: claim.tenant,
        executionId: claim.executionId,
        fence: claim.fence,
        time: locked.now,
        kindDigest: world.kindDigest,
      },
      execution,
    )
    const due = lookAhead(execution, draft.time, world.contracts).work.find(
      (work) => work.kind === "dispatch" && work.approvalId === dispatch.approvalId,
    )
    if (due?.kind !== "dispatch") return stale
    const started = await write(world, locked, draft, due, by)
    const append = draft.append({ wakeAt: lookAhead(draft.execution(), draft.time, world.contracts).wakeAt })
    const after = draft.execution()
    return {
      append,
      remember: null,
      answer: started
        ? { kind: "started", dispatch: due, execution: after }
        : { kind: "written", execution: after },
    }
  })
  if (done !== null && done.kind !== "stale") world.announce(done.execution)
  return done ?? { kind: "stale" }
}

async function write(
  world: World,
  locked: LockedExecution,
  draft: Transition,
  due: Dispatch,
  by: Attribution,
): Promise<boolean> {
  const execution = draft.execution()
  const policies = await world.policies(execution.tenant, locked.policySetDigest)
  const chain = await chainNow(
    { store: { ...world.store, directory: locked.directory } },
    execution.tenant,
    execution.intent.requesterChain.map(({ id }) => id),
    due.question.capability,
  )
  const request = policyRequestOf(execution, due.question, { chain, now: draft.time, breakGlass: null })
  const approval = execution.approvals.find(({ approvalId }) => approvalId === due.approvalId)
  const consumption = consume(execution, due, {
    now: draft.time,
    worker: world.worker,
    decided: decidedOf(request, policies.decide(request)),
    gone: approval === undefined ? [] : await goneReviewers(world, locked, draft, { approval, chain }),
    tally: world.tally,
  })
  draft.add(by, ...consumption.facts)
  return consumption.kind === "start"
}

/**
 * Counted reviewers whose account, role, or grant for this execution is gone, or who are behind the requester now, each
 * with an id for the withdrawal.
 */
async function goneReviewers(
  world: World,
  { directory }: LockedExecution,
  draft: Transition,
  { approval, chain }: { readonly approval: Approval; readonly chain: readonly ChainMember[] },
) {
  const { tenant, executionId, intent } = draft.execution()
  const question = {
    capability: executionApprove.capability,
    contract: executionApprove,
    resource: { kind: "execution", id: executionId },
    object: { owners: intent.requesterChain.map(({ id }) => id), roles: [] },
    now: draft.time,
  }
  const behind = approval.obligations.exclude.includes("agentOwner") ? chain.flatMap(peopleBehind) : []
  const gone: { readonly human: HumanId; readonly reviewId: ReturnType<typeof mintId<"rev">> }[] = []
  for (const { human, role } of approval.quorum.met) {
    const member = await directory.member(tenant, PrincipalId.parse(human), question.capability)
    const counts =
      member !== null &&
      member.enabled &&
      member.roles.includes(role) &&
      !behind.includes(human) &&
      member.grants.some((grant) => grantCovers(grant, member, question))
    if (!counts) gone.push({ human, reviewId: mintId("rev", Date.parse(draft.time), world.random.bytes(10)) })
  }
  return gone
}
