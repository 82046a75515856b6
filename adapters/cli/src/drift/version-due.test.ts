import { describe, expect, test } from "vitest"
import type { Finding } from "@counterfoil/contracts/drift"
import { isAtLeast, versionAfter, versionStep } from "./version-due.ts"

const finding = (rule: Finding["rule"], grave: Finding["class"]): Finding => ({
  rule,
  class: grave,
  contract: "payments.refund@1",
  at: "/input/reason",
  before: null,
  after: null,
  message: "",
  affected: "",
  fix: "",
  from: null,
  to: null,
})

describe("the version that changes require", () => {
  test.each([
    ["none", []],
    ["patch", [finding("C073", "safe"), finding("C005", "breaking")]],
    ["minor", [finding("C073", "safe"), finding("C011", "safe")]],
    ["minor", [finding("C018", "risky"), finding("C005", "breaking")]],
    ["major", [finding("C011", "safe"), finding("C012", "breaking")]],
  ] as const)("%s", (step, findings) => {
    expect(versionStep(findings)).toBe(step)
  })

  test.each([
    ["1.2.4", "none", "1.2.4"],
    ["1.2.4", "patch", "1.2.5"],
    ["1.2.4", "minor", "1.3.0"],
    ["1.2.4-beta.1", "major", "2.0.0"],
  ] as const)("from %s by %s is %s", (version, step, due) => {
    expect(versionAfter(version, step)).toBe(due)
  })

  test("versions compare as numbers", () => {
    expect(isAtLeast("1.10.0", "1.9.9")).toBe(true)
    expect(isAtLeast("1.2.0", "1.2.1")).toBe(false)
    expect(isAtLeast("1.2.0", "1.2.0")).toBe(true)
  })
})
