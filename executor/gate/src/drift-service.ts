// The service of contract.drift: open work that the contracts in force leave behind, and the rollouts that did it.
// Owns: the view. Does not own: looking, nor how a rollout gets its trace (rollout/report-rollout.ts).
// Keeps INV-10: what is named and counted is work whose traces the caller may read.

import {
  contractAdopt,
  err,
  ok,
  parseWith,
  refuse,
  type contractDrift,
  type Immutable,
  type TenantId,
} from "@counterfoil/contracts"
import {
  everyExecution,
  type ExecutionFilter,
  type ExecutionRow,
  type TraceStore,
} from "@counterfoil/contracts/ports"
import type { z } from "zod"
import { authorityOf } from "./authorise.ts"
import { reachOf } from "./reach.ts"
import { readExecution } from "./read-execution.ts"
import { asJson, type Granted, type ServiceAnswer, type Services } from "./service.ts"
import { rowsBy } from "./showing.ts"

type Input = Immutable<z.output<(typeof contractDrift)["input"]>>

const rolloutsDefault = 10

/** The service of `controlPlane.contract.drift`. */
export async function readContractDrift(services: Services, call: Granted<Input>): Promise<ServiceAnswer> {
  const { tenant } = call.caller
  const inForce = await services.contractLocks.inForce(tenant)
  if (inForce === null) return err(refuse("NOT_FOUND", { type: "Lock" }))
  const { reach } = await reachOf(await authorityOf(services.world, tenant), call.caller, rowsBy.rollouts)
  return ok({
    body: asJson({
      lock: inForce.digest,
      since: inForce.since,
      live: await services.openWork({ tenant, reach }),
      rollouts: await rollouts(
        services,
        { ...everyExecution, tenant, reach, contract: contractAdopt.ref },
        call.input.limit ?? rolloutsDefault,
      ),
      asOf: services.world.clock.now(),
    }),
    final: true,
  })
}

async function rollouts({ world }: Services, filter: ExecutionFilter, limit: number) {
  const page = await world.store.executions(filter, null, limit)
  const read = await Promise.all(page.items.map((row) => rolloutOf(world.store, filter.tenant, row)))
  return read.filter((one) => one !== null)
}

async function rolloutOf(
  store: TraceStore,
  tenant: TenantId,
  { executionId, status, createdAt }: ExecutionRow,
) {
  const execution = await readExecution(store, tenant, executionId)
  const as = execution?.intent.as
  const asked = parseWith(contractAdopt.input, as !== undefined && "input" in as ? as.input : null)
  if (execution === null || !asked.ok) return null
  const { life } = execution
  const drift = life.at === "completed" ? parseWith(contractAdopt.output, life.output) : null
  return {
    executionId,
    status,
    at: createdAt,
    ...asked.value,
    ...(drift?.ok === true ? { drift: drift.value } : {}),
  }
}
