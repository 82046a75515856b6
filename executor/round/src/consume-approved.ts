// Consuming an approval: the last check and the start, in one transaction that holds the execution's row.
// Owns: what is read under the lock. Does not own: what follows from it (core consume), nor the call after it.
// Keeps INV-02 (start and consumption are one commit) and INV-06 (a reviewer who no longer counts is withdrawn).

import {
  err,
  executionApprove,
  grantCovers,
  ok,
  peopleBehind,
  PrincipalId,
  type ChainMember,
  type HumanId,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Claim, LockedExecution } from "@counterfoil/contracts/ports"
import { consume, lookAhead, type Approval, type Dispatch, type Execution } from "@counterfoil/core"
import { executorAttribution } from "./advance.ts"
import { lockedRound } from "./locked-round.ts"
import { takePermit } from "./permits.ts"
import { decideStep, requesterChainNow } from "./requester-chain.ts"
import type { Start } from "./settle.ts"
import type { Transition } from "./transition.ts"
import type { World } from "./world.ts"

/**
 * `started`: committed, the handler may be called. `written`: something else was due. `noPermit`: nothing was read.
 * `stale`: read again.
 */
type Consumed =
  | { readonly kind: "started"; readonly start: Start; readonly execution: Execution }
  | { readonly kind: "written"; readonly execution: Execution }
  | { readonly kind: "noPermit" }
  | { readonly kind: "stale" }

/** Starts a held step whose approval is still valid, or writes why it does not start. */
export async function consumeApproved(
  world: World,
  claim: Claim,
  execution: Execution,
  dispatch: Dispatch,
): Promise<Consumed> {
  const permit = takePermit(world, claim.tenant, dispatch)
  if (permit === null) return { kind: "noPermit" }
  const consumed = await underLock(world, claim, execution, dispatch).catch((error: unknown) => {
    permit.give()
    throw error
  })
  if (consumed?.due)
    return { kind: "started", start: { work: consumed.due, permit }, execution: consumed.after }
  permit.give()
  return consumed === null ? { kind: "stale" } : { kind: "written", execution: consumed.after }
}

/** The written result, with the dispatch when it was a start; null when nothing was written, because the state moved meanwhile. */
interface Written {
  readonly due: Dispatch | null
  readonly after: Execution
}

async function underLock(
  world: World,
  claim: Claim,
  execution: Execution,
  { approvalId }: Dispatch,
): Promise<Written | null> {
  const written = await lockedRound<Written | null>(world, claim, {
    begin: async ({ fence, head }) =>
      fence === claim.fence && head.hash === execution.head.hash ? ok(execution) : err(null),
    act: async (locked, draft) => {
      const due = lookAhead(execution, draft.time, world.contracts).work.find(
        (work) => work.kind === "dispatch" && work.approvalId === approvalId,
      )
      if (due?.kind !== "dispatch") return { remember: null, answer: null }
      const started = await write(world, locked, draft, due)
      return { remember: null, answer: { due: started ? due : null, after: draft.execution() } }
    },
  })
  if (written !== null) world.announce(written.after)
  return written
}

async function write(
  world: World,
  locked: LockedExecution,
  draft: Transition,
  due: Dispatch,
): Promise<boolean> {
  const execution = draft.execution()
  const policies = await world.policies(execution.tenant, locked.policySetDigest)
  const chain = await requesterChainNow(locked.directory, execution, due.question.capability)
  const approval = execution.approvals.find(({ approvalId }) => approvalId === due.approvalId)
  const consumption = consume(execution, due, {
    now: draft.time,
    worker: world.worker,
    decided: decideStep(execution, due.question, { policies, chain, now: draft.time }),
    gone: approval === undefined ? [] : await goneReviewers(world, locked, draft, { approval, chain }),
    tally: world.tally,
  })
  draft.add(executorAttribution(execution), ...consumption.facts)
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
