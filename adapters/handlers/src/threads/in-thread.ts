// A pure handler whose code runs in a thread: the executor calls the handler here, and the thread loads the module with the code.
// Owns: the handler in this thread, and recognising one. Does not own: threads (pure-threads.ts), any contract.

import type { Callable } from "@counterfoil/contracts"
import type { Handler } from "@counterfoil/contracts/ports"
import type { BuiltInHandler, Ending } from "../built-in.ts"
import type { PureThreads } from "./pure-threads.ts"

const made = new WeakSet<Handler>()

/**
 * The handler of `contract`. `module` is the address of the module that exports it under the name `handler`; `endings` are the
 * declared endings of a built-in one.
 */
export function inThread(
  contract: Callable,
  module: URL,
  threads: PureThreads,
  endings?: readonly Ending[],
): Handler {
  const handler: Handler | BuiltInHandler = {
    contract,
    ...(endings === undefined ? {} : { endings }),
    run: ({ signal, ...call }) => threads.run({ module: module.href, contract: contract.ref, call }, signal),
  }
  made.add(handler)
  return handler
}

/** Whether a handler's code runs in a thread. */
export const runsInThread = (handler: Handler): boolean => made.has(handler)
