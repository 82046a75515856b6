// What one process is told before it starts.
// Owns: the list. Does not own: where it comes from (start/).
// Keeps INV-13: connection strings carry passwords and are never logged.

import type { Environment, TenantId } from "@counterfoil/contracts"
import type { PostgresStore } from "@counterfoil/store"
import type { NatsAddress } from "@counterfoil/sdk"
import type { QuotaLimits } from "@counterfoil/gate"
import type { HandlerConfig, SecretReader, RegisteredHandlers } from "@counterfoil/handlers"
import type { Logger } from "../operate/telemetry/logger.ts"
import type { Role } from "./role.ts"

/** What one process is told. */
export interface Settings {
  readonly role: Role
  readonly version: string
  readonly url: string
  readonly eraserUrl: string
  readonly environment: Environment
  readonly tenant: TenantId
  readonly inProduction: boolean
  /** True when no other process works on this database: what a predecessor held is free, and nothing is passed on. */
  readonly alone: boolean
  readonly host: string
  readonly port: number
  /** Port of `/metrics`, `/livez` and `/readyz`; 0 takes a free one. */
  readonly metricsPort: number
  /** Where those are listened for: loopback, unless the operator says otherwise. */
  readonly metricsHost: string
  /** The address that others reach the HTTP interface by; null when it is the one that is listened on. */
  readonly publicUrl: string | null
  /** Further names that the listeners answer to, in lower case; addresses, local names and that of the public URL they have anyway. */
  readonly hosts?: readonly string[]
  /** Where the database's files are, when this machine keeps them: the free share of that disk is a metric. */
  readonly databaseFolder: string | null
  /** Where spans go, as OTLP over HTTP; null writes none. */
  readonly otlpEndpoint: string | null
  /** Where NATS is, and what stands before the verbs of discovery; null for a process without. */
  readonly nats: { readonly address: NatsAddress; readonly discoveryPrefix: string } | null
  /** What may stand open before no more is taken. */
  readonly quotas: QuotaLimits
  readonly handlers: HandlerConfig
  /** Handlers of the embedder's own, beside the built-in ones. They run in this thread, so pure ones among them have to be short. */
  readonly extra?: RegisteredHandlers
  /** What an embedder puts around the store, to watch or to interrupt it; no flag and no variable sets it. */
  readonly aroundStore?: (store: PostgresStore) => PostgresStore
  /** True when it refuses to start where its start would remove contracts that open work needs. */
  readonly keepsContracts?: boolean
  /** Set only by `counterfoil owner recover`: this process makes an owner, and serves no callers. */
  readonly recovers?: true
  readonly readSecret: SecretReader
  /** Every secret that this process can read: nothing that it writes may quote one. */
  readonly secrets: readonly string[]
  readonly logger: Logger
}
