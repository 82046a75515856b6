// Finds the trace that made each right of a restored directory: a principal, a role, a grant, the policy in force.
// Owns: comparing rows with the facts of governing commands. Does not own: reading them, nor what follows from a difference.
// Keeps INV-04: a right that no trace made is reported as such, and one that a trace contradicts is always reported.
// No trace records tokens and keys (INV-13), and the first start of an installation has no trace: a person has to know these.

import {
  canonical,
  type ExecutionId,
  type Fact,
  type Immutable,
  type JsonObject,
  documentOf,
} from "@counterfoil/contracts"
import { reviewKeyIdOf } from "@counterfoil/contracts/digest"
import type { RestoredRight } from "@counterfoil/store"

/** A fact about rights, with its trace. */
export interface RightFact {
  readonly tenant: string
  readonly executionId: ExecutionId
  readonly time: string
  /** Who asked for the execution. */
  readonly requester: string
  readonly fact: Fact
}

/** What the traces record of a right. `contradicted`: they record something else, and `because` names the difference. */
export type Standing =
  | { readonly made: "byTrace"; readonly executionId: ExecutionId }
  | { readonly made: "byNothing" }
  | { readonly made: "contradicted"; readonly executionId: ExecutionId | null; readonly because: string }

/** A right as its row has it, or, where the row is missing, as its trace records it. */
export interface JudgedRight {
  readonly right: RestoredRight | { readonly what: "missing"; readonly tenant: string; readonly id: string }
  readonly standing: Standing
}

/** What traces record of rights, by tenant and id: the last fact counts. */
interface Told {
  readonly added: ReadonlyMap<string, RightFact>
  readonly given: ReadonlyMap<string, RightFact>
  readonly revoked: ReadonlyMap<string, RightFact>
  readonly disabled: ReadonlyMap<string, RightFact>
  readonly activated: ReadonlyMap<string, RightFact>
}

/** Every right of a row with its standing, then the rights that a trace made and that have no row. */
export function judgeRights(
  rights: readonly RestoredRight[],
  facts: readonly RightFact[],
): readonly JudgedRight[] {
  const told = toldBy(facts)
  const kept = new Set(rights.map(({ tenant, id }) => idOf(tenant, id ?? "")))
  const missing = [...told.added, ...told.given].flatMap(([id, { tenant, executionId }]): JudgedRight[] =>
    kept.has(id)
      ? []
      : [
          {
            right: { what: "missing", tenant, id: id.slice(tenant.length + 1) },
            standing: contradicted(executionId, "it was given, and its row is missing"),
          },
        ],
  )
  return [...rights.map((right) => ({ right, standing: standingOf(right, told) })), ...missing]
}

/**
 * True for a right that is in force at `since` (in milliseconds) or may be later; also for one whose row is missing. A review
 * key that ends in the future is in force until then.
 */
export function isInForce({ right }: JudgedRight, since: number): boolean {
  const isOver = (end: string | null): boolean => end !== null && Date.parse(end) <= since
  switch (right.what) {
    case "missing":
    case "policy":
      return true
    case "principal":
      return right.disabledAt === null
    case "reviewKey":
      return !isOver(right.revokedAt)
    case "role":
    case "grant":
    case "token":
      return !isOver(right.revokedAt) && !isOver(right.expiresAt)
  }
}

function standingOf(right: RestoredRight, told: Told): Standing {
  const id = idOf(right.tenant, right.id ?? "")
  switch (right.what) {
    case "token":
      return { made: "byNothing" }
    case "reviewKey":
      return reviewKeyIdOf(right.spki) === right.id
        ? { made: "byNothing" }
        : contradicted(null, "its id is not that of its public part")
    case "principal": {
      const added = told.added.get(id)
      const fact = added?.fact
      if (added === undefined || fact?.kind !== "controlPlane.principal.added@1")
        return ended(right.disabledAt, told.disabled.get(id), "disabled") ?? { made: "byNothing" }
      const { kind, name } = fact.payload
      return (
        otherwise(added, { kind, name, ...peopleBehind(added.requester, fact.payload, right) }, right) ??
        ended(right.disabledAt, told.disabled.get(id), "disabled") ??
        made(added)
      )
    }
    case "role":
    case "grant": {
      const given = told.given.get(id)
      const fact = given?.fact
      if (given === undefined || fact?.kind !== "controlPlane.grant.given@1")
        return ended(right.revokedAt, told.revoked.get(id), "revoked") ?? { made: "byNothing" }
      const { principal, capability, role, scope, expiresAt } = fact.payload
      const expected =
        right.what === "role"
          ? { principal, role: role ?? null, expiresAt }
          : { principal, capability: capability ?? null, scope: scope ?? { level: "own" }, expiresAt }
      return (
        otherwise(given, expected, right) ??
        ended(right.revokedAt, told.revoked.get(id), "revoked") ??
        made(given)
      )
    }
    case "policy": {
      const activated = told.activated.get(idOf(right.tenant, policy))
      const fact = activated?.fact
      if (
        activated === undefined ||
        (fact?.kind !== "controlPlane.policy.activated@1" && fact?.kind !== "controlPlane.owner.recovered@1")
      )
        return { made: "byNothing" }
      return fact.payload.policySetDigest === right.id
        ? made(activated)
        : contradicted(activated.executionId, `its last activation was of ${fact.payload.policySetDigest}`)
    }
  }
}

/**
 * Its owner and its registrar. Before both were always stored, a person had no registrar, and a service or agent without an
 * owner got its registrar as owner later (migration 0013).
 */
function peopleBehind(
  requester: string,
  { kind, owner }: { readonly kind: string; readonly owner?: string },
  { addedBy }: { readonly addedBy: string | null },
): { readonly owner: string | null; readonly addedBy: string | null } {
  const isPerson = kind === "human"
  return {
    owner: owner ?? (isPerson ? null : requester),
    addedBy: isPerson && addedBy === null ? null : requester,
  }
}

const made = ({ executionId }: RightFact): Standing => ({ made: "byTrace", executionId })
const contradicted = (executionId: ExecutionId | null, because: string): Standing => ({
  made: "contradicted",
  executionId,
  because,
})

/** The names of the fields in which the row differs from its trace. */
function otherwise(told: RightFact, expected: Immutable<JsonObject>, right: RestoredRight): Standing | null {
  const row = documentOf(right)
  const differing = Object.entries(expected).flatMap(([field, value]) =>
    canonical(value) === canonical(row[field] ?? null) ? [] : [field],
  )
  return differing.length === 0
    ? null
    : contradicted(told.executionId, `the trace has another ${differing.join(", ")}`)
}

/** Checks that the row and the traces agree on whether the right has ended. */
function ended(at: string | null, told: RightFact | undefined, word: string): Standing | null {
  if (told !== undefined && at === null)
    return contradicted(told.executionId, `it was ${word}, and the row does not say so`)
  return told === undefined && at !== null ? contradicted(null, `it is ${word}, and no trace says so`) : null
}

function toldBy(facts: readonly RightFact[]): Told {
  // Each id belongs to one thing; of several activations the last one counts.
  const inOrder = facts.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
  const named = (idIn: (fact: Fact) => string | null): ReadonlyMap<string, RightFact> =>
    new Map(
      inOrder.flatMap((one) => {
        const id = idIn(one.fact)
        return id === null ? [] : [[idOf(one.tenant, id), one] as const]
      }),
    )
  return {
    added: named((fact) =>
      fact.kind === "controlPlane.principal.added@1" ? fact.payload.principalId : null,
    ),
    disabled: lastDisabled(
      named((fact) =>
        fact.kind === "controlPlane.principal.disabled@1" ||
        fact.kind === "controlPlane.principal.enabled@1" ||
        fact.kind === "controlPlane.owner.recovered@1"
          ? fact.payload.principalId
          : null,
      ),
    ),
    given: named((fact) => (fact.kind === "controlPlane.grant.given@1" ? fact.payload.grantId : null)),
    revoked: named((fact) => (fact.kind === "controlPlane.grant.revoked@1" ? fact.payload.grantId : null)),
    activated: named((fact) =>
      fact.kind === "controlPlane.policy.activated@1" || fact.kind === "controlPlane.owner.recovered@1"
        ? policy
        : null,
    ),
  }
}

/** Principals that were disabled and not enabled since. */
const lastDisabled = (told: ReadonlyMap<string, RightFact>): ReadonlyMap<string, RightFact> =>
  new Map([...told].filter(([, { fact }]) => fact.kind === "controlPlane.principal.disabled@1"))

/** The id of the policy in force: a tenant has only one. */
const policy = "policy"

const idOf = (tenant: string, id: string): string => `${tenant} ${id}`
