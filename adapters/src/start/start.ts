// `counterfoil start`: a whole control plane in one process, on the embedded database or on DATABASE_URL.
// Owns: settings from flags and environment, the lines it prints, the end. Does not own: what is wired (wire.ts).

import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { Environment, TenantId } from "@counterfoil/contracts"
import { EmbeddedError, migrate, startEmbedded, StoreRefused, type PostgresStore } from "@counterfoil/store"
import { destination } from "pino"
import { openLogger } from "../telemetry/logger.ts"
import type { RegisteredHandlers } from "../handlers/register-handlers.ts"
import { startControlPlane, type ControlPlane } from "../wire.ts"
import { bootstrap } from "./bootstrap.ts"
import { readCursorSecret, readHandlers, SettingsError } from "./data-folder.ts"

/** What `start` is told. `port` 0 takes a free one. */
export interface StartOptions {
  readonly data: string
  readonly host: string
  readonly port: number
  readonly metricsPort: number
  /** Handlers beside the built-in ones. */
  readonly extra?: RegisteredHandlers
  /** What an embedder puts around the store, to watch or to interrupt it; no flag and no variable sets it. */
  readonly aroundStore?: (store: PostgresStore) => PostgresStore
  readonly logLevel: "info" | "warn" | "error" | "silent"
}

/** A started control plane, and what only its first start knows. */
export interface Started {
  readonly plane: ControlPlane
  readonly tenant: TenantId
  /** The owner's token, on the first start alone. */
  readonly ownerToken: string | null
  /** What runs where, for the first line. */
  readonly database: string
  /** Settles when the database is gone for good. */
  readonly lost: Promise<unknown>
  close(): Promise<void>
}

/** The version that the package says. */
export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "0.0.0"
}

/** Starts everything. Throws `SettingsError`, `EmbeddedError`, `StoreRefused`; whatever it started before is stopped again. */
export async function startAll(options: StartOptions, env: NodeJS.ProcessEnv): Promise<Started> {
  const dataDir = resolve(options.data)
  const environment = parsed(
    Environment,
    env["COUNTERFOIL_ENVIRONMENT"] ?? "development",
    "COUNTERFOIL_ENVIRONMENT",
  )
  const tenant = parsed(TenantId, env["COUNTERFOIL_TENANT"] ?? "local", "COUNTERFOIL_TENANT")
  const databaseUrl = env["DATABASE_URL"]
  const logger = openLogger(destination(2), options.logLevel)
  const handlers = readHandlers(dataDir)
  const embedded = databaseUrl === undefined ? await startEmbedded({ dataDir, log: () => undefined }) : null
  try {
    await migrate(embedded?.ownerUrl ?? databaseUrl ?? "")
    const plane = await startControlPlane({
      role: "all",
      version: ownVersion(),
      url: embedded?.url ?? databaseUrl ?? "",
      eraserUrl: embedded?.eraserUrl ?? databaseUrl ?? "",
      environment,
      tenant,
      inProduction: environment === "production",
      host: options.host,
      port: options.port,
      metricsPort: options.metricsPort,
      metricsHost: "127.0.0.1",
      handlers,
      readSecret: secretsFrom(env),
      logger,
      cursorSecret: readCursorSecret(dataDir),
      ...(options.extra === undefined ? {} : { extra: options.extra }),
      ...(options.aroundStore === undefined ? {} : { aroundStore: options.aroundStore }),
    })
    const first = await bootstrap({
      directory: plane.store.directory,
      registry: plane.registry,
      random: plane.random,
      tenant,
      now: await plane.store.now(),
    })
    return {
      plane,
      tenant,
      ownerToken: first?.token ?? null,
      lost: embedded?.lost ?? new Promise(() => {}),
      database:
        embedded === null ? "PostgreSQL by DATABASE_URL" : `embedded: PostgreSQL 18 in ${options.data}`,
      close: async () => {
        await plane.close()
        await embedded?.stop()
      },
    }
  } catch (error) {
    await embedded?.stop()
    throw error
  }
}

/** True for errors whose message is meant for the operator. */
export const isOperatorError = (error: unknown): error is Error =>
  error instanceof SettingsError || error instanceof EmbeddedError || error instanceof StoreRefused

/** Secrets by name from the environment: `payments/live` is `COUNTERFOIL_SECRET_PAYMENTS_LIVE`. */
function secretsFrom(env: NodeJS.ProcessEnv): (name: string) => Promise<string | undefined> {
  return (name) =>
    Promise.resolve(env[`COUNTERFOIL_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`])
}

function parsed<T>(
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
  value: string,
  name: string,
): T {
  const result = schema.safeParse(value)
  if (!result.success) throw new SettingsError(`${name} is not a valid name: ${value.slice(0, 40)}`)
  return result.data
}
