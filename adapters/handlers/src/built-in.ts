// A built-in handler: code bound to its contract, which declares every way in which a call of it can end without success.
// Owns: the declaration, and that the compiler holds the code to it. Does not own: what an ending means for a step (executor).
// A test produces every declared ending with a real peer, so it fails for a declared ending that cannot occur.

import type { Command, Query } from "@counterfoil/contracts"
import {
  type Handler,
  type HandlerAnswer,
  implement,
  type RunAnswer,
  type Probe,
  type Run,
} from "@counterfoil/contracts/ports"

/**
 * How a call can end without success: a code with which it is refused (`HTTP_*`: with a code that begins so), `notSent` or
 * `unknown`. Endings that all handlers share are left out: an input that does not fit its contract, an aborted attempt, and the limits
 * of the thread that runs a pure handler.
 */
export type Ending = Code | "notSent" | "unknown"
type Code = Uppercase<string>

/** A handler with the endings that it declares. */
export interface BuiltInHandler extends Handler {
  readonly endings: readonly Ending[]
}

/** Whether a handler declares its endings. */
export const declaresEndings = (handler: Handler): handler is BuiltInHandler => "endings" in handler

/** Binds code to its contract. The code ends in no other way than it declares. */
export const builtIn = <I, O, const E extends Ending, A extends RunAnswer<O> & Ends<O, NoInfer<E>>>(
  contract: Command<I, O> | Query<I, O>,
  endings: readonly E[],
  run: (...call: Parameters<Run<I, O>>) => Promise<A>,
  probe?: Probe<I, O>,
): BuiltInHandler => ({ ...implement<I, O>(contract, run, probe), endings })

type Ends<O, E> = Extract<RunAnswer<O>, { readonly kind: "succeeded" }> | EndOf<E>
type EndOf<E> = E extends "notSent" | "unknown"
  ? Extract<HandlerAnswer, { readonly kind: E }>
  : { readonly kind: "rejected"; readonly code: CodeOf<E>; readonly message: string }
type CodeOf<E> = E extends `${infer Begin}*` ? `${Begin}${string}` : E
