// Who may go on to a contract's service, and to which execution.
// Owns: that question for a call. Does not own: the decision (authorise.ts), the rows of a list (reach.ts), the services.
// Keeps INV-04 (without any grant the answer says nothing of what exists) and INV-10 (an execution that the caller does
// not reach is an absent one: the same code, whatever grants and rules there are).

import {
  err,
  ExecutionId,
  ok,
  refuse,
  type Callable,
  type Json,
  type Refusal,
  type Result,
} from "@counterfoil/contracts"
import type { ExecutionRow } from "@counterfoil/contracts/ports"
import { z } from "zod"
import { executionKind } from "@counterfoil/policy"
import {
  aboutOf,
  askingOf,
  authorise,
  authorityOf,
  decideAbout,
  holdsAnyGrant,
  type About,
  type Asking,
  type Authority,
  type DecidingWorld,
} from "./authorise.ts"
import type { Caller } from "./caller.ts"
import { traceForbidden } from "./trace-forbidden.ts"
import type { Granted } from "./service.ts"
import { aboutSeveral, alsoShowTrace } from "./showing.ts"

const absent = refuse("NOT_FOUND", { type: "Execution" })

/** The verdict and the execution that `input` names, null where the contract is about none; or why not. Throws what the store throws. */
export async function admit(
  { world }: { readonly world: DecidingWorld },
  caller: Caller,
  contract: Callable,
  input: Json,
): Promise<Result<Pick<Granted, "verdict" | "row">, Refusal>> {
  const authority = await authorityOf(world, caller.tenant)
  const executionId = contract.resource?.kind === executionKind ? executionIn(input) : null
  if (executionId === null) return admitted(null, await decidedAlone(authority, caller, contract, input))
  if (!(await holdsAnyGrant(authority, caller, contract)))
    return admitted(null, await authorise(authority, caller, contract, input, null))
  const row = await world.store.execution(caller.tenant, executionId)
  const found = row === null ? null : aboutOf(row)
  return admitted(row, await decidedOn(authority, { caller, contract, input }, executionId, found))
}

type Decided = Awaited<ReturnType<typeof authorise>>

const admitted = (row: ExecutionRow | null, decided: Decided) =>
  decided.ok ? ok({ verdict: decided.value.verdict, row }) : decided

/** A call about no execution, or about several: then a grant counts that names some, and each row is decided by itself. */
async function decidedAlone(
  authority: Authority,
  caller: Caller,
  contract: Callable,
  input: Json,
): Promise<Decided> {
  const asking = await askingOf(authority, caller, contract)
  if (!asking.ok) return asking
  return decideAbout(
    authority,
    aboutSeveral.has(contract.ref) ? withoutExecutions(asking.value) : asking.value,
    input,
    null,
  )
}

const withoutExecutions = ({ chain, ...rest }: Asking): Asking => ({
  ...rest,
  chain: chain.map((member) => ({
    ...member,
    grants: member.grants.map((grant) => {
      const { resources, ...scope } = grant.scope
      const namesSome = resources?.some((each) => each.startsWith(`${executionKind}:`)) ?? false
      return namesSome ? { ...grant, scope } : grant
    }),
  })),
})

/** A call about one execution; `found` is null when there is none. An execution outside the caller's reach answers as if it did not exist. */
export async function decidedOn(
  authority: Authority,
  { caller, contract, input }: Pick<Granted, "caller" | "contract" | "input">,
  executionId: ExecutionId,
  found: About | null,
): Promise<Decided> {
  const asking = await askingOf(authority, caller, contract)
  if (!asking.ok) return asking
  // Of what is not there as much is decided as of what is there and not the caller's, so that the time tells nothing either.
  const decided = decideAbout(authority, asking.value, input, found ?? { executionId, owners: [] })
  if (found !== null && decided.ok) {
    const forbidden = alsoShowTrace.has(contract.ref) ? traceForbidden(authority, asking.value, found) : null
    return forbidden === null ? decided : err(forbidden)
  }
  // Decided as the caller's own, so that no answer depends on whether there is one: a rule that forbids says so of any id.
  const asOwn = decideAbout(authority, asking.value, input, { executionId, owners: [caller.principal] })
  // One that is not there is refused as one of someone else is, for the grant by which that would be read may differ.
  if (!decided.ok && decided.error.code !== "GRANT_MISSING") return decided
  return asOwn.ok || asOwn.error.code === "GRANT_MISSING" ? err(absent) : asOwn
}

const About = z.looseObject({ executionId: ExecutionId })

const executionIn = (input: Json): ExecutionId | null => About.safeParse(input).data?.executionId ?? null
