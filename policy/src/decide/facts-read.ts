// Which facts the rules of a slice can read at all, and those facts of one question as a key.
// Owns: telling when two questions cannot be answered differently. Does not own: the answers (slice-cache.ts keeps them).
// Where a rule uses a record as a whole, all its facts go into the key: too long a key only costs a call.

import type { EntityUidJson } from "@cedar-policy/cedar-wasm/nodejs"
import type { JsonObject, PolicyRequest } from "@counterfoil/contracts"
import { pathsIn } from "../rules/expression.ts"
import type { Rule } from "../rules/rule.ts"
import { entityType } from "../schema/names.ts"
import type { CedarContext } from "./cedar-call.ts"

/** What some rules read. `context` holds attribute paths below it, name by name; an empty path means all of it. */
export interface FactsRead {
  readonly identities: boolean
  readonly resource: boolean
  readonly context: readonly (readonly string[])[]
}

/** The facts that rules read, from their scopes and conditions. Roles and the tenant always count. */
export function factsReadBy(rules: readonly Rule[]): FactsRead {
  const read = pathsIn(rules.flatMap(({ json }) => json.conditions.map(({ body }) => body)))
  const context = read.filter(([root]) => root === "context").map(([, ...rest]) => rest)
  const principalAsWhole = read.some(([root, attribute]) => root === "principal" && attribute !== "tenant")
  const others = context.some(
    ([first, second]) =>
      first === undefined || (first === "call" && (second === undefined || second === "onBehalfOf")),
  )
  return {
    identities: principalAsWhole || others || rules.some(namesPrincipals),
    resource:
      rules.some(({ json }) => json.resource.op !== "All") ||
      read.some(([root, attribute]) => root === "resource" && attribute !== "tenant"),
    context,
  }
}

/** A scope that names a principal itself; of teams, only membership counts, and that is always in the key. */
function namesPrincipals({ json: { principal } }: Rule): boolean {
  if (principal.op === "==") return true
  const within = principal.op === "is" ? principal.in : principal.op === "in" ? principal : undefined
  if (within === undefined) return false
  return !("entity" in within) || typeOf(within.entity) !== entityType.team
}

const typeOf = (entity: EntityUidJson): string => ("__entity" in entity ? entity.__entity.type : entity.type)

/** Equal for two questions about one slice exactly when no rule of it can tell them apart. */
export function factsKey(
  read: FactsRead,
  request: PolicyRequest,
  index: number,
  context: CedarContext,
): string {
  const member = request.chain[index]
  return JSON.stringify([
    request.contract.ref,
    request.tenant,
    member?.kind,
    [...(member?.roles ?? [])].sort(),
    read.identities
      ? request.chain.map(({ id, kind, owner, roles }) => [id, kind, owner, [...roles].sort()])
      : null,
    read.identities ? index : null,
    read.resource ? request.resource : null,
    read.context.map((path) => valueAt(context, path) ?? null),
  ])
}

function valueAt(context: CedarContext, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    context,
  )
}

const isRecord = (value: unknown): value is JsonObject => typeof value === "object" && value !== null
