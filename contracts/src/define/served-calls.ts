// What channels serve: the callables that a caller reaches by themselves, without a plan around them.
// Owns: which they are, what they answer with and whether they carry a key. Does not own: where each stands (http.ts, nats.ts).
// Governed commands are not among them: they are reached as the contract of an intent, by the one gate.

import type { z } from "zod"
import { Submitted } from "../control-plane/answers.ts"
import type { Callable } from "./contract.ts"
import type { Registry } from "./registry.ts"

/** A callable that every channel serves. */
export interface ServedCall {
  readonly contract: Callable
  /** What it answers: the contract's output, or `Submitted` for a contract that runs as an execution of its own. */
  readonly answer: z.ZodType
  /** True when the input has a `key`, which the header `Idempotency-Key` may carry. */
  readonly keyed: boolean
}

/** Every callable that is served, in the registry's order: those that name a place in HTTP. */
export function servedCalls(registry: Registry): readonly ServedCall[] {
  return registry.contracts.flatMap((contract) => {
    if ((contract.kind !== "command" && contract.kind !== "query") || contract.http === null) return []
    const gate = contract.path === "gate"
    return [
      {
        contract,
        answer: gate ? Submitted : contract.output,
        keyed: gate || Object.hasOwn(propertiesOf(contract), "key"),
      },
    ]
  })
}

function propertiesOf({ inputSchema }: Callable): object {
  const properties = inputSchema["properties"]
  return typeof properties === "object" && properties !== null ? properties : {}
}
