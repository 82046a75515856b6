// The proof that a dispatch was journaled: without it no handler can be called (INV-01).
// Owns: minting after a commit, the check at run time, and checking that a handler returns an answer. Does not own: the commit.

import {
  assertNever,
  Fault,
  faultOf,
  invariant,
  withoutSecrets,
  type IdempotencyKey,
  type Json,
} from "@counterfoil/contracts"
import type { Handler, HandlerAnswer, HandlerCall, ProbeAnswer } from "@counterfoil/contracts/ports"
import { writableJson, writableText } from "./writable-json.ts"

declare const journaled: unique symbol

/** Proves one committed `step.started`. Only `journaledBy` makes one. */
export interface Journaled {
  readonly idempotencyKey: IdempotencyKey
  readonly [journaled]: true
}

const minted = new WeakSet<object>()

/** The proof for a `step.started` whose append was answered as durable. */
export function journaledBy(started: { readonly idempotencyKey: IdempotencyKey }): Journaled {
  // The brand exists only in types; the run-time check uses the set below.
  const proof = Object.freeze({ idempotencyKey: started.idempotencyKey }) as Journaled
  minted.add(proof)
  return proof
}

/** A call that was journaled: its proof, and the values of secrets that no fault may quote (INV-13). */
interface JournaledCall {
  readonly proof: Journaled
  readonly secrets: readonly string[]
  readonly call: HandlerCall
}

/**
 * Calls a handler for a journaled dispatch. If it throws, or returns something that is not an answer, the outcome is `unknown`:
 * the effect may have happened. The fault says what was thrown.
 */
export async function callHandler(
  { proof, secrets, call }: JournaledCall,
  handler: Handler,
): Promise<HandlerAnswer> {
  check(proof, call)
  try {
    return readAnswer(await handler.run(call), secrets)
  } catch (error) {
    return { kind: "unknown", reason: "the handler threw", fault: faultOf(error, secrets) }
  }
}

/** Asks a handler's probe about a journaled dispatch. If it throws, or returns something that is not an answer: `cannotTell`. */
export async function callProbe(
  { proof, secrets, call }: JournaledCall,
  handler: Handler,
): Promise<ProbeAnswer> {
  check(proof, call)
  if (handler.probe === undefined) return { kind: "cannotTell", reason: "the handler has no probe" }
  try {
    return readProbe(await handler.probe(call), secrets)
  } catch (error) {
    return { kind: "cannotTell", reason: "the probe threw", fault: faultOf(error, secrets) }
  }
}

/** An answer that can be recorded. Throws for a value that is not an answer. */
function readAnswer(answer: HandlerAnswer, secrets: readonly string[]): HandlerAnswer {
  switch (answer.kind) {
    case "succeeded":
      return { ...answer, ...readOutput(answer) }
    case "rejected":
      return { ...answer, code: writableText(answer.code, codeCharsMax) }
    case "notSent":
      return { ...answer, ...readFault(answer, secrets) }
    case "unknown":
      return {
        ...answer,
        ...(answer.code === undefined ? {} : { code: writableText(answer.code, codeCharsMax) }),
        ...readFault(answer, secrets),
      }
    default:
      return assertNever(answer)
  }
}

function readProbe(answer: ProbeAnswer, secrets: readonly string[]): ProbeAnswer {
  switch (answer.kind) {
    case "found":
      return { ...answer, ...readOutput(answer) }
    case "notFound":
      return answer
    case "cannotTell":
      return { ...answer, ...readFault(answer, secrets) }
    default:
      return assertNever(answer)
  }
}

/** Longest texts in the trace. */
const codeCharsMax = 100
const refCharsMax = 200

/** The fault of an answer without the secrets of this process. Throws for a value that is not a fault. */
const readFault = ({ fault }: { readonly fault?: Fault }, secrets: readonly string[]) =>
  fault === undefined ? {} : { fault: withoutSecrets(parsedFault(fault), secrets) }

function parsedFault(fault: Fault): Fault {
  const { code, ...rest } = Fault.parse(fault)
  return code === undefined ? rest : { ...rest, code }
}

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
