// The dependencies of a worker: the ports, the policies and the handlers of this process.
// Owns: the list. Does not own: which of them are real (the wiring).

import type {
  ContractRef,
  Digest,
  EffectClass,
  EntryKind,
  Environment,
  ExecutionId,
  Fault,
  StepId,
  TenantId,
  Time,
  WorkerId,
} from "@counterfoil/contracts"
import type {
  AttemptAnswer,
  Clock,
  Doorbell,
  Handler,
  Policies,
  ProbeAnswer,
  Random,
  TallyReviews,
  TraceStore,
} from "@counterfoil/contracts/ports"
import type { ContractLookup, Execution } from "@counterfoil/core"
import type { Permits } from "./permits.ts"

/** The ports, policies and handlers of one process. */
export interface World {
  readonly environment: Environment
  readonly worker: WorkerId
  readonly store: TraceStore
  readonly clock: Clock
  readonly random: Random
  readonly doorbell: Doorbell
  readonly contracts: ContractLookup
  readonly handlers: ReadonlyMap<ContractRef, Handler>
  readonly permits: Permits
  readonly tally: TallyReviews
  /** Values of secrets that this process can read: no text that it writes may quote one (INV-13). */
  readonly secrets: readonly string[]
  /** Most attempts of a contract that a tenant may have under way. */
  inFlightMax(contract: ContractRef): number
  /** When this database replaced a lost one; absent when it never did. */
  readonly restoredAt?: Time
  readonly kindDigest: (kind: EntryKind) => Digest
  /** The activated set of a tenant; with `digest`, the set of exactly that digest. */
  policies(tenant: TenantId, digest?: Digest): Promise<Policies>
  /** Wakes the followers of an execution in this process: its trace has grown. */
  readonly announce: (after: Execution) => void
  /** Reports an event for logs and metrics: closed names and ids, never a payload (INV-13). */
  tell(event: WorkerEvent): void
}

/** The events that a worker reports. */
export type WorkerEvent =
  | {
      readonly name: "claimed" | "released" | "passedOn" | "lost" | "reloaded"
      readonly executionId: ExecutionId
    }
  | {
      readonly name: "attempt"
      readonly executionId: ExecutionId
      readonly contract: ContractRef
      readonly effect: EffectClass
      readonly outcome: AttemptAnswer["kind"]
      readonly ms: number
      readonly stepId: StepId
      /** The error that the handler's code threw, redacted. */
      readonly fault?: Fault
    }
  | {
      readonly name: "probed"
      readonly executionId: ExecutionId
      readonly stepId: StepId
      readonly contract: ContractRef
      readonly outcome: ProbeAnswer["kind"]
      readonly fault?: Fault
    }
  | { readonly name: "compiled"; readonly ms: number }
  | { readonly name: "failed"; readonly executionId: ExecutionId | null; readonly error: unknown }
