// The Cedar schema of an installation, generated from its contracts and never edited.
// Owns: entity types, the facts of a call, one action a contract, and the part of it that one decision needs.
// Does not own: values (decide/), groups (action.ts), the types of inputs (input-shape.ts).

import type {
  ActionType,
  EntityType,
  NamespaceDefinition,
  SchemaJson,
  Type,
} from "@cedar-policy/cedar-wasm/nodejs"
import { err, ok, type Registry, type Result } from "@counterfoil/contracts"
import { exampleActions, fixedGroups, groupsOf, type Action } from "./action.ts"
import { cedarTypeOf, inputShapeOf } from "./input-shape.ts"
import { namespace, principalTypes } from "./names.ts"

/** A contract whose marked fields policy cannot see: a mistake of its author. */
export interface UnfitContract {
  readonly contract: string
  readonly message: string
}

/** The actions of all commands and queries, by reference, sorted. */
export function actionsOf(registry: Registry): Result<ReadonlyMap<string, Action>, UnfitContract> {
  const actions = new Map<string, Action>()
  for (const { ref } of registry.contracts) {
    const contract = registry.callable(ref)
    if (contract === undefined) continue
    const input = inputShapeOf(contract.inputSchema)
    if (!input.ok) return err({ contract: ref, message: input.error })
    const groups = groupsOf({ ...contract, kinds: contract.auth.kinds, tags: contract.meta.tags })
    actions.set(ref, { id: ref, groups, input: input.value })
  }
  return ok(actions)
}

/** The schema that rules are validated against: every action, and the examples of every group. */
export const wholeSchema = (actions: readonly Action[]): SchemaJson<string> =>
  schemaOf([...actions, ...exampleActions])

/** The part of the schema that a decision about one action reads: that action, its groups and all entity types. */
export const sliceSchema = (action: Action): SchemaJson<string> => schemaOf([action])

const string: Type<string> = { type: "String" }
const long: Type<string> = { type: "Long" }
const boolean: Type<string> = { type: "Boolean" }
const entity = (name: string): Type<string> => ({ type: "Entity", name })
const recordOf = (
  attributes: Readonly<Record<string, Type<string> & { required?: boolean }>>,
): Type<string> => ({
  type: "Record",
  attributes: { ...attributes },
})

const principal = (
  extra: Readonly<Record<string, Type<string> & { required?: boolean }>>,
): EntityType<string> => ({
  memberOfTypes: ["Team"],
  shape: recordOf({ tenant: entity("Tenant"), ...extra }),
})

const entityTypes: Readonly<Record<string, EntityType<string>>> = {
  Tenant: {},
  Team: { memberOfTypes: ["Tenant"] },
  Human: principal({}),
  Service: principal({}),
  Agent: principal({ owner: { ...entity("Human"), required: false } }),
  Tool: principal({}),
  ResourceKind: {},
  Resource: { memberOfTypes: ["ResourceKind"], shape: recordOf({ tenant: entity("Tenant") }) },
}

const call = recordOf({
  channel: string,
  environment: string,
  assurance: string,
  origin: string,
  tainted: boolean,
  labels: { type: "Set", element: string },
  breakGlass: boolean,
  onBehalfOf: { ...entity("Human"), required: false },
  grant: recordOf({ capability: string, source: string, expiresInSeconds: long }),
  nowSeconds: long,
  hourUtc: long,
  weekdayUtc: long,
  planSteps: long,
})

function schemaOf(actions: readonly Action[]): SchemaJson<string> {
  const groups = new Set(actions.flatMap((action) => action.groups))
  for (const group of actions.length > 1 ? Object.keys(fixedGroups) : []) groups.add(group)
  const declared = [...groups].sort().map((group): [string, ActionType<string>] => {
    const above = fixedGroups[group] ?? ["all"]
    return [group, { memberOf: above.map((id) => ({ id })) }]
  })
  const definition: NamespaceDefinition<string> = {
    entityTypes: { ...entityTypes },
    actions: Object.fromEntries([...declared, ...actions.map(actionType)]),
  }
  return { [namespace]: definition }
}

function actionType(action: Action): [string, ActionType<string>] {
  const type: ActionType<string> = {
    memberOf: action.groups.map((id) => ({ id })),
    appliesTo: {
      principalTypes: Object.values(principalTypes),
      resourceTypes: ["Resource"],
      context: recordOf({ call, input: cedarTypeOf(action.input) }),
    },
  }
  return [action.id, type]
}
