// A caller's reach by one read: every execution that the read would show, found with a few decisions.
// Owns: which few decisions decide for all executions. Does not own: the decision (authorise.ts), filtering by the reach (store).
// Keeps INV-04 and INV-10: a list, its counts, its pages and a stream hold exactly what the read answers.
//
// A grant distinguishes executions by owner and by id; a rule, by the ids that it spells. So an execution that neither names is
// decided like all others of its owner, and two decisions, plus two for each named id, cover every execution.

import {
  ExecutionId,
  type Callable,
  type Json,
  type PrincipalId,
  type Refusal,
  type Time,
} from "@counterfoil/contracts"
import type { ExecutionSet, Reach } from "@counterfoil/contracts/ports"
import { executionKind } from "@counterfoil/policy"
import { askingOf, decideAbout, type Asking, type Authority } from "./authorise.ts"
import type { Caller } from "./caller.ts"

/** What a caller reaches, and for how long that holds; `refusal` says why when it reaches nothing. */
interface Reaching {
  readonly reach: Reach
  readonly refusal: Refusal | null
  /** When the first of its grants ends: from then on the reach has to be decided again. */
  readonly until: Time | null
}

/** The reach of a caller by a read of executions, at the authority's time. */
export async function reachOf(authority: Authority, caller: Caller, read: Callable): Promise<Reaching> {
  const asking = await askingOf(authority, caller, read)
  return asking.ok
    ? reachBy(authority, asking.value)
    : { reach: nothing(caller), refusal: asking.error, until: null }
}

function reachBy(authority: Authority, asking: Asking): Reaching {
  const { caller, contract, chain } = asking
  const named = namedIn([
    ...authority.policies.resourcesNamed(contract.ref),
    ...chain.flatMap(({ grants }) => grants.flatMap(({ scope }) => scope.resources ?? [])),
  ])
  const decided = (executionId: ExecutionId, isOwn: boolean) =>
    decideAbout(authority, asking, inputOf(contract, executionId), {
      executionId,
      owners: isOwn ? [caller.principal] : [],
    })
  const setOf = (isOwn: boolean): ExecutionSet => {
    const unnamedAnswers = decided(unnamed(named), isOwn).ok
    // A named id with the same decision as unnamed ones need not be in the filter either.
    const ids = named.filter((id) => decided(id, isOwn).ok !== unnamedAnswers)
    return { kind: unnamedAnswers ? "allBut" : "only", ids }
  }
  const reach = { principal: caller.principal, own: setOf(true), others: setOf(false) }
  const reachesNothing = [reach.own, reach.others].every(
    ({ kind, ids }) => kind === "only" && ids.length === 0,
  )
  const why = decided(unnamed(named), true)
  return {
    reach,
    refusal: reachesNothing && !why.ok ? why.error : null,
    until: firstEnd(asking, authority.now),
  }
}

/** True when a reach leaves out nothing of the tenant. */
export const isWholeTenant = ({ own, others }: Reach): boolean =>
  [own, others].every(({ kind, ids }) => kind === "allBut" && ids.length === 0)

const nothing = ({ principal }: Caller): Reach => ({
  principal,
  own: { kind: "only", ids: [] },
  others: { kind: "only", ids: [] },
})

/** The executions among resources as grants and rules write them; `execution:*` is all of them and names none. */
export function namedIn(resources: readonly string[]): readonly ExecutionId[] {
  const ids = resources.flatMap((resource) => {
    const [kind, id, ...rest] = resource.split(":")
    const parsed = ExecutionId.safeParse(id)
    return kind === executionKind && rest.length === 0 && parsed.success ? [parsed.data] : []
  })
  return [...new Set(ids)].sort()
}

/** An id that no grant or rule names: its decision holds for every other such id. */
export function unnamed(named: readonly ExecutionId[]): ExecutionId {
  for (let number = 0; ; number += 1) {
    const id = ExecutionId.parse(`exe_${String(number).padStart(26, "0")}`)
    if (!named.includes(id)) return id
  }
}

const inputOf = ({ resource }: Callable, executionId: ExecutionId): Json =>
  resource === null ? {} : { executionId }

/** Whose quarantined messages a caller of that list sees: a message has a sender and belongs to no execution. */
export async function reachesMessagesOf(
  authority: Authority,
  { caller, contract }: Pick<Asking, "caller" | "contract">,
): Promise<"tenant" | "own" | "none"> {
  const asking = await askingOf(authority, caller, contract)
  if (!asking.ok) return "none"
  const of = (owners: readonly PrincipalId[]): boolean =>
    decideAbout(authority, asking.value, {}, { executionId: null, owners }).ok
  if (of([])) return "tenant"
  return of([caller.principal]) ? "own" : "none"
}

/** When the first of the grants that count now ends; null when no grant counts. */
export function firstEnd({ chain }: Pick<Asking, "chain">, now: Time): Time | null {
  const ends = chain.flatMap(({ grants }) => grants.map(({ expiresAt }) => expiresAt))
  return ends.filter((end) => end > now).sort()[0] ?? null
}
