// The parts of a drift check: what is compared with what. Each ends for itself, as clean, with findings, or not checked.
// Owns: the list, and to which part a rule belongs. Does not own: running a part (adapters).

import { isRuleId } from "./rules.ts"

/** Contracts against the baseline; what is made from them; the policy that judges them; the work in a store. */
export const checkParts = ["contracts", "generated", "policy", "live"] as const
export type CheckPart = (typeof checkParts)[number]

const others: { readonly [rule: string]: CheckPart } = {
  C080: "generated",
  C086: "policy",
  C087: "policy",
  C088: "policy",
  C090: "live",
  C091: "live",
  C092: "live",
  C093: "live",
  C094: "live",
  C098: "live",
}

/** The part whose check finds what a rule says. */
export const partOfRule = (rule: string): CheckPart => others[rule] ?? "contracts"

/** Made anew instead (C080), or about an acknowledgement itself (C096, C097). */
const neverAcknowledged: ReadonlySet<string> = new Set(["C080", "C096", "C097"])

/** True for a rule whose risky findings a person may acknowledge. */
export const isAcknowledgeable = (rule: string): boolean => isRuleId(rule) && !neverAcknowledged.has(rule)
