// The settings of one process.
// Owns: the list. Does not own: reading the values (start-on.ts).
// Keeps INV-13: connection strings carry passwords and are never logged.

import type { Environment, TenantId } from "@counterfoil/contracts"
import type { PostgresStore } from "@counterfoil/store"
import type { NatsAddress } from "@counterfoil/sdk"
import type { QuotaLimits } from "@counterfoil/gate"
import type { HandlerConfig, SecretReader, RegisteredHandlers } from "@counterfoil/handlers"
import type { Logger } from "../operate/telemetry/logger.ts"
import type { Role } from "./role.ts"

/** The settings of one process. */
export interface Settings {
  readonly role: Role
  readonly version: string
  readonly url: string
  readonly eraserUrl: string
  readonly environment: Environment
  readonly tenant: TenantId
  readonly inProduction: boolean
  /** True when no other process uses this database: work held by an earlier process is free, and no work is left to other processes. */
  readonly alone: boolean
  readonly host: string
  readonly port: number
  /** Port of `/metrics`, `/livez` and `/readyz`; 0 takes a free one. */
  readonly metricsPort: number
  /** The address of that listener: loopback, unless the operator configures another one. */
  readonly metricsHost: string
  /** The public address of the HTTP interface; null when it is the address of the listener. */
  readonly publicUrl: string | null
  /** Host names that the listeners accept beside addresses, local names and the name of the public URL; in lower case. */
  readonly hosts?: readonly string[]
  /** The folder of the database's files, when they are on this machine: the free share of its disk is a metric. */
  readonly databaseFolder: string | null
  /** The endpoint to which spans are sent by OTLP over HTTP; null sends none. */
  readonly otlpEndpoint: string | null
  /** The address of NATS, and the prefix of the discovery subjects; null for a process without NATS. */
  readonly nats: { readonly address: NatsAddress; readonly discoveryPrefix: string } | null
  /** Limits on open work, above which no more is accepted. */
  readonly quotas: QuotaLimits
  readonly handlers: HandlerConfig
  /** The embedder's own handlers, beside the built-in ones. They run in this thread, so the pure ones must be short. */
  readonly extra?: RegisteredHandlers
  /** A wrapper that an embedder puts around the store, to observe or interrupt it; no flag or variable sets it. */
  readonly aroundStore?: (store: PostgresStore) => PostgresStore
  /** True when the process refuses to start if that would remove contracts that open work needs. */
  readonly keepsContracts?: boolean
  /** Set only by `counterfoil owner recover`: this process makes an owner, and serves no callers. */
  readonly recovers?: true
  readonly readSecret: SecretReader
  /** Every secret that this process can read; nothing that it writes may contain one. */
  readonly secrets: readonly string[]
  readonly logger: Logger
}
