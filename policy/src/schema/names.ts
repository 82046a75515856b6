// The names that rules use for the things of a request: entity types, actions and their groups.
// Owns: the spelling. Does not own: which action is in which group (action.ts).

import type { PrincipalKind } from "@counterfoil/contracts"

/** An entity as Cedar names it. */
export interface EntityName {
  readonly type: string
  readonly id: string
}

/** The namespace of everything that a rule can name. */
export const namespace = "Counterfoil"

/** Entity types by what they represent. */
export const entityType = {
  action: `${namespace}::Action`,
  tenant: `${namespace}::Tenant`,
  team: `${namespace}::Team`,
  resource: `${namespace}::Resource`,
  resourceKind: `${namespace}::ResourceKind`,
} as const

/** The entity type of a principal. */
export const principalTypes: Readonly<Record<PrincipalKind, string>> = {
  human: "Human",
  service: "Service",
  agent: "Agent",
  tool: "Tool",
}

/** The full entity type of a principal. */
export const principalType = (kind: PrincipalKind): string => `${namespace}::${principalTypes[kind]}`
