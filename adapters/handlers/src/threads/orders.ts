// The messages between a process and its threads of pure handlers.
// Owns: these shapes. Does not own: checking them, because this program is at both ends.

import type { HandlerAnswer, HandlerCall } from "@counterfoil/contracts/ports"

/** One call: the module whose `handler` runs it, the contract of that handler, and the handler's arguments. */
export interface Order {
  readonly module: string
  readonly contract: string
  readonly call: Omit<HandlerCall, "signal">
}

/** `began`: the module is loaded and the handler is called next; processor time of the thread so far, in microseconds. */
export type Report =
  | { readonly kind: "began"; readonly cpuMicros: number }
  | { readonly kind: "answered"; readonly answer: HandlerAnswer }

/** Processor time as Node counts it, in microseconds. */
export const microsOf = ({ user, system }: NodeJS.CpuUsage): number => user + system
