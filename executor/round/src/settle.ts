// Decides everything that needs no waiting: the facts of one append, and the calls that follow it.
// Owns: the one switch over work. Does not own: what is due (core), the commit, the calls themselves.
// Keeps INV-02 (a start follows its verdict in the same append) and INV-09 (`evolve` sees every fact first).

import {
  assertNever,
  invariant,
  type Attribution,
  type CapabilityName,
  type ChainMember,
  type PrincipalId,
  type Time,
} from "@counterfoil/contracts"
import { hex, mintId } from "@counterfoil/contracts/digest"
import type { Policies } from "@counterfoil/contracts/ports"
import {
  callsOnce,
  consume,
  decidedFacts,
  lookAhead,
  requestFacts,
  type Decided,
  type Dispatch,
  type Execution,
  type PolicyQuestion,
  type Request,
  type SentAttempt,
  type Work,
} from "@counterfoil/core"
import { earlierRejection } from "./earlier-rejection.ts"
import type { Transition } from "./transition.ts"
import { takePermit, type Permit } from "./permits.ts"
import { decideStep, requesterChainNow } from "./requester-chain.ts"
import type { World } from "./world.ts"

/** An attempt to call once its start is committed. Its permit is released when it has ended or is not called. */
export interface Start {
  readonly work: Dispatch
  readonly permit: Permit
}

/** Releases the permits of attempts that are not called. */
export function giveBack(starts: readonly Start[]): void {
  for (const { permit } of starts) permit.give()
}

/** The work after the transition is appended, and when to look again. */
export interface Settled {
  readonly starts: readonly Start[]
  readonly probes: readonly SentAttempt[]
  /** Held steps with a valid approval: each is consumed alone, under the row's lock. */
  readonly consumptions: readonly Dispatch[]
  readonly wakeAt: Time | null
}

/** How to settle. */
export interface SettleOptions {
  readonly by: Attribution
  readonly policies: Policies
  /** False when nothing may start: in a gate whose process has no room for the work. */
  readonly dispatches: boolean
  /** Steps with a probe or consumption under way: not offered twice. */
  readonly busy: ReadonlySet<string>
}

/** Does all pure work that is due, in rounds, until only calls, people or time can move the execution. */
export async function settle(world: World, draft: Transition, options: SettleOptions): Promise<Settled> {
  const desk = openDesk(world, draft, options)
  const calls = callsOnce(world.contracts)
  try {
    for (let round = 0; round < roundsMax; round += 1) {
      const { work, wakeAt } = lookAhead(draft.execution(), draft.time, world.contracts, calls)
      let wrote = false
      for (const one of work) {
        // One fact can change what the next piece of work should be, so a round ends with the first that wrote.
        wrote = await desk.perform(one)
        if (wrote) break
      }
      if (!wrote) return { starts: desk.starts, probes: desk.probes, consumptions: desk.consumptions, wakeAt }
    }
    invariant(false, "INV-09", { rounds: roundsMax })
  } catch (error) {
    // The facts so far will not be written, so none of these attempts starts.
    giveBack(desk.starts)
    throw error
  }
}

// A plan has at most 2,000 instances with a handful of facts each; more rounds than this mean a bug that loops.
const roundsMax = 50_000

function openDesk(world: World, draft: Transition, options: SettleOptions) {
  const starts: Start[] = []
  const probes: SentAttempt[] = []
  const consumptions: Dispatch[] = []
  const busy = new Set(options.busy)
  const ask = questioner(world, draft, options.policies)

  const perform = async (work: Work): Promise<boolean> => {
    switch (work.kind) {
      case "append":
        draft.add(options.by, ...work.facts)
        return true
      case "compile":
        return false
      case "decide":
        draft.add(options.by, ...decidedFacts(work.question, await ask(work.question)))
        return true
      case "request": {
        const rejected = await earlierRejection(world, draft.execution(), work, draft.time)
        draft.add(
          options.by,
          ...(rejected === null ? await opened(world, draft, options.policies, work) : [rejected]),
        )
        return true
      }
      case "probe":
        if (!options.dispatches || busy.has(work.attempt.stepId)) return false
        busy.add(work.attempt.stepId)
        probes.push(work.attempt)
        return false
      case "dispatch":
        return options.dispatches && !busy.has(work.question.stepId) && (await dispatch(work))
      default:
        return assertNever(work)
    }
  }
  const dispatch = async (work: Dispatch): Promise<boolean> => {
    const { question } = work
    if (work.approvalId !== null && work.attempt === 1) {
      busy.add(question.stepId)
      consumptions.push(work)
      return false
    }
    const permit = takePermit(world, draft.execution().tenant, work)
    if (permit === null) return false
    starts.push({ work, permit })
    const bound = boundVerdict(draft.execution(), question)
    const again = work.decideAgain || bound.policySetDigest !== options.policies.digest
    const seen = {
      now: draft.time,
      worker: world.worker,
      decided: again ? await ask(question) : null,
      gone: [],
      tally: world.tally,
    }
    const { kind, facts } = consume(draft.execution(), work, seen)
    draft.add(options.by, ...facts)
    if (kind === "append") {
      starts.pop()
      permit.give()
    }
    return true
  }
  return { perform, starts, probes, consumptions }
}

/**
 * Asks policy about a step with the directory as it is now; one look-up a capability. Within one transition the same call is
 * decided once, so that a preview and the binding verdict after it are one decision.
 */
function questioner(world: World, draft: Transition, policies: Policies) {
  const chains = new Map<CapabilityName, Promise<readonly ChainMember[]>>()
  const known = new Map<string, Decided>()
  return async (question: PolicyQuestion): Promise<Decided> => {
    const execution = draft.execution()
    const { stepId, generation, inputDigest } = question
    const key = `${stepId} ${generation} ${inputDigest} ${execution.minimumMode}`
    const before = known.get(key)
    if (before !== undefined) return before
    const chain =
      chains.get(question.capability) ??
      requesterChainNow(world.store.directory, execution, question.capability)
    chains.set(question.capability, chain)
    const decided = decideStep(draft.execution(), question, { policies, chain: await chain, now: draft.time })
    known.set(key, decided)
    return decided
  }
}

async function opened(world: World, draft: Transition, policies: Policies, work: Request) {
  const execution = draft.execution()
  const contract = world.contracts(work.question.contract.ref)
  const { core } = boundVerdict(execution, work.question)
  invariant(contract !== null, "INV-02", { contract: work.question.contract.ref })
  const chain = await requesterChainNow(world.store.directory, execution, work.question.capability)
  return requestFacts(execution, work, contract, {
    approvalId: mintId("apr", Date.parse(draft.time), world.random.bytes(10)),
    nonce: hex(world.random.bytes(32)),
    now: draft.time,
    chain,
    sameTeam:
      core.obligations?.exclude.includes("sameTeam") === true ? await teamOf(world, execution, chain) : [],
    reasons: policies.holdReasonsOf(core),
  })
}

function boundVerdict(execution: Execution, { stepId }: PolicyQuestion) {
  const verdict = execution.steps.find((step) => step.stepId === stepId)?.verdict ?? null
  invariant(verdict !== null, "INV-02", { stepId })
  return verdict
}

/** Everyone who shares a role with an agent of the chain; sorted. */
async function teamOf(
  world: World,
  { tenant }: Execution,
  chain: readonly ChainMember[],
): Promise<readonly PrincipalId[]> {
  const roles = new Set(chain.filter(({ kind }) => kind === "agent").flatMap((member) => member.roles))
  const everybody = await world.store.directory.principals(tenant)
  return everybody
    .filter((one) => one.roles.some((role) => roles.has(role)))
    .map(({ id }) => id)
    .sort()
}
