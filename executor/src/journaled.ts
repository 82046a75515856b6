// The proof that a dispatch was journaled: without it no handler can be called (INV-01).
// Owns: minting after a commit, the check at run time, and that what comes back is an answer. Does not own: the commit.

import { assertNever, invariant, type IdempotencyKey, type Json } from "@counterfoil/contracts"
import type { Handler, HandlerAnswer, HandlerCall, ProbeAnswer } from "@counterfoil/contracts/ports"
import { writableJson, writableText } from "./writable-json.ts"

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

/** Calls a handler for a journaled dispatch. Whatever it throws, or answers that is no answer, is `unknown`: it may have happened. */
export async function callHandler(
  proof: Journaled,
  handler: Handler,
  call: HandlerCall,
): Promise<HandlerAnswer> {
  check(proof, call)
  try {
    return readAnswer(await handler.run(call))
  } catch {
    return { kind: "unknown", reason: "the handler threw" }
  }
}

/** Asks a handler's probe about a journaled dispatch. Whatever it throws, or answers that is no answer, is `cannotTell`. */
export async function callProbe(proof: Journaled, handler: Handler, call: HandlerCall): Promise<ProbeAnswer> {
  check(proof, call)
  if (handler.probe === undefined) return { kind: "cannotTell", reason: "the handler has no probe" }
  try {
    return readProbe(await handler.probe(call))
  } catch {
    return { kind: "cannotTell", reason: "the probe threw" }
  }
}

/** An answer that can be written. Throws for what is none. */
function readAnswer(answer: HandlerAnswer): HandlerAnswer {
  switch (answer.kind) {
    case "succeeded":
      return { ...answer, ...readOutput(answer) }
    case "rejected":
      return { ...answer, code: writableText(answer.code, codeCharsMax) }
    case "notSent":
    case "unknown":
      return answer
    default:
      return assertNever(answer)
  }
}

function readProbe(answer: ProbeAnswer): ProbeAnswer {
  switch (answer.kind) {
    case "found":
      return { ...answer, ...readOutput(answer) }
    case "notFound":
    case "cannotTell":
      return answer
    default:
      return assertNever(answer)
  }
}

/** What the trace has room for. */
const codeCharsMax = 100
const refCharsMax = 200

const readOutput = ({ output, providerRef }: Output): Output => ({
  output: writableJson(output),
  ...(providerRef === undefined ? {} : { providerRef: writableText(providerRef, refCharsMax) }),
})

interface Output {
  readonly output: Json
  readonly providerRef?: string
}

function check(proof: Journaled, call: HandlerCall): void {
  invariant(minted.has(proof) && proof.idempotencyKey === call.idempotencyKey, "INV-01", {
    stepId: call.stepId,
    attempt: call.attempt,
  })
}
