// Whether an intent may name a callback.
// Owns: that one question, and its refusal. Does not own: what is registered (handler-config.ts), sending.
// Keeps INV-10: a callback of another tenant gives the same answer as one that does not exist.

import {
  intentSubmit,
  refuse,
  type CallbackId,
  type PrincipalId,
  type Refusal,
  type TenantId,
} from "@counterfoil/contracts"
import type { Caller } from "./caller.ts"

/** Registered callbacks by name: whose they are, and which principals may name them (all of the tenant where that is left out). */
export type NamedCallbacks = Readonly<
  Record<string, { readonly tenant: TenantId; readonly principals?: readonly PrincipalId[] | undefined }>
>

/** Null when this caller may name it. Unknown, foreign and not permitted are one answer. */
export function callbackRefusal(
  registered: NamedCallbacks,
  { tenant, principal }: Pick<Caller, "tenant" | "principal">,
  callbackId: CallbackId | undefined,
): Refusal | null {
  if (callbackId === undefined) return null
  const found = Object.hasOwn(registered, callbackId) ? registered[callbackId] : undefined
  if (found?.tenant === tenant && (found.principals?.includes(principal) ?? true)) return null
  return refuse(
    "INPUT_INVALID",
    { contract: intentSubmit.ref, count: 1 },
    { issues: [{ at: "/callbackId", code: "value", message: "No such callback is registered for you." }] },
  )
}
