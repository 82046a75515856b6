// One principal of every kind that the permission matrix has a column for.
// Owns: what each of them holds. Everybody but `agent without grant` is given every grant there is, so that what refuses
// them is their kind, their role or their tenant, and never a grant that the test forgot. Three hold every grant narrowed:
// to the contracts that list, to one execution of their own subjects, and to their own objects.

import type { Started } from "@counterfoil/server/process"
import {
  approvalList,
  contractDrift,
  controlPlaneCapabilities,
  executionList,
  PrincipalId,
  quarantineList,
  TenantId,
  type ExecutionId,
  type GrantScope,
} from "@counterfoil/contracts"
import { defaultPolicySource } from "@counterfoil/policy"
import { effectCapability } from "../support/effect-handlers.ts"
import { addSomeone, giveGrants, type Person } from "../support/people.ts"

/** The columns, in order. */
export const kinds = [
  "none",
  "agent without grant",
  "agent with every grant",
  "service",
  "human without role",
  "approver",
  "owner",
  "other tenant",
  "lists alone",
  "one execution",
  "own approver",
] as const
export type Kind = (typeof kinds)[number]

/** A caller of a kind; `none` has no token. */
export interface Caller {
  readonly kind: Kind
  readonly person: Person | null
}

/** What `lists alone` may call: the lists, and nothing that reads one of their rows. */
const listContracts = [executionList, approvalList, quarantineList, contractDrift].map(({ ref }) => ref)

const everyGrant = [...controlPlaneCapabilities.map(({ name }) => String(name)), effectCapability]

/** Makes one of each. The owner is the one that the first start made. */
export async function makeCallers(started: Started): Promise<readonly Caller[]> {
  const { store } = started.plane
  const other = TenantId.parse("elsewhere")
  const active = await store.policySource(started.tenant)
  if (active === null) throw new Error("no policy is active")
  await store.activatePolicy(other, { from: null, digest: active.digest, source: defaultPolicySource() })
  const owner = await store.directory.principalByName(started.tenant, "owner")
  if (owner === null || started.ownerToken === null) throw new Error("there is no owner yet")
  const add = (kind: Kind, is: "human" | "service" | "agent", roles: readonly string[]) =>
    addSomeone(started, {
      kind: is,
      name: kind,
      roles,
      capabilities: kind === "agent without grant" ? [] : everyGrant,
      ...(kind === "other tenant" ? { tenant: other } : {}),
    })
  const narrowed = (kind: Kind, scope: GrantScope | null) =>
    addSomeone(started, {
      kind: "human",
      name: kind,
      roles: ["approver"],
      capabilities: scope === null ? [] : everyGrant,
      ...(scope === null ? {} : { scope }),
    })
  return [
    { kind: "none", person: null },
    { kind: "agent without grant", person: await add("agent without grant", "agent", []) },
    { kind: "agent with every grant", person: await add("agent with every grant", "agent", []) },
    { kind: "service", person: await add("service", "service", []) },
    { kind: "human without role", person: await add("human without role", "human", []) },
    { kind: "approver", person: await add("approver", "human", ["approver"]) },
    {
      kind: "owner",
      person: { name: "owner", id: PrincipalId.parse(owner.id), token: started.ownerToken, key: null },
    },
    { kind: "other tenant", person: await add("other tenant", "human", ["owner", "approver"]) },
    {
      kind: "lists alone",
      person: await narrowed("lists alone", { level: "tenant", contracts: listContracts }),
    },
    { kind: "one execution", person: await narrowed("one execution", null) },
    { kind: "own approver", person: await narrowed("own approver", { level: "own" }) },
  ]
}

/** Gives `one execution` every grant, for this execution alone; it had none before. */
export async function grantOneExecution(
  started: Started,
  callers: readonly Caller[],
  executionId: ExecutionId,
): Promise<void> {
  const person = callers.find(({ kind }) => kind === "one execution")?.person
  if (person === undefined || person === null) throw new Error("no principal was made for one execution")
  const scope = { level: "tenant", resources: [`execution:${executionId}`] } as const
  await giveGrants(started, person.id, everyGrant, scope)
}
