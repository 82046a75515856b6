// A tenant in memory with the shipped policy and the handlers of governing commands, for tests of those.
// Owns: people in it, and calling a handler as the executor does. Does not own: any assertion.

import { readFile } from "node:fs/promises"
import {
  addMs,
  CapabilityName,
  controlPlaneCapabilities,
  controlPlaneContracts,
  Environment,
  ExecutionId,
  IdempotencyKey,
  makeRegistry,
  PrincipalId,
  RoleName,
  StepId,
  TenantId,
  Time,
  type Issue,
  type Json,
  type PolicyText,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { HandlerAnswer } from "@counterfoil/contracts/ports"
import { engineWasmUrl, openWasmEngine } from "@counterfoil/policy"
import { memoryStore } from "@counterfoil/store/test"
import { activateFirstPolicy } from "../src/first-policy.ts"
import { policyCache } from "../src/policy-cache.ts"
import { governanceHandlers } from "../src/govern/governance-handlers.ts"

/** The time of everything in these tests. */
export const now = Time.parse("2026-11-21T10:00:00.000Z")
export const everything = controlPlaneCapabilities.map(({ name }) => String(name))
const later = addMs(now, 300 * 86_400_000)
const environment = Environment.parse("test")
export const tenant = TenantId.parse("acme")
let made = 0
/** A fresh id of this kind. */
export const freshId = (prefix: "hum" | "agt" | "svc" | "grn" | "exe"): string =>
  mintId(prefix, Date.parse(now), new Uint8Array(10).fill((made += 1) % 250))

/** Opens a tenant without principals. */
export async function openTenant({ recovers = false }: { readonly recovers?: boolean } = {}) {
  const engine = openWasmEngine(await readFile(new URL(engineWasmUrl())))
  if (!engine.ok) throw new Error("the engine is not the known one")
  const store = memoryStore(environment, () => now)
  const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
  const clock = { now: () => now }
  const policies = policyCache({ store, registry, engine: engine.value, clock })
  await activateFirstPolicy(store, policies, tenant)
  const stopped: string[] = []
  const handlers = new Map(
    governanceHandlers({
      store,
      clock,
      registry,
      environment,
      check: policies.check,
      setOf: policies.setOf,
      random: { unit: () => 0.5, bytes: (count) => new Uint8Array(count).fill((made += 1) % 250) },
      recovers,
      activated: (moved) => policies.moved(moved),
      stopRunning: async ({ reason }) => stopped.push(reason),
    }).map((handler) => [String(handler.contract.name), handler]),
  )
  const addPerson = async (
    kind: "human" | "agent" | "service",
    {
      roles = [],
      capabilities = [],
      until = later,
    }: {
      readonly roles?: readonly string[]
      readonly capabilities?: readonly string[]
      readonly until?: Time
    } = {},
  ) => {
    const id = PrincipalId.parse(freshId(({ human: "hum", agent: "agt", service: "svc" } as const)[kind]))
    await store.directory.addPrincipal({
      id,
      tenant,
      kind,
      name: id,
      enabled: true,
      owner: null,
      roles: [],
      addedAt: now,
      addedBy: null,
    })
    const grants: string[] = []
    for (const role of roles) {
      const grantId = freshId("grn")
      grants.push(grantId)
      await store.directory.giveRole(tenant, grantId as never, id, RoleName.parse(role), until)
    }
    for (const capability of capabilities) {
      const grantId = freshId("grn")
      grants.push(grantId)
      await store.directory.giveGrant(
        tenant,
        {
          grantId: grantId as never,
          principal: id,
          capability: CapabilityName.parse(capability),
          scope: { level: "tenant" },
          source: "owner",
          expiresAt: until,
        },
        id,
        "for a test",
      )
    }
    return { id, grants }
  }
  const addOwner = () =>
    addPerson("human", {
      roles: ["owner", "approver"],
      capabilities: everything,
    })
  let keys = 0
  /** Runs a command; the same key is a repetition. */
  const run = (
    name: string,
    input: Json,
    { by, key = `${(keys += 1)}` }: { readonly by?: PrincipalId; readonly key?: string } = {},
  ): Promise<HandlerAnswer> => {
    const handler = handlers.get(`controlPlane.${name}`)
    if (handler === undefined) throw new Error(`no handler of ${name}`)
    return handler.run({
      input,
      // Ids are derived from its first half.
      idempotencyKey: IdempotencyKey.parse(key.padStart(32, "0").padEnd(64, "0")),
      attempt: 1,
      tenant,
      executionId: ExecutionId.parse(freshId("exe")),
      stepId: StepId.parse(`stp_${freshId("exe").slice(4)}`),
      requester: by ?? PrincipalId.parse(freshId("hum")),
      startedAt: now,
      deadlineMs: 30_000,
      signal: new AbortController().signal,
    })
  }
  const textsOf = async (layer: string): Promise<readonly string[]> =>
    ((await store.policySource(tenant))?.source.texts ?? [])
      .filter((text) => text.layer === layer)
      .map(({ name }) => name)
  const foresee = async (name: string, input: Json, by?: PrincipalId): Promise<readonly Issue[]> =>
    (await handlers
      .get(`controlPlane.${name}`)
      ?.foresee?.({ input, tenant, requester: by ?? PrincipalId.parse(freshId("hum")) })) ?? []
  const restricts = (name: string, input: Json): boolean =>
    handlers.get(`controlPlane.${name}`)?.restricts?.(input) === true
  const restricting = [...handlers].flatMap(([name, handler]) =>
    handler.restricts === undefined ? [] : [name],
  )
  return {
    store,
    foresee,
    restricts,
    restricting,
    registry,
    policies,
    stopped,
    run,
    addPerson,
    addOwner,
    textsOf,
  }
}

/** A text of one forbid on writes of steps, which harms no command of the control plane. */
export const forbidding = (layer: PolicyText["layer"], name: string): PolicyText => ({
  layer,
  name,
  text: `@id("${layer}.${name}") @reason("stopped for a test of activation")
forbid (principal, action in Counterfoil::Action::"path.step", resource);`,
})
