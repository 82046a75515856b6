// The way into `contracts/drift`: the lock of all contracts, and what changed between two of them.

export { lockFile } from "./lock.ts"
export type { Acknowledgement, ContractLock } from "./lock.ts"
export { lockOf, lockText } from "./make-lock.ts"
export { readLock } from "./read-lock.ts"
