// A person's word for a risky change: what it covers, for how long, and what it never covers.

import { compareLocks, type Acknowledgement, type ContractLock } from "@counterfoil/contracts/drift"
import { describe, expect, test } from "vitest"
import { changed, command, lockOfDocuments } from "./corpus/lock-of.ts"

const today = "2026-11-21"
const before = lockOfDocuments([command])
const lowered = [changed(command, { version: "1.5.0", floor: "low" })]
const refund = "payments.refund@1"

const word = (fields: Partial<Acknowledgement> = {}): Acknowledgement => ({
  rule: "C031",
  contract: refund,
  from: before.contracts[refund]?.digest ?? null,
  to: lockOfDocuments(lowered).contracts[refund]?.digest ?? null,
  reason: "small refunds need no approval any more",
  owner: "payments",
  expires: "2027-01-31",
  ...fields,
})

function found(after: ContractLock, baseline = before): readonly string[] {
  return compareLocks({ before: baseline, after, today })
    .findings.map(
      ({ rule, class: grave, acknowledgedUntil }) =>
        `${rule} ${grave}${acknowledgedUntil === undefined ? "" : ` until ${acknowledgedUntil}`}`,
    )
    .toSorted()
}
const acknowledging = (...words: readonly Acknowledgement[]) => lockOfDocuments(lowered, words)

describe("an acknowledgement", () => {
  test("covers the risky change that it names, until its day", () => {
    expect(found(acknowledging(word()))).toEqual(["C031 risky until 2027-01-31"])
    expect(found(acknowledging(word({ expires: today })))).toEqual([`C031 risky until ${today}`])
  })

  test("covers nothing once it has expired, and is then a finding itself", () => {
    expect(found(acknowledging(word({ expires: "2026-11-20" })))).toEqual(["C031 risky", "C096 risky"])
  })

  test("reaches 90 days ahead and no further", () => {
    expect(found(acknowledging(word({ expires: "2027-02-19" })))).toEqual(["C031 risky until 2027-02-19"])
    expect(found(acknowledging(word({ expires: "2027-02-20" })))).toEqual(["C031 risky", "C096 risky"])
  })

  test.each([
    ["another rule", { rule: "C032" }],
    ["another contract", { contract: "payments.pay@1" }],
    ["another digest before", { from: null }],
    ["another digest after", { to: null }],
  ] as const)("for %s covers nothing, and fits no change", (_says, fields) => {
    expect(found(acknowledging(word(fields)))).toEqual(["C031 risky", "C097 risky"])
  })

  test("never covers a breaking change", () => {
    const broken = [changed(command, { version: "1.5.0", effect: "natural", window: null })]
    const said = word({ rule: "C030", to: lockOfDocuments(broken).contracts[refund]?.digest ?? null })
    expect(found(lockOfDocuments(broken, [said]))).toEqual(["C030 breaking", "C097 risky"])
  })

  test("that the baseline holds already was judged then, and is silent now", () => {
    const merged = acknowledging(word())
    expect(found(merged, merged)).toEqual([])
  })

  test("does not change the digest of a lock, so that a person can write one", () => {
    expect(acknowledging(word()).digest).toBe(acknowledging().digest)
  })
})
