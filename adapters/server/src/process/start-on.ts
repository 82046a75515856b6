// One process of an installation on an existing database.
// Owns: reading settings from the environment, migrating on request, the first owner. Does not own: where the database comes
// from (start.ts, serve.ts), what is wired (wire.ts).

import { readFileSync } from "node:fs"
import { destination } from "pino"
import { Environment, TenantId } from "@counterfoil/contracts"
import { migrate, oneAtATime, type PostgresStore } from "@counterfoil/store"
import { hostnameOf } from "../entrance/known-host.ts"
import type { HandlerConfig, RegisteredHandlers } from "@counterfoil/handlers"
import { natsAddress } from "@counterfoil/sdk"
import { quotaLimits } from "@counterfoil/gate"
import { openLogger } from "../operate/telemetry/logger.ts"
import { startControlPlane, type ControlPlane } from "./wire.ts"
import { answersCalls, type Role } from "./role.ts"
import type { DatabasePlace } from "../settings/database-place.ts"
import type { Settings } from "./settings.ts"
import { bootstrap } from "./bootstrap.ts"
import { SettingsError } from "../settings/data-folder.ts"

/** The options of a process. A port of 0 takes a free one. */
export interface ProcessOptions {
  readonly role: Role
  /** True when no other process uses this database. */
  readonly alone: boolean
  readonly host: string
  readonly port: number
  readonly metricsHost: string
  readonly metricsPort: number
  readonly handlers: HandlerConfig
  /** Refuses to start if that would remove contracts that open work needs. The commands set it unless their flag says otherwise. */
  readonly keepsContracts?: boolean
  /** Handlers beside the built-in ones. */
  readonly extra?: RegisteredHandlers
  /** A wrapper that an embedder puts around the store, to observe or interrupt it; no flag or variable sets it. */
  readonly aroundStore?: (store: PostgresStore) => PostgresStore
  readonly logLevel: "info" | "warn" | "error" | "silent"
  /** The environment when COUNTERFOIL_ENVIRONMENT is not set. */
  readonly environmentDefault: "development" | "production"
}

/** A started process, and the owner's token at the first start of its installation. */
export interface StartedProcess {
  readonly plane: ControlPlane
  readonly tenant: TenantId
  /** The owner's token; only the process that made the owner gets it. */
  readonly ownerToken: string | null
}

/** The version of the package. */
export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "0.0.0"
}

/** Starts it. Throws `SettingsError`, `StoreRefused` and the errors of listening, after stopping everything that it had started. */
export async function startOn(
  place: DatabasePlace,
  options: ProcessOptions,
  env: NodeJS.ProcessEnv,
): Promise<StartedProcess> {
  const { environment, tenant } = installationOf(env, options.environmentDefault)
  if (place.ownerUrl !== null) await migrate(place.ownerUrl)
  const plane = await startControlPlane({
    role: options.role,
    version: ownVersion(),
    url: place.url,
    eraserUrl: place.eraserUrl,
    databaseFolder: place.folder,
    otlpEndpoint: otlpEndpointOf(env),
    environment,
    tenant,
    alone: options.alone,
    inProduction: environment === "production",
    host: options.host,
    port: options.port,
    metricsHost: options.metricsHost,
    metricsPort: options.metricsPort,
    publicUrl: publicUrlOf(env),
    hosts: hostsIn(env),
    nats: natsOf(env),
    quotas: {
      openExecutions: numberIn(env, "COUNTERFOIL_OPEN_EXECUTIONS_MAX", quotaLimits.openExecutions),
      openRequests: numberIn(env, "COUNTERFOIL_OPEN_REQUESTS_MAX", quotaLimits.openRequests),
    },
    handlers: options.handlers,
    ...(options.keepsContracts === undefined ? {} : { keepsContracts: options.keepsContracts }),
    readSecret: secretsFrom(env),
    secrets: secretsIn(env),
    logger: openLogger(destination(2), options.logLevel),
    ...(options.extra === undefined ? {} : { extra: options.extra }),
    ...(options.aroundStore === undefined ? {} : { aroundStore: options.aroundStore }),
  })
  try {
    const ownerToken = answersCalls(options.role) ? await firstOwner(place.url, plane, tenant) : null
    return { plane, tenant, ownerToken }
  } catch (error) {
    await plane.close()
    throw error
  }
}

/** The environment and tenant of the variables. Throws `SettingsError`. */
export const installationOf = (
  env: NodeJS.ProcessEnv,
  environmentDefault: ProcessOptions["environmentDefault"],
): { readonly environment: Environment; readonly tenant: TenantId } => ({
  environment: parsed(
    Environment,
    env["COUNTERFOIL_ENVIRONMENT"] || environmentDefault,
    "COUNTERFOIL_ENVIRONMENT",
  ),
  tenant: parsed(TenantId, env["COUNTERFOIL_TENANT"] || "local", "COUNTERFOIL_TENANT"),
})

/** Makes the owner of an installation without principals; when several processes start at once, one of them does. */
const firstOwner = (url: string, plane: ControlPlane, tenant: TenantId): Promise<string | null> =>
  oneAtATime(url, async () => {
    const made = await bootstrap({
      directory: plane.store.directory,
      registry: plane.registry,
      random: plane.random,
      tenant,
      now: await plane.store.now(),
    })
    return made?.token ?? null
  })

/** Secrets by name from the environment: `payments/live` is `COUNTERFOIL_SECRET_PAYMENTS_LIVE`. */
function secretsFrom(env: NodeJS.ProcessEnv): (name: string) => Promise<string | undefined> {
  return (name) =>
    Promise.resolve(env[`COUNTERFOIL_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`])
}

/** The values of the environment whose names mark them as credentials. */
function secretsIn(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && secretName.test(name) ? [value] : [],
  )
}

const secretName = /^COUNTERFOIL_SECRET_|TOKEN|SECRET|PASSW|CREDENTIAL|_KEY$|^DATABASE_.*URL$|^NATS_URL$/i

/** The public address of the HTTP interface, from COUNTERFOIL_PUBLIC_URL; null when it is not set. */
function publicUrlOf(env: NodeJS.ProcessEnv): string | null {
  const said = env["COUNTERFOIL_PUBLIC_URL"] ?? ""
  if (said === "") return null
  const url = URL.parse(said)
  if ((url?.protocol !== "https:" && url?.protocol !== "http:") || url.href !== `${url.origin}/`)
    throw new SettingsError("COUNTERFOIL_PUBLIC_URL is not an address such as https://control.acme.test")
  return url.origin
}

/** The additional host names from COUNTERFOIL_HOSTS: names without ports, separated by commas. */
function hostsIn(env: NodeJS.ProcessEnv): readonly string[] {
  const names = (env["COUNTERFOIL_HOSTS"] ?? "").split(",").map((name) => name.trim().toLowerCase())
  const given = names.filter((name) => name !== "")
  const wrong = given.find((name) => hostnameOf(name) !== name)
  if (wrong === undefined) return given
  throw new SettingsError(`COUNTERFOIL_HOSTS: ${wrong} is not a name such as control.acme.test`)
}

/** The endpoint for spans, from OTEL_EXPORTER_OTLP_ENDPOINT; null when it is not set. */
function otlpEndpointOf(env: NodeJS.ProcessEnv): string | null {
  const said = env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? ""
  if (said === "") return null
  if (/^https?:$/.test(URL.parse(said)?.protocol ?? "")) return said
  throw new SettingsError("OTEL_EXPORTER_OTLP_ENDPOINT is not an address such as http://127.0.0.1:4318")
}

/** A quota from the environment, or its default. */
function numberIn(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const text = env[name] ?? ""
  if (text === "") return otherwise
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new SettingsError(`${name} is a number from 1.`)
  return Number(text)
}

/** The address of NATS, from NATS_URL; null when it is not set. */
function natsOf(env: NodeJS.ProcessEnv): Settings["nats"] {
  const url = env["NATS_URL"] ?? ""
  if (url === "") return null
  const address = natsAddress(url)
  if (!address.ok) throw new SettingsError(`NATS_URL: ${address.error}`)
  return {
    address: address.value,
    discoveryPrefix: discoveryPrefixOf(env["NATS_DISCOVERY_PREFIX"] || undefined),
  }
}

/** The prefix of the discovery subjects: `$SRV`, unless the account maps it to another one. */
function discoveryPrefixOf(prefix = "$SRV"): string {
  if (/^[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+)*$/.test(prefix)) return prefix
  throw new SettingsError("NATS_DISCOVERY_PREFIX is not a subject without wildcards")
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
