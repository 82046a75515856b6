// The kill switch pauses every running execution of a tenant, each in its own transaction, except those that only make things safer.
// Owns: finding them and pausing them. Does not own: the freeze that pulls it (govern/policy-handlers.ts), what a pause means (core),
// nor which calls only take away or forbid: their handlers say so. What a freeze forbids stays forbidden for those too (policy).
// Keeps INV-07 (written under the row's lock and fence) and INV-09: after each commit no step of that execution starts.

import { err, ok, type ExecutionId, type TenantId } from "@counterfoil/contracts"
import { everyExecution, everyRow, type ExecutionFilter } from "@counterfoil/contracts/ports"
import { executorAttribution, lockedRound, type World } from "@counterfoil/round"
import { callOf, control, foldTrace, type Execution } from "@counterfoil/core"
import { onlyRestricts } from "./goes-first.ts"

/** Which executions pause, and why. `except` is the execution that pulls the switch: it has to finish. */
export interface KillSwitch {
  readonly tenant: TenantId
  readonly except: ExecutionId
  readonly reason: string
}

/** Executions read in one page. */
const pageLimit = 200

/**
 * Pauses every execution that can be paused, with the cause `killSwitch`, and returns their number. Repeating it changes nothing
 * more. It skips executions that are paused without an end already, that are ending, or that only take away or forbid, such as
 * another freeze.
 */
export async function pullKillSwitch(world: World, pulled: KillSwitch): Promise<number> {
  let paused = 0
  const filter = running(pulled.tenant)
  for await (const { executionId } of everyRow((after) => world.store.executions(filter, after, pageLimit)))
    if (executionId !== pulled.except && (await pauseOne(world, pulled, executionId))) paused += 1
  return paused
}

const running = (tenant: TenantId): ExecutionFilter => ({
  ...everyExecution,
  tenant,
  // An execution that is paused until a time would go on by itself then.
  status: ["planned", "running", "waiting", "inDoubt", "paused"],
})

async function pauseOne(
  world: World,
  { tenant, reason }: KillSwitch,
  executionId: ExecutionId,
): Promise<boolean> {
  const done = await lockedRound<boolean>(
    world,
    { tenant, executionId },
    {
      begin: async (locked) => {
        const before = foldTrace(await locked.trace())
        return isOnlyRestricting(world, before) ? err(false) : ok(before)
      },
      act: async (_locked, draft) => {
        const before = draft.execution()
        const command = { kind: "pause", reason, until: null, because: "killSwitch" } as const
        const facts = control(before, command, world.contracts)
        if (!facts.ok) return { remember: null, answer: false }
        draft.add(executorAttribution(before), ...facts.value)
        return { remember: null, answer: true }
      },
    },
  )
  world.doorbell.ring(executionId)
  return done === true
}

/** True when each step of an execution is a call that can only take away or forbid. */
const isOnlyRestricting = (world: World, execution: Execution): boolean =>
  execution.steps.length > 0 &&
  execution.steps.every((step) => {
    const call = callOf(execution, step, world.contracts)
    if (!call.ok) return false
    return onlyRestricts(world, call.value.contract.pin.ref, call.value.input)
  })
