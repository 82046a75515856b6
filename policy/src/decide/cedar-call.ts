// The question to the engine for one member of the chain, built from the facts of a request and nothing else.
// Owns: entities, the facts of the call, and what may not be asked at all. Does not own: the answer (authorize.ts).
// Keeps INV-04: an unknown, disabled or foreign principal never reaches the engine, which would judge it.

import type { EntityJson } from "@cedar-policy/cedar-wasm/nodejs"
import {
  isResourceKind,
  msOfTime,
  type ChainMember,
  type Grant,
  type PolicyRequest,
} from "@counterfoil/contracts"
import type { Action } from "../schema/action.ts"
import { toCedar, type CedarValue } from "../schema/input-shape.ts"
import { entityType, principalType, type EntityName } from "../schema/names.ts"

/** One question: the same fields as the engine's call, without the names of what was parsed before. */
export interface CedarCall {
  readonly principal: EntityName
  readonly action: EntityName
  readonly resource: EntityName
  readonly context: CedarContext
  readonly entities: EntityJson[]
}

/** The facts of the call, and what policy sees of the input. */
export type CedarContext = Record<"call" | "input", CedarValue | Record<string, CedarValue | Reference>>

type Reference = { readonly __entity: { readonly type: string; readonly id: string } }

/** Entities in one question: a resource, the chain and its roles. Far above what a chain has; it bounds what one decision costs. */
const entitiesMax = 200

const kindPrefix = { human: "hum_", service: "svc_", agent: "agt_", tool: "tol_" } as const

/** True when every member of the chain is known, enabled, of this tenant, and what its id says it is. */
export const chainIsKnown = (request: PolicyRequest): boolean =>
  request.chain.length > 0 &&
  request.chain.every(
    (member) =>
      member.enabled &&
      member.tenant === request.tenant &&
      (member.id.startsWith(kindPrefix[member.kind]) ||
        (member.kind === "service" && member.id.startsWith("counterfoil."))),
  )

/** What each member's question says of the call and the input, in the order of the chain; null when a value does not fit. */
export function contextsOf(
  request: PolicyRequest,
  action: Action,
  grants: readonly Grant[],
): readonly CedarContext[] | null {
  const input = toCedar(action.input, request.input)
  const entities = 1 + request.chain.length + request.chain.reduce((sum, { roles }) => sum + roles.length, 0)
  if (input === null || entities > entitiesMax) return null
  if (request.resource !== null && !isResourceKind(request.resource.kind)) return null
  return grants.map((grant) => ({ call: callFacts(request, grant), input }))
}

/** The question for one member of the chain. */
export const cedarCallOf = (
  request: PolicyRequest,
  action: Action,
  member: ChainMember,
  context: CedarContext,
): CedarCall => ({
  principal: nameOf(member),
  action: { type: entityType.action, id: action.id },
  resource: resourceName(request),
  context,
  entities: entitiesOf(request),
})

function callFacts(request: PolicyRequest, grant: Grant): Record<string, CedarValue | Reference> {
  const { call } = request
  const nowSeconds = Math.floor(msOfTime(call.now) / 1000)
  const human = request.chain.slice(1).find((member) => member.kind === "human")
  return {
    channel: call.channel,
    environment: request.environment,
    assurance: call.assurance,
    origin: call.origin,
    tainted: request.taint.length > 0,
    labels: [...new Set(call.labels)].sort(),
    breakGlass: request.breakGlass !== null,
    ...(human === undefined ? {} : { onBehalfOf: { __entity: nameOf(human) } }),
    grant: {
      capability: grant.capability,
      source: grant.source,
      expiresInSeconds: Math.floor(msOfTime(grant.expiresAt) / 1000) - nowSeconds,
    },
    nowSeconds,
    hourUtc: Math.floor(nowSeconds / 3600) % 24,
    // 1 is Monday; 1970-01-01 was a Thursday.
    weekdayUtc: ((Math.floor(nowSeconds / 86_400) + 3) % 7) + 1,
    planSteps: call.planSteps,
  }
}

function entitiesOf(request: PolicyRequest): EntityJson[] {
  const tenant = { type: entityType.tenant, id: request.tenant }
  const inTenant = { tenant: { __entity: tenant } }
  const roles = [...new Set(request.chain.flatMap((member) => member.roles))].sort()
  const members = new Map(request.chain.map((member) => [member.id, member]))
  const kind = { type: entityType.resourceKind, id: request.resource?.kind ?? "none" }
  // Tenant and kind have neither attributes nor parents, so that naming them is enough.
  return [
    { uid: resourceName(request), attrs: inTenant, parents: [kind] },
    ...roles.map((role) => ({ uid: { type: entityType.team, id: role }, attrs: {}, parents: [tenant] })),
    ...[...members.values()].map((member) => ({
      uid: nameOf(member),
      attrs: {
        ...inTenant,
        ...(member.kind === "agent" && member.owner !== null
          ? { owner: { __entity: { type: principalType("human"), id: member.owner } } }
          : {}),
      },
      parents: [...new Set(member.roles)].sort().map((role) => ({ type: entityType.team, id: role })),
    })),
  ]
}

const nameOf = (member: ChainMember): EntityName => ({ type: principalType(member.kind), id: member.id })

const resourceName = ({ resource }: PolicyRequest): EntityName => ({
  type: entityType.resource,
  id: resource === null ? "none" : `${resource.kind}:${resource.id}`,
})
