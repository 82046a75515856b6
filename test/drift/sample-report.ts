// A report with everything that a report can hold, and text in it that tries to be more than text.
// Owns: the sample. Does not own: any format.

import type { DriftReport, ReportedFinding } from "@counterfoil/cli"
import { ApprovalId, ExecutionId } from "@counterfoil/contracts"

/** Text of a contract that would end a cell, a command, an element or a line, mention people, or hide something. */
export const hostile =
  'a|b `c` <img src=x onerror=y> & "q" ]]> %0A::error::forged\n::error::next @ana #1 https://evil.example/\u001b[2J\u202e'

const finding = (fields: Partial<ReportedFinding>): ReportedFinding => ({
  rule: "C014",
  class: "breaking",
  contract: "payments.refund@1",
  at: "/output/id",
  before: "text",
  message: "payments.refund@1 /output/id: the field was removed (text → –)",
  affected: "readers of its output or events",
  fix: "Keep what was, or define the new form under a new major beside the old one.",
  file: "contracts.lock.json",
  line: 12,
  ...fields,
})

/** Findings of every class, one of them acknowledged and one hostile, the worst first. */
export const drifted: DriftReport = {
  checked: true,
  result: "findings",
  baseline: "origin/main (a1b2c3d4e5f6)",
  failOn: "risky",
  parts: {
    contracts: { result: "findings" },
    generated: { result: "clean" },
    policy: { result: "clean" },
    live: { result: "notAsked" },
  },
  notChecked: [],
  findings: [
    finding({}),
    finding({ at: "/input/x", message: hostile, contract: "payments.pay@1", line: 80 }),
    finding({
      rule: "C031",
      class: "risky",
      at: "/floor",
      message: "payments.refund@1 /floor: the tier floor was lowered",
    }),
    finding({
      rule: "C032",
      class: "risky",
      at: "/floor",
      message: "payments.pay@1 /floor: the tier floor was raised",
      contract: "payments.pay@1",
      acknowledgedUntil: "2027-01-31",
    }),
    finding({
      rule: "C002",
      class: "safe",
      contract: "payments.new@1",
      at: "",
      message: "payments.new@1: the contract was added",
      fix: "Nothing.",
    }),
  ],
  summary: { breaking: 2, risky: 1, safe: 1, acknowledged: 1, notChecked: 0 },
}

const approvalId = ApprovalId.parse("apr_01kaz3v8g0e8r4n2t6w0y3b5d1")
const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d1")
const endedId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d2")
const nothing = { count: 0, first: [] }

/** The same with a look at the work in a store. */
export const live: DriftReport = {
  ...drifted,
  parts: { ...drifted.parts, live: { result: "clean" } },
  live: {
    days: 30,
    looked: { open: 2, ended: 6, replayed: 6, erased: 1, unreadable: 0, cut: false },
    approvals: {
      count: 1,
      first: [{ contract: "payments.refund@1", approvalId, executionId }],
    },
    executions: {
      count: 1,
      first: [{ contract: "payments.refund@1", executionId, status: "waiting" }],
    },
    inDoubt: nothing,
    traces: { count: 1, first: [{ contract: "payments.refund@1", executionId: endedId, because: hostile }] },
    recorded: nothing,
    users: nothing,
  },
}

/** A check that could not read its baseline, nor one place of a contract. */
export const unchecked: DriftReport = {
  ...drifted,
  checked: false,
  result: "notChecked",
  findings: [],
  parts: {
    ...drifted.parts,
    contracts: { result: "notChecked", why: hostile },
    policy: { result: "notChecked", why: hostile },
  },
  notChecked: [
    { part: "contracts", why: hostile },
    { part: "policy", why: hostile },
    {
      part: "contracts",
      contract: "payments.refund@1",
      at: "/input/x",
      why: "Its schema uses keywords that cannot be compared.",
    },
  ],
  summary: { breaking: 0, risky: 0, safe: 0, acknowledged: 0, notChecked: 3 },
}

/** Nothing changed. */
export const clean: DriftReport = {
  ...drifted,
  result: "clean",
  parts: { ...drifted.parts, contracts: { result: "clean" } },
  findings: [],
  summary: { breaking: 0, risky: 0, safe: 0, acknowledged: 0, notChecked: 0 },
}

/** More findings than any host shows. */
export const many: DriftReport = {
  ...drifted,
  findings: Array.from({ length: 6_000 }, (_, index) =>
    finding({
      contract: `payments.c${index}@1`,
      class: index < 3 ? "breaking" : "risky",
      rule: index < 3 ? "C014" : "C031",
      line: index + 1,
    }),
  ),
  summary: { breaking: 3, risky: 5_997, safe: 0, acknowledged: 0, notChecked: 0 },
}
