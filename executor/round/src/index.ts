// The way into `executor/round/src`.

export { advance, executorAttribution } from "./advance.ts"
export type { Answered } from "./advance.ts"
export { consumeApproved } from "./consume-approved.ts"
export { leaseSeconds } from "./lease.ts"
export type { Given } from "./lease.ts"
export { makePermits } from "./permits.ts"
export { settle } from "./settle.ts"
export type { Settled } from "./settle.ts"
export { beginTransition } from "./transition.ts"
export type { Transition } from "./transition.ts"
export { chainNow } from "./world.ts"
export type { WorkerEvent, World } from "./world.ts"
