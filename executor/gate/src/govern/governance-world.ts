// Shared by the handlers of governing commands: the world they act on, and ids derived from the idempotency key.
// Keeps INV-03: every id is derived from the idempotency key, so that a repeated call finds its own row.

import type {
  Command,
  Environment,
  Immutable,
  Json,
  PolicySource,
  Registry,
  Result,
  TenantId,
} from "@counterfoil/contracts"
import { id26 } from "@counterfoil/contracts/digest"
import {
  type ActivePolicy,
  type Clock,
  type Governing,
  type Handler,
  type HandlerCall,
  type Random,
  type TraceStore,
  implement,
  succeeded,
  type RunAnswer,
} from "@counterfoil/contracts/ports"
import type { PolicyIssue, PolicySet } from "@counterfoil/policy"
import type { KillSwitch } from "../kill-switch.ts"

/** What governing needs. `check` returns the set that a source would make, or what is wrong with it. */
export interface GovernanceWorld {
  readonly store: TraceStore
  readonly clock: Clock
  readonly registry: Registry
  readonly environment: Environment
  check(source: PolicySource): Result<PolicySet, readonly PolicyIssue[]>
  /** The activated set that was read. Does not read the store, because changes hold one of few connections. */
  setOf(live: ActivePolicy): PolicySet
  /** Records in this process that a tenant's policy has changed. */
  activated(tenant: TenantId): void
  readonly random: Random
  /** True in the program that recovers an owner on the machine of the database, and nowhere else. */
  readonly recovers: boolean
  /** Pauses what runs in a tenant that was frozen. */
  stopRunning(pulled: KillSwitch): Promise<unknown>
}

/** A call of a governing command, with the state that nothing else changes while it runs. */
export type GoverningCall = HandlerCall & Governing

/** What is known of a command when it is submitted. */
export type Foresight = Parameters<NonNullable<Handler["foresee"]>>[0]

/**
 * The handler of a command that changes governing state. Its changes run one after the other in a tenant. A call that is
 * repeated after a lost answer finds its earlier result: it neither acts again nor undoes later changes.
 * `after` runs once the change is durable, and again when the call is repeated.
 */
export function governs<I, O>(
  { store }: GovernanceWorld,
  contract: Command<I, O>,
  change: (input: Immutable<I>, call: GoverningCall) => Promise<RunAnswer<O>>,
  after: (input: Immutable<I>, call: HandlerCall) => Promise<unknown> = async () => undefined,
): Handler {
  return implement(contract, async (input, call) => {
    const answer = await store.governing<RunAnswer<O>>(call.tenant, async (governing) => {
      const made = await governing.made(call.idempotencyKey)
      // It was an output of this contract when it was remembered.
      if (made !== null) return succeeded(made as Immutable<O>)
      const fresh = await change(input, { ...call, ...governing })
      // Contracts are JSON only, which `defineCommand` checks.
      if (fresh.kind === "succeeded") await governing.remember(call.idempotencyKey, fresh.output as Json)
      return fresh
    })
    if (answer.kind === "succeeded") await after(input, call)
    return answer
  })
}

/** The last 26 characters of an id that the call makes: the same at every repetition of it. */
export const derivedId = ({ idempotencyKey }: HandlerCall): string => id26(Buffer.from(idempotencyKey, "hex"))
