// Checks at the start of a process whether the installation's contracts have changed, and leaves a trace if so.
// Owns: comparing the lock of this process with the one in force, and requesting contract.adopt. Does not own: the answer to
// that (adopt-contracts.ts). Keeps INV-14: the next lock is recorded after the trace is written. A process that dies in
// between leaves the old one in force, and the next start requests it with the same key.

import { contractAdopt, type Digest, type ErrorCode, type TenantId } from "@counterfoil/contracts"
import { compareLocks, type ContractLock } from "@counterfoil/contracts/drift"
import type { Clock, ContractLocks, Random, TraceStore } from "@counterfoil/contracts/ports"
import { newTraceId } from "../trace-id.ts"
import type { Gate } from "../gate.ts"
import { keptLock, type OwnLock } from "./kept-lock.ts"
import { ownService } from "./own-service.ts"

/** The result of a change of contracts: its trace, or the code with which it was refused. */
export type RolloutEvent =
  | { readonly name: "contractsChanged"; readonly from: Digest; readonly to: Digest }
  | { readonly name: "changeUntold"; readonly code: ErrorCode }

/** What reporting works with. */
interface RolloutWorld {
  readonly gate: Gate
  readonly store: TraceStore & { readonly contractLocks: ContractLocks }
  readonly own: OwnLock
  readonly clock: Clock
  readonly random: Random
  readonly tenant: TenantId
  readonly tell: (event: RolloutEvent) => void
}

/** Processes of several versions that start at once take turns; more turns than versions are never needed. */
const turnsMax = 5

/** Records what was rolled out, if anything. Throws what the store throws. */
export async function reportRollout(world: RolloutWorld): Promise<void> {
  const { store, tenant, own } = world
  const { lock, digest } = own
  for (let turn = 0; turn < turnsMax; turn++) {
    const before = await store.contractLocks.inForce(tenant)
    if (before?.digest === digest) return
    if (
      before !== null &&
      (await changesAnything(world, before, lock)) &&
      !(await asked(world, before, digest))
    )
      return
    if (await store.contractLocks.record(tenant, before?.number ?? 0, digest)) return
  }
}

type InForce = NonNullable<Awaited<ReturnType<ContractLocks["inForce"]>>>

/** Another release with the same contracts has a different lock, and nothing to record. */
async function changesAnything(
  { store, clock }: RolloutWorld,
  before: InForce,
  after: ContractLock,
): Promise<boolean> {
  const kept = await keptLock(store, before.digest)
  if (kept === null) return true
  const { findings, notChecked } = compareLocks({ before: kept, after, today: clock.now().slice(0, 10) })
  return findings.length + notChecked.length > 0
}

/** Requests the trace; false when it was refused. The refusal is reported, and the next start requests it again. */
async function asked(
  { gate, store, clock, random, tenant, tell }: RolloutWorld,
  before: InForce,
  to: InForce["digest"],
): Promise<boolean> {
  // Without principals no one has requested work that a change could touch.
  if ((await store.directory.principals(tenant)).length === 0) return true
  const answer = await gate.call({
    caller: await ownService(store.directory, random, tenant, clock.now()),
    contract: contractAdopt.ref,
    input: { key: `rollout-${before.number}-${to.slice("sha256:".length)}`, from: before.digest, to },
    waitMs: 0,
    signal: new AbortController().signal,
    traceId: newTraceId(random),
  })
  tell(
    answer.kind === "answer"
      ? { name: "contractsChanged", from: before.digest, to }
      : { name: "changeUntold", code: answer.problem.code },
  )
  return answer.kind === "answer"
}
