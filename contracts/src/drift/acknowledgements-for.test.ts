import { describe, expect, test } from "vitest"
import type { Digest } from "../primitives.ts"
import { acknowledgementsFor, type Said } from "./acknowledgements-for.ts"

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest
const refund = "payments.refund@1"
const finding = {
  rule: "C031",
  class: "risky",
  contract: refund,
  from: digest("a"),
  to: digest("b"),
} as const
const said: Said = {
  rule: "C031",
  contract: refund,
  reason: "small refunds need no approval any more",
  owner: "payments",
  expires: null,
  today: "2026-11-21",
}
const written = (words: Partial<Said>, findings: Parameters<typeof acknowledgementsFor>[1] = [finding]) => {
  const made = acknowledgementsFor({ ...said, ...words }, findings)
  return made.ok ? made.value.map(({ from, to, expires }) => ({ from, to, expires })) : made.error
}

describe("an acknowledgement that a person writes", () => {
  test("has both digests of the finding, and counts for 30 days unless it says another day", () => {
    const [from, to] = [digest("a"), digest("b")]
    expect(written({})).toEqual([{ from, to, expires: "2026-12-21" }])
    expect(written({ expires: "2027-02-19" })).toEqual([{ from, to, expires: "2027-02-19" }])
  })

  test("is one for one pair of digests, however many places a rule was found at, and one for each pair", () => {
    const other = { ...finding, from: digest("c") }
    expect(written({}, [finding, finding])).toHaveLength(1)
    expect(written({}, [finding, other, { ...other, class: "safe", to: digest("d") }])).toHaveLength(2)
    const { from: _from, ...come } = finding
    expect(written({}, [come])).toMatchObject([{ from: null }])
  })

  test.each([
    ["an unknown rule", { rule: "C999" }, /not a rule/],
    ["what is made anew instead", { rule: "C080" }, /mended/],
    ["another acknowledgement", { rule: "C097" }, /mended/],
    ["another rule than was found", { rule: "C032" }, /found no C032/],
    ["another contract than was found", { contract: "payments.pay@1" }, /found no C031/],
    ["a day that is over", { expires: "2026-11-20" }, /until a day from 2026-11-21 to 2027-02-19/],
    ["more than 90 days", { expires: "2027-02-20" }, /until a day/],
    ["a text that is not a day", { expires: "soon" }, /until a day/],
    ["a day that no calendar has", { expires: "2026-11-31" }, /--expires/],
    ["a reason that says nothing", { reason: "ok" }, /--reason/],
  ] as const)("is not written for %s", (_says, words, why) => {
    expect(written(words)).toMatch(why)
  })

  test("is not written for what is breaking or safe", () => {
    expect(written({}, [{ ...finding, class: "breaking" }])).toMatch(/breaking/)
    expect(written({}, [{ ...finding, class: "safe" }])).toMatch(/safe/)
  })
})
