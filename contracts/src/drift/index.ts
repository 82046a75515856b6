// The way into `contracts/drift`: the lock of all contracts, and what changed between two of them.

export { lockFile } from "./lock.ts"
export type { Acknowledgement, ContractLock } from "./lock.ts"
export { lockOf, lockText } from "./make-lock.ts"
export { readLock } from "./read-lock.ts"
export { compareLocks } from "./compare-locks.ts"
export type { Comparison, Drift, NotChecked } from "./compare-locks.ts"
export { compareValues } from "./compare-values.ts"
export type { ValueChanges } from "./compare-values.ts"
export { Finding, ruleOf, worstFirst } from "./finding.ts"
export { isRuleId, rules } from "./rules.ts"
export type { DriftClass, Part, RuleId } from "./rules.ts"
export { staleLock } from "./stale-lock.ts"
