// Whether a caller may use a contract's service, and on which execution.
// Owns: that question for a call. Does not own: the decision (authorise.ts), the rows of a list (reach.ts), the services.
// Keeps INV-04 (without any grant the answer reveals nothing about what exists) and INV-10 (an execution outside the caller's
// reach and an absent one give the same code, under any grants and rules).

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

/** The verdict, and the execution that `input` names (null for a contract about none); or the refusal. Throws what the store throws. */
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
  // An absent execution takes as many decisions as a foreign one, so that the response time reveals nothing either.
  const decided = decideAbout(authority, asking.value, input, found ?? { executionId, owners: [] })
  if (found !== null && decided.ok) {
    const forbidden = alsoShowTrace.has(contract.ref) ? traceForbidden(authority, asking.value, found) : null
    return forbidden === null ? decided : err(forbidden)
  }
  // Decided as the caller's own, so that no answer depends on whether it exists: a rule that forbids does so for any id.
  const asOwn = decideAbout(authority, asking.value, input, { executionId, owners: [caller.principal] })
  // An absent execution is refused like another principal's, because reading that one may need a different grant.
  if (!decided.ok && decided.error.code !== "GRANT_MISSING") return decided
  return asOwn.ok || asOwn.error.code === "GRANT_MISSING" ? err(absent) : asOwn
}

const About = z.looseObject({ executionId: ExecutionId })

const executionIn = (input: Json): ExecutionId | null => About.safeParse(input).data?.executionId ?? null
