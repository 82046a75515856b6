// The seam between a contract and its code: input parsed, an aborted call answered.
// Owns: what every handler does alike, and the small constructors of answers. Does not own: any effect.
// Keeps INV-03: an outcome that is not surely "it happened", "no" or "nothing was sent" is returned as unknown.

import { parseInput } from "../define/parse-input.ts"
import type { Command, Query } from "../define/contract.ts"
import type { Immutable } from "../primitives.ts"
import type { Json } from "../json/json.ts"
import type { Handler, HandlerAnswer, HandlerCall, ProbeAnswer } from "./handler.ts"

/** What the code of one contract does with an input that was parsed. */
export type Run<I, O> = (input: Immutable<I>, call: HandlerCall) => Promise<RunAnswer<O>>
/** How a probeable contract finds out whether the key of a call took effect. It only reads. */
export type Probe<I, O> = (input: Immutable<I>, call: HandlerCall) => Promise<Found<O>>

/** A handler's answer whose output has the contract's type. */
export type RunAnswer<O> =
  | { readonly kind: "succeeded"; readonly output: Immutable<O>; readonly providerRef?: string }
  | Exclude<HandlerAnswer, { readonly kind: "succeeded" }>
/** A probe's answer whose output has the contract's type. */
export type Found<O> =
  | { readonly kind: "found"; readonly output: Immutable<O>; readonly providerRef?: string }
  | Exclude<ProbeAnswer, { readonly kind: "found" }>

/** It happened. */
export const succeeded = <O>(output: O) => ({ kind: "succeeded", output }) as const
/** The other side said no and did nothing. `code` is a constant in SCREAMING_CASE; `message` holds no value from outside. */
export const rejected = <const C extends string>(code: C, message: string) =>
  ({ kind: "rejected", code, message }) as const
/** Certainly nothing was sent. */
export const notSent = (reason: string) => ({ kind: "notSent", reason }) as const
/** It may have happened. `code` is the provider's own. */
export const unknown = (reason: string, code?: string) =>
  ({ kind: "unknown", reason, ...(code === undefined ? {} : { code }) }) as const

/** Binds code to its contract; `probe` is there exactly when the contract is probeable. */
export function implement<I, O>(
  contract: Command<I, O> | Query<I, O>,
  run: Run<I, O>,
  probe?: Probe<I, O>,
): Handler {
  const parsed = (call: HandlerCall) => inputOf(contract, call.input)
  const handler = {
    contract,
    run: (call: HandlerCall): Promise<HandlerAnswer> =>
      guarded<HandlerAnswer>(call, unknown, async () => {
        const input = parsed(call)
        return input === undefined
          ? rejected("INPUT_INVALID", "The input does not match the contract.")
          : asJson(await run(input, call))
      }),
  }
  if (probe === undefined) return handler
  return {
    ...handler,
    probe: (call) =>
      guarded<ProbeAnswer>(call, cannotTell, async () => {
        const input = parsed(call)
        return input === undefined
          ? cannotTell("the input does not match the contract")
          : asJson(await probe(input, call))
      }),
  }
}

/** A probe that found out nothing. */
export const cannotTell = (reason: string) => ({ kind: "cannotTell", reason }) as const

/**
 * Runs `act` unless the call is aborted. After an abort only "it happened" is believed: a "no" may be the abort's own doing.
 * An error of `act` before an abort is rethrown: the executor records it without the secrets of its process, which are not known here.
 */
async function guarded<A extends { readonly kind: string }>(
  call: HandlerCall,
  unsure: (reason: string) => A,
  act: () => Promise<A>,
): Promise<A> {
  const aborted = () => unsure("the attempt was aborted")
  if (call.signal.aborted) return aborted()
  try {
    const answer = await act()
    return call.signal.aborted && answer.kind !== "succeeded" && answer.kind !== "found" ? aborted() : answer
  } catch (error) {
    if (call.signal.aborted) return aborted()
    throw error
  }
}

function inputOf<I, O>(contract: Command<I, O> | Query<I, O>, input: Json): Immutable<I> | undefined {
  const parsed = parseInput(contract, input)
  // What the contract's schema let through has the type that the schema has.
  return parsed.ok ? (parsed.value as Immutable<I>) : undefined
}

/** The same answer, known to be JSON: contracts are JSON only, which `defineCommand` checks. */
function asJson<A extends { readonly kind: string }>(answer: A) {
  return answer as A extends { readonly output: unknown } ? Omit<A, "output"> & { readonly output: Json } : A
}
