// A whole installation to measure: database, control plane, an owner with a token, in a folder of its own.
// Owns: starting and taking it down. Does not own: what is measured on it.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { authenticate } from "@counterfoil/server/entrance"
import {
  bootstrap,
  ownVersion,
  startControlPlane,
  type ControlPlane,
  type Settings,
} from "@counterfoil/server/process"
import { openLogger } from "@counterfoil/server/operate"
import type { Call, CallAnswer } from "@counterfoil/gate"
import { Environment, invariant, TenantId, type Json } from "@counterfoil/contracts"
import { hex } from "@counterfoil/contracts/digest"
import { inboxPrefixOf } from "@counterfoil/contracts/nats"
import { migrate, startEmbedded } from "@counterfoil/store"
import { Client } from "pg"
import type { DatabaseFacts } from "./machine.ts"
import { benchHandlers } from "./workload.ts"

/** A running installation, and a look into its database as the owner of the schema. */
export interface Installation {
  readonly plane: ControlPlane
  readonly tenant: TenantId
  readonly environment: Environment
  readonly token: string
  readonly owner: Client
  readonly ownerUrl: string
  readonly facts: DatabaseFacts
  readonly version: string
  /** One call through the gate, its token looked up first, as every channel does. */
  call(contract: string, input: Json, waitMs: number): Promise<CallAnswer>
  /** A worker beside a plane that only takes calls. */
  startWorker(): Promise<ControlPlane>
  close(): Promise<void>
}

/** What one is started as; `nats` is the place of a server, `host:port`. */
export interface InstallationKind {
  readonly role: "all" | "api"
  readonly nats: string | null
}

/** Starts one in a fresh temporary folder. */
export async function openInstallation(
  { role, nats }: InstallationKind = { role: "all", nats: null },
): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-bench-"))
  const tenant = TenantId.parse("bench")
  const environment = Environment.parse("development")
  const database = await startEmbedded({ dataDir: folder, log: () => undefined })
  await migrate(database.ownerUrl)
  const settings: Settings = {
    role,
    version: ownVersion(),
    url: database.url,
    eraserUrl: database.eraserUrl,
    nats:
      nats === null
        ? null
        : { address: { servers: [nats], inboxPrefix: inboxPrefixOf(null) }, discoveryPrefix: "$SRV" },
    databaseFolder: folder,
    otlpEndpoint: null,
    publicUrl: null,
    environment,
    tenant,
    inProduction: false,
    alone: true,
    quotas: { openExecutions: 1_000_000, openRequests: 1_000_000 },
    host: "127.0.0.1",
    port: 0,
    metricsPort: 0,
    metricsHost: "127.0.0.1",
    handlers: {},
    secrets: [],
    extra: benchHandlers,
    readSecret: async () => undefined,
    logger: openLogger(process.stderr, "error"),
  }
  const plane = await startControlPlane(settings)
  const { registry, random, store } = plane
  const first = await bootstrap({
    directory: store.directory,
    registry,
    random,
    tenant,
    now: await store.now(),
  })
  invariant(first !== null, "INV-04", { tenant, empty: false })
  const owner = new Client(database.ownerUrl)
  await owner.connect()
  return {
    plane,
    tenant,
    environment,
    token: first.token,
    owner,
    ownerUrl: database.ownerUrl,
    facts: await factsOf(owner),
    version: ownVersion(),
    call: (contract, input, waitMs) => callAs(plane, first.token, { contract, input, waitMs }),
    startWorker: () => startControlPlane({ ...settings, role: "worker", nats: null }),
    close: async () => {
      await owner.end()
      await plane.close()
      await database.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function callAs(
  plane: ControlPlane,
  token: string,
  asked: Pick<Call, "contract" | "input" | "waitMs">,
): Promise<CallAnswer> {
  const presented = {
    authorization: `Bearer ${token}`,
    traceparent: undefined,
    channel: "http" as const,
    now: plane.store.clock.now(),
  }
  const session = await authenticate(presented, plane.store.directory)
  invariant(session.ok, "INV-04", { authenticated: false })
  const traceId = hex(plane.random.bytes(16))
  return plane.gate.call({ caller: session.value.caller, ...asked, traceId, signal: never })
}

const never = new AbortController().signal

async function factsOf(client: Client): Promise<DatabaseFacts> {
  const { rows } = await client.query<{ version: string; fsync: string; commit: string }>(
    "select current_setting('server_version') as version, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit",
  )
  const [row] = rows
  return {
    version: row?.version ?? "unknown",
    fsync: row?.fsync ?? "unknown",
    synchronousCommit: row?.commit ?? "unknown",
  }
}
