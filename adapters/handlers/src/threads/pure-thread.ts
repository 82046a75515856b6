// The program of a thread that runs pure handlers, one call at a time.
// Owns: loading a handler's module, reporting when a call began and what it answered. Does not own: limits (start-thread.ts).
// A thread has no environment, so a handler in it reads no secret from there (INV-13).

import { parentPort } from "node:worker_threads"
import { faultOf, invariant } from "@counterfoil/contracts"
import type { Handler, HandlerAnswer } from "@counterfoil/contracts/ports"
import { microsOf, type Order, type Report } from "./orders.ts"

const port = parentPort
invariant(port !== null, "INV-01", { inThread: false })

const report = (said: Report): void => {
  port.postMessage(said)
}

async function serve({ module, contract, call }: Order): Promise<HandlerAnswer> {
  const handler = await loaded(module, contract)
  report({ kind: "began", cpuMicros: microsOf(process.threadCpuUsage()) })
  // An abandoned attempt ends with its thread, so no call in here is ever aborted.
  return await handler.run({ ...call, signal: new AbortController().signal })
}

/** The handler that a module exports; Node keeps what was loaded. */
async function loaded(module: string, contract: string): Promise<Handler> {
  // This program registered the module and type-checks its export (in-thread.ts).
  const { handler } = (await import(module)) as { readonly handler: Handler }
  if (handler.contract.ref !== contract) throw new TypeError(`the module is not that of ${contract}`)
  return handler
}

port.on("message", (order: Order) => {
  serve(order)
    .then((answer) => {
      report({ kind: "answered", answer })
    })
    // For what the handler threw, and for an answer that cannot be sent because it holds more than data.
    .catch((error: unknown) => {
      const answer = { kind: "unknown", reason: "the handler threw", fault: faultOf(error) } as const
      report({ kind: "answered", answer })
    })
})
