// Text that is as long as a book, or that no document may hold, in every format that has a limit or a grammar.

import { driftFormats, type DriftReport } from "@counterfoil/cli"
import { describe, expect, test } from "vitest"
import { drifted, unchecked } from "./sample-report.ts"

const long = "x|y@#`<&\u001b".repeat(12_000)
const [worst] = drifted.findings
if (worst === undefined) throw new Error("the sample has findings")
const withFindings: DriftReport = {
  ...drifted,
  findings: [
    { ...worst, message: long },
    { ...worst, message: "the second" },
  ],
}
const notChecked: DriftReport = {
  ...unchecked,
  baseline: long,
  notChecked: Array.from({ length: 30 }, (_, index) => ({ part: "contracts", why: `${index} ${long}` })),
}

describe("text without an end", () => {
  test("keeps no comment from being posted, and no finding from being seen", () => {
    for (const report of [withFindings, notChecked])
      expect(Buffer.byteLength(driftFormats.markdown(report))).toBeLessThanOrEqual(60_000)
    expect(driftFormats.markdown(withFindings)).toContain("the second")
    expect(driftFormats.markdown(notChecked)).toContain("not checked")
  })

  test("fits an annotation of the host, which drops longer ones", () => {
    for (const report of [withFindings, notChecked])
      for (const line of driftFormats.github(report).split("\n"))
        expect(Buffer.byteLength(line)).toBeLessThan(64 * 1024)
  })
})

test("what XML cannot contain is escaped: halves of characters, and code points that are not characters", () => {
  const odd = { ...drifted, findings: [{ ...worst, message: "a\uffffb\ufffec\ud800d" }] }
  expect(driftFormats.junit(odd)).toContain("a\\u{ffff}b\\u{fffe}c\\u{d800}d")
})
