// The acknowledgements that a person writes for the findings of a check.
// Owns: which findings one may be written for, and why not. Does not own: the check, nor the file (adapters).
// Only what the check found can be acknowledged, so that no one writes a digest that no one has seen.

import { err, ok, type Result } from "../result.ts"
import { dayAfter } from "./acknowledge.ts"
import { isAcknowledgeable } from "./check-parts.ts"
import type { Finding } from "./finding.ts"
import { acknowledgedDaysMax, Acknowledgement, type ContractLock } from "./lock.ts"
import { isRuleId } from "./rules.ts"

/** How long an acknowledgement counts when no day is given. */
export const acknowledgedDaysDefault = 30

/** What a person says. `expires` is the last day, such as `2027-01-31`; null is the default. */
export interface Said {
  readonly rule: string
  readonly contract: string
  readonly reason: string
  readonly owner: string
  readonly expires: string | null
  /** The day on which it is said. */
  readonly today: string
}

/** A finding as a report has it: a digest that is not there is left out. */
type Found = Pick<Finding, "class" | "contract"> & {
  readonly rule: string
  readonly from?: string
  readonly to?: string
}

/** One acknowledgement for each pair of digests that the rule was found with, or one sentence that says why there is none. */
export function acknowledgementsFor(
  said: Said,
  findings: readonly Found[],
): Result<readonly Acknowledgement[], string> {
  const { rule, contract, today } = said
  if (!isRuleId(rule)) return err(`${rule} is not a rule of drift.`)
  if (!isAcknowledgeable(rule)) return err(`A ${rule} is not acknowledged: it is mended.`)
  const expires = said.expires ?? dayAfter(today, acknowledgedDaysDefault)
  const last = dayAfter(today, acknowledgedDaysMax)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(expires) || expires < today || expires > last)
    return err(`It counts until a day from ${today} to ${last}, and ${expires} is not one of them.`)
  const about = findings.filter((one) => one.rule === rule && one.contract === contract)
  if (about.length === 0) return err(`The check found no ${rule} of ${contract}.`)
  const risky = about.filter((one) => one.class === "risky")
  if (risky.length > 0) return parsed(said, expires, risky)
  return about.some((one) => one.class === "breaking")
    ? err(`${rule} of ${contract} is breaking, and no acknowledgement covers that: it needs a new major.`)
    : err(`${rule} of ${contract} is safe and needs none.`)
}

function parsed(
  { rule, contract, reason, owner }: Said,
  expires: string,
  about: readonly Found[],
): Result<readonly Acknowledgement[], string> {
  const words: Acknowledgement[] = []
  for (const { from = null, to = null } of about) {
    const read = Acknowledgement.safeParse({ rule, contract, from, to, reason, owner, expires })
    if (!read.success) {
      const [first] = read.error.issues
      return err(`--${first?.path.join(".") ?? ""} is not as it has to be: ${first?.message ?? ""}.`)
    }
    if (!words.some((one) => sameChange(one, read.data))) words.push(read.data)
  }
  return ok(words)
}

const sameChange = (a: Acknowledgement, b: Acknowledgement): boolean =>
  a.rule === b.rule && a.contract === b.contract && a.from === b.from && a.to === b.to

/** A lock with these acknowledgements; one of the same change is replaced. Its digest covers none of them. */
export const withAcknowledged = (lock: ContractLock, words: readonly Acknowledgement[]): ContractLock => ({
  ...lock,
  acknowledged: [
    ...lock.acknowledged.filter((one) => !words.some((word) => sameChange(one, word))),
    ...words,
  ],
})
