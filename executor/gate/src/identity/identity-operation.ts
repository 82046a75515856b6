// An operation on identity: how one is described, who may call it, and what it works with.
// Operations are not contracts because they make secrets, and a secret enters no trace (INV-13).
// Owns: the shape of a row and the check of who may. Does not own: the rows (files beside this one), nor their doors (http/).
// Keeps INV-04: only the callers that a row names may call it. A change checks the caller again when its turn comes.

import type { z } from "zod"
import {
  CapabilityName,
  ContractRef,
  err,
  parseWith,
  refuse,
  type Immutable,
  type Json,
  type Refusal,
  type Result,
  type Time,
} from "@counterfoil/contracts"
import type { Clock, Directory, Random, TraceStore } from "@counterfoil/contracts/ports"
import type { Caller, Session } from "../caller.ts"

/** What the operations work with. */
export interface IdentityWorld {
  readonly directory: Directory
  /** Runs what changes identity, one change after the other in a tenant: what one reads stays true until it has written. */
  readonly governing: TraceStore["governing"]
  readonly clock: Clock
  readonly random: Random
}

/** Who may call an operation: any principal, people only, owners and administrators only, or the holder of a one-time sign-in. */
type WhoMay = "anyone" | "humans" | "administrators" | "signIn"

/** A row of the table. `says` tells readers of the documentation who gets what. */
export interface IdentityOperation {
  readonly name: ContractRef
  readonly method: "GET" | "POST"
  readonly path: string
  readonly who: WhoMay
  readonly says: string
  readonly input: z.ZodType
  readonly output: z.ZodType
  /** Refuses a caller without permission, parses, and acts. Errors: GRANT_MISSING, INPUT_INVALID, and those of the operation. */
  call(world: IdentityWorld, session: Session, input: Json): Promise<Result<Json, Refusal>>
}

interface Described<S extends z.ZodType> extends Omit<IdentityOperation, "name" | "input" | "call"> {
  readonly name: string
  readonly input: S
  /** Refuses a useless session before it takes its turn among the tenant's changes; null lets it go on. */
  readonly early?: (world: IdentityWorld, session: Session) => Promise<Refusal | null>
  readonly act: (
    world: IdentityWorld,
    session: Session,
    input: Immutable<z.output<S>>,
  ) => Promise<Result<Json, Refusal>>
}

/** Makes a row whose call checks before it acts. */
export function identityOperation<S extends z.ZodType>({
  name,
  act,
  early,
  ...described
}: Described<S>): IdentityOperation {
  const ref = ContractRef.parse(`identity.${name}@1`)
  return {
    ...described,
    name: ref,
    call: async (world, session, input) => {
      if (!isAmong(described.who, session.caller)) return err(missingGrant(session.caller))
      const refused = (await early?.(world, session)) ?? null
      if (refused !== null) return err(refused)
      const parsed = parseWith(described.input, input)
      if (!parsed.ok)
        return err(
          refuse("INPUT_INVALID", { contract: ref, count: parsed.error.length }, { issues: parsed.error }),
        )
      if (described.method === "GET") return await act(world, session, parsed.value)
      return await world.governing(session.caller.tenant, async ({ directory }) => {
        // The call may have waited for its turn. If its session ended, or its caller was disabled or lost a role, that counts.
        const current = await sessionNow(directory, session, described.who, world.clock.now())
        if (current === null) return err(refuse("UNAUTHENTICATED", {}))
        if (!isAmong(described.who, current.caller)) return err(missingGrant(current.caller))
        return await act({ ...world, directory }, current, parsed.value)
      })
    },
  }
}

/** True for owners and administrators of their tenant. They are people: the role gives an agent or service nothing here. */
export const administrates = ({ kind, roles }: Pick<Caller, "kind" | "roles">): boolean =>
  kind === "human" && roles.some((role) => role === "owner" || role === "admin")

/** The session at the time of its change's turn; null when it has ended, or when its caller is disabled. */
async function sessionNow(
  directory: Pick<Directory, "principal" | "tokens">,
  session: Session,
  who: WhoMay,
  now: Time,
): Promise<Session | null> {
  const { caller } = session
  const principal = await directory.principal(caller.tenant, caller.principal)
  if (principal?.enabled !== true) return null
  const current = { ...session, caller: { ...caller, roles: principal.roles } }
  // The operation itself answers and records that a sign-in was used or has ended.
  if (who === "signIn") return current
  const row = (await directory.tokens(caller.tenant)).find((token) => token.session === caller.session)
  if (row?.principal !== caller.principal) return null
  return row.use === "session" && row.revokedAt === null && row.expiresAt > now ? current : null
}

const governance = CapabilityName.parse("control-plane.governance")
/** The refusal of a caller without permission. */
export const missingGrant = (caller: Caller): Refusal =>
  refuse("GRANT_MISSING", { principal: caller.principal, capability: governance })

function isAmong(who: WhoMay, caller: Caller): boolean {
  switch (who) {
    case "anyone":
    // The door admits only a sign-in to such a row, and no sign-in to any other.
    case "signIn":
      return true
    case "humans":
      return caller.kind === "human"
    case "administrators":
      return administrates(caller)
  }
}
