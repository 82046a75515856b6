import type { ExecutionId } from "@counterfoil/contracts"
import { describe, expect, test } from "vitest"
import { explainReport } from "./explain-report.ts"
import type { ReplayReport } from "./report.ts"

const identical: ReplayReport = {
  format: "counterfoil.divergence/1",
  executionId: "exe_01kaz3v8g0e8r4n2t6w0y3b5d7" as ExecutionId,
  result: "identical",
  engine: "recorded",
  checked: {
    entries: 31,
    plan: "identical",
    verdicts: "identical",
    approvals: "identical",
    state: "identical",
  },
  counts: { verdicts: 6, approvals: 2 },
  first: null,
  others: [],
  unverifiable: [],
  sideEffects: 0,
}
const divergent: ReplayReport = {
  ...identical,
  result: "divergent",
  checked: { ...identical.checked, verdicts: "divergent", state: "notReached" },
  first: {
    seq: 9,
    kind: "controlPlane.policy.decided@1",
    stepKey: "refund",
    stage: "policy",
    at: "/core/tier",
    recorded: "high",
    derived: "medium",
    because: "rule tenant.refund-review is determining, tenant.refund-cap is not",
    fix: "counterfoil policy explain exe_01kaz3v8g0e8r4n2t6w0y3b5d7 refund",
  },
  others: [{ seq: 10, at: "/tier", follows: 9 }],
}

describe("explainReport", () => {
  test("an identical replay is two lines", () => {
    expect(explainReport(identical)).toBe(
      "identical: plan, 6 verdicts, 2 approvals, 31 entries\neffects caused: 0",
    )
  })

  test("a divergence names step, field, both values and the next command", () => {
    expect(explainReport(divergent)).toBe(
      [
        "diverged at entry 9, refund: rule tenant.refund-review is determining,",
        "    tenant.refund-cap is not",
        "  controlPlane.policy.decided@1 at /core/tier",
        '  recorded  "high"',
        '  derived   "medium"',
        "  next      counterfoil policy explain exe_01kaz3v8g0e8r4n2t6w0y3b5d7 refund",
        "  1 later difference, 1 of them from earlier ones; the next at entry 10 /tier",
        "effects caused: 0",
      ].join("\n"),
    )
  })

  test("what was not derived is named, and is never called identical", () => {
    const erased = {
      ...identical,
      result: "unverifiable" as const,
      unverifiable: [
        { seq: 4, stage: "state" as const, reason: "erased" as const, what: "the payload of entry 4" },
      ],
    }
    expect(explainReport(erased)).toBe(
      "could not check: 1 derivation of plan, 6 verdicts, 2 approvals, 31 entries\n  entry 4: not derived (erased): the payload of entry 4\neffects caused: 0",
    )
  })

  test("a value of megabytes is folded line by line", () => {
    const first = divergent.first
    const lines = explainReport({
      ...divergent,
      first: first === null ? null : { ...first, recorded: "x".repeat(4_000_000) },
    }).split("\n")
    expect(lines.length).toBeGreaterThan(50_000)
    expect(lines.at(-1)).toBe("effects caused: 0")
  })

  test("no line is wider than 80 columns, and none moves a cursor", () => {
    const first = divergent.first
    const wide =
      first === null
        ? divergent
        : {
            ...divergent,
            first: { ...first, recorded: "x".repeat(300), derived: `\u001b[2J\u202e${"y ".repeat(100)}` },
          }
    const lines = explainReport(wide).split("\n")
    expect(lines.every((line) => line.length <= 80)).toBe(true)
    expect(lines.join("")).not.toMatch(/[\u001b\u202e]/)
  })
})
