// The proof that a dispatch was journaled: without it no handler can be called (INV-01).
// Owns: minting after a commit, and the check at run time. Does not own: the commit.

import { invariant, type IdempotencyKey } from "@counterfoil/contracts"
import type { Handler, HandlerAnswer, HandlerCall, ProbeAnswer } from "@counterfoil/contracts/ports"

declare const journaled: unique symbol

/** Stands for one committed `step.started`. Only `journaledBy` makes one. */
export interface Journaled {
  readonly idempotencyKey: IdempotencyKey
  readonly [journaled]: true
}

const minted = new WeakSet<object>()

/** The proof for a `step.started` whose append was answered as durable. */
export function journaledBy(started: { readonly idempotencyKey: IdempotencyKey }): Journaled {
  // The brand exists in types alone; the set below is what is checked.
  const proof = Object.freeze({ idempotencyKey: started.idempotencyKey }) as Journaled
  minted.add(proof)
  return proof
}

/** Calls a handler for a journaled dispatch. Whatever it throws is `unknown`: it may have happened. */
export async function callHandler(
  proof: Journaled,
  handler: Handler,
  call: HandlerCall,
): Promise<HandlerAnswer> {
  check(proof, call)
  try {
    return await handler.run(call)
  } catch {
    return { kind: "unknown", reason: "the handler threw" }
  }
}

/** Asks a handler's probe about a journaled dispatch. Whatever it throws is `cannotTell`. */
export async function callProbe(proof: Journaled, handler: Handler, call: HandlerCall): Promise<ProbeAnswer> {
  check(proof, call)
  if (handler.probe === undefined) return { kind: "cannotTell", reason: "the handler has no probe" }
  try {
    return await handler.probe(call)
  } catch {
    return { kind: "cannotTell", reason: "the probe threw" }
  }
}

function check(proof: Journaled, call: HandlerCall): void {
  invariant(minted.has(proof) && proof.idempotencyKey === call.idempotencyKey, "INV-01", {
    stepId: call.stepId,
    attempt: call.attempt,
  })
}
