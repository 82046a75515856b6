// Recovers an owner with the login of the database's owner: an execution through the gate, with rules of its own.
// Owns: those rules, the service that requests it and its end, the person's first token. Does not own: what an owner gets (the handler).
// That login could write any row directly; this way it leaves a trace with the rules that decided, which can be replayed.

import { destination } from "pino"
import {
  addMs,
  CapabilityName,
  msOfTime,
  ownerRecover,
  PrincipalId,
  SessionId,
  Submitted,
  type HumanId,
  type TenantId,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { ownershipOf } from "@counterfoil/store"
import type { DatabaseLogins } from "../operate/backup/database-of.ts"
import {
  addProgramService,
  giveProgramService,
  programCaller,
  recoveryServiceName,
  mintToken,
  newTraceId,
  type Caller,
  quotaLimits,
} from "@counterfoil/gate"
import { openLogger } from "../operate/telemetry/logger.ts"
import { openCore, type Core } from "./open-core.ts"
import { gateByOwnRules, rulesFor } from "./own-rules.ts"
import type { Settings } from "./settings.ts"
import { SettingsError } from "../settings/data-folder.ts"
import { installationOf, ownVersion } from "./start-on.ts"

/** Who becomes owner: an existing person or a new one; and whether the shipped policy replaces the one in force. */
export interface RecoveryAsk {
  readonly who: { readonly principal: HumanId } | { readonly name: string }
  readonly policy: "keep" | "shipped"
  readonly reason: string
}

/** The result. The token is returned only once. */
interface Recovered {
  readonly executionId: string
  readonly principal: string
  readonly token: string
  readonly tenant: TenantId
}

const recoveryRules = rulesFor(
  ownerRecover.ref,
  "recovery",
  "the login of the database's owner makes an owner again",
)
const hourMs = 3_600_000
/** The lifetime of the person's first token, with which they sign in and make a token of their own. */
const tokenDays = 30
const waitMs = 25_000

const whyNotOwner = {
  notOwner:
    "This login does not own the tables. Recovering an owner needs the login that does: set DATABASE_OWNER_URL.",
  elsewhere:
    "DATABASE_OWNER_URL and DATABASE_URL name two databases. Recovering an owner needs the owner's login of the database of DATABASE_URL.",
} as const

/** Recovers an owner. Throws `SettingsError` when the login does not own the tables, or when the request is refused. */
export async function recoverOwner(
  place: DatabaseLogins & { readonly isEmbedded: boolean },
  ask: RecoveryAsk,
  env: NodeJS.ProcessEnv,
): Promise<Recovered> {
  const ownership = await ownershipOf(place.ownerUrl, place.url)
  if (ownership !== "owner") throw new SettingsError(whyNotOwner[ownership])
  await using ends = new AsyncDisposableStack()
  const settings = settingsOf(place, env)
  const core = await openCore(settings, null, ends)
  return await recoverOn(core, settings, ask, ends)
}

async function recoverOn(
  core: Core,
  settings: Settings,
  ask: RecoveryAsk,
  ends: AsyncDisposableStack,
): Promise<Recovered> {
  const { tenant } = settings
  const gate = await gateByOwnRules(core, settings, recoveryRules, ends)
  const caller = await recoveryService(core, tenant)
  const answer = await gate.call({
    caller,
    contract: ownerRecover.ref,
    input: { key: caller.name, ...ask.who, policy: ask.policy, reason: ask.reason },
    waitMs,
    signal: new AbortController().signal,
    traceId: newTraceId(core.random),
  })
  if (answer.kind === "problem") throw new SettingsError(answer.problem.detail)
  const { executionId, status, output, failure } = Submitted.parse(answer.body)
  const made = ownerRecover.output.safeParse(output)
  if (status !== "completed" || !made.success)
    throw new SettingsError(
      `Nothing was recovered: ${failure?.providerCode ?? failure?.code ?? status}. The trace is ${executionId}.`,
    )
  const { principalId } = made.data
  return {
    executionId,
    principal: principalId,
    token: await tokenFor(core, tenant, principalId),
    tenant,
  }
}

/**
 * A service that exists for this one request, so that revocations of an earlier service cannot block it. No one has a
 * token of it, and its grants end within the hour.
 */
async function recoveryService(
  { store: { directory, clock }, random }: Pick<Core, "store" | "random">,
  tenant: TenantId,
): Promise<Caller> {
  const now = clock.now()
  const freshId = <P extends "svc" | "ses">(prefix: P) => mintId(prefix, msOfTime(now), random.bytes(10))
  const principal = PrincipalId.parse(freshId("svc"))
  const service = { tenant, principal, name: recoveryServiceName(principal) }
  await addProgramService(directory, service, now)
  for (const capability of ["control-plane.core", "control-plane.governance"])
    await giveProgramService(
      { directory, random },
      service,
      { capability: CapabilityName.parse(capability), now, expiresAt: addMs(now, hourMs) },
      "to recover an owner",
    )
  return programCaller(service, SessionId.parse(freshId("ses")))
}

async function tokenFor({ store, random }: Core, tenant: TenantId, principal: PrincipalId): Promise<string> {
  const createdAt = store.clock.now()
  const { token, hash } = mintToken(random)
  await store.directory.addToken({
    hash,
    session: mintId("ses", msOfTime(createdAt), random.bytes(10)),
    tenant,
    principal,
    label: "owner recovered",
    assurance: "session",
    createdAt,
    expiresAt: addMs(createdAt, tokenDays * 24 * hourMs),
    revokedAt: null,
    mintedBy: null,
    origin: { from: "start" },
    use: "session",
    refusedAt: null,
  })
  return token
}

function settingsOf(
  { url, eraserUrl, isEmbedded }: DatabaseLogins & { readonly isEmbedded: boolean },
  env: NodeJS.ProcessEnv,
): Settings {
  return {
    ...installationOf(env, isEmbedded ? "development" : "production"),
    role: "all",
    version: ownVersion(),
    url,
    eraserUrl,
    // In production a long-running process may not use one login for everything; this process ends at once.
    inProduction: false,
    alone: false,
    recovers: true,
    host: "127.0.0.1",
    port: 0,
    metricsHost: "127.0.0.1",
    metricsPort: 0,
    publicUrl: null,
    databaseFolder: null,
    otlpEndpoint: null,
    nats: null,
    quotas: quotaLimits,
    handlers: {},
    readSecret: () => Promise.resolve(undefined),
    secrets: [],
    logger: openLogger(destination(2), "error"),
  }
}
