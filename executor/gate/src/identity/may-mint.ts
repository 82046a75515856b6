// Who may make a proof of identity for whom: a token, or a one-time sign-in.
// Owns: that question, for people's current roles. Does not own: when it is asked (token-operations.ts, sign-in-operations.ts).
// Keeps INV-04: only an owner makes one for owners and administrators, and no one makes one for the program itself.

import type { PrincipalId } from "@counterfoil/contracts"
import type { PrincipalRow } from "@counterfoil/contracts/ports"
import type { Caller } from "../caller.ts"
import { administrates } from "./identity-operation.ts"
import { isProgramService } from "./program-service.ts"

/** True for an owner of their tenant: a person with that role. */
export const isOwner = ({ kind, roles }: Pick<Caller, "kind" | "roles">): boolean =>
  kind === "human" && roles.some((role) => role === "owner")

/** People mint for themselves, administrators for others; only an owner mints for owners and administrators; no one mints for the program. */
export function mayMintFor(
  caller: Pick<Caller, "principal" | "kind" | "roles">,
  principal: PrincipalRow | null,
  wanted: PrincipalId,
): boolean {
  if (wanted === caller.principal) return caller.kind === "human"
  if (!administrates(caller) || (principal !== null && isProgramService(principal))) return false
  return isOwner(caller) || principal === null || !administrates(principal)
}
