import {
  ApprovalItem,
  ExecutionView,
  Submitted,
  parseWith,
  problem,
  type Immutable,
  Digest,
} from "@counterfoil/contracts"
import stringWidth from "string-width"
import { describe, expect, test } from "vitest"
import type { z } from "zod"
import { AnsweredProblem, CliError } from "../cli-error.ts"
import { errorText } from "../report-error.ts"
import { verifyBundle } from "@counterfoil/verifier"
import { eventText } from "./events.ts"
import { executionText, executionsText, submittedText } from "./executions.ts"
import type { Page } from "./page.ts"
import { approvalText, queueText, resultsText } from "./queue.ts"
import { verificationText } from "./verification.ts"

const id = (prefix: string, last = "7") => `${prefix}_01kaz3v8g0e8r4n2t6w0y3b5d${last}`
const digest = (digit: string) => `sha256:${digit.repeat(64)}`
const [asked, until] = ["2026-03-02T09:58:00.000Z", "2026-03-02T10:40:00.000Z"]
const head = { seq: 12, hash: digest("a") }
const pin = { ref: "payments.refund@1", version: "1.0.0", digest: digest("c") }
const terminal: Page = {
  format: "human",
  terminal: true,
  width: 80,
  colour: false,
  now: Date.parse("2026-03-02T10:00:00.000Z"),
  fields: [],
}
const pipe: Page = { ...terminal, terminal: false }

const approval = read(ApprovalItem, {
  approvalId: id("apr"),
  approvalDigest: digest("7"),
  planDigest: digest("1"),
  inputDigest: digest("2"),
  previewDigest: digest("3"),
  executionId: id("exe"),
  stepId: id("stp"),
  stepKey: "refund",
  contract: pin,
  effect: "keyed",
  irreversible: true,
  tier: "high",
  status: "open",
  requester: id("agt"),
  onBehalfOf: id("hum"),
  requestedAt: asked,
  expiresAt: until,
  fallback: "reject",
  level: 0,
  bulkKey: digest("4"),
  canReview: { allowed: false, because: "agents and services never approve" },
  obligations: {
    quorum: [{ role: "finance", count: 2 }],
    assurance: "key",
    timeouts: ["PT1H"],
    onTimeout: "reject",
    escalateTo: [],
    grace: "PT0S",
    bulk: false,
    exclude: [],
  },
  quorum: {
    needed: [{ role: "finance", count: 2 }],
    met: [{ role: "finance", human: id("hum") }],
    missing: [{ role: "finance", count: 1 }],
  },
  reasons: [{ ruleId: "tenant.refund-review", text: "amount 4200 > 1000" }],
  preview: [
    { label: "Charge", value: "ch_81" },
    { label: "Note", value: "urgent\u001b[2J\u202e" },
  ],
})
const submitted = read(Submitted, {
  executionId: id("exe"),
  intentId: id("int"),
  status: "waiting",
  version: 12,
  duplicate: true,
  receivedAt: asked,
  stepCount: 4,
  tier: "high",
  requiresApproval: true,
  url: "https://control.test/v1/executions/exe",
  held: [
    {
      approvalId: id("apr"),
      stepId: id("stp"),
      key: "refund",
      contract: "payments.refund@1",
      tier: "high",
      needed: [{ role: "finance", count: 2 }],
      answered: 0,
      expiresAt: until,
    },
  ],
  head,
})
const counts = { total: 4, completed: 1, failed: 0, blocked: 0, skipped: 0, undone: 0, inDoubt: 1, open: 2 }
const view = read(ExecutionView, {
  executionId: id("exe"),
  intentId: id("int"),
  environment: "test",
  requester: id("agt"),
  channel: "http",
  contract: "support.refund@1",
  status: "inDoubt",
  waitingFor: [],
  version: 12,
  head,
  requiresApproval: true,
  labels: [],
  createdAt: asked,
  updatedAt: asked,
  stepCounts: counts,
  pendingApprovals: 0,
  inDoubt: 1,
  url: "https://control.test/v1/executions/exe",
  held: [],
  tree: "exe  support.refund@1  inDoubt\n└─ refund  payments.refund@1  inDoubt  unsafe, 1 attempt",
})
const item = {
  executionId: view.executionId,
  status: "inDoubt" as const,
  waitingFor: [],
  contract: approval.contract.ref,
  requester: view.requester,
  channel: "http" as const,
  stepCounts: view.stepCounts,
  pendingApprovals: 0,
  inDoubt: 1,
  createdAt: view.createdAt,
  updatedAt: view.updatedAt,
}

const names = new Map([[String(approval.requester), "support-agent"]])

describe("a list in a terminal", () => {
  const many = Array.from({ length: 22 }, (_, at) => ({
    ...approval,
    approvalId: read(
      ApprovalItem.shape.approvalId,
      `apr_01kaz3v8g0${at.toString().padStart(2, "0")}bbbbcc2t6w0y3b`,
    ),
    contract: {
      ...approval.contract,
      ref: read(ApprovalItem.shape.contract.shape.ref, "payments.marketplace.refund.create@1"),
    },
    preview: [{ label: "Charge", value: `ch_${at} 退款 of a customer with a long name` }],
  }))
  const width = (line: string) => stringWidth(line)

  test("has one row per request, within 80 columns, each with what it acts on", () => {
    const lines = queueText({ items: many }, terminal, names).split("\n")
    expect(lines).toHaveLength(many.length + 1)
    expect(lines.filter((line) => width(line) > 80)).toEqual([])
    expect(new Set(lines).size).toBe(lines.length)
    lines.slice(1).forEach((line, at) => {
      expect(line).toContain(`ch_${at} `)
      expect(line).toMatch(/ 2m +40m$/)
    })
  })

  test("of executions stays within 80 columns too, also without names and subjects", () => {
    const items = [
      item,
      { ...item, subject: "x".repeat(120), contract: many[0]?.contract.ref ?? item.contract },
    ]
    for (const known of [names, new Map<string, string>()]) {
      const lines = executionsText({ items }, terminal, known).split("\n")
      expect(lines.filter((line) => width(line) > 80)).toEqual([])
    }
  })

  test("escapes names and subjects", () => {
    const text = executionsText(
      { items: [{ ...item, subject: "a\u001b[2Jb" }] },
      terminal,
      new Map([[String(item.requester), "a\u202eb"]]),
    )
    expect(text).not.toMatch(/[\u001b\u202e]/)
  })
})

describe("what people read", () => {
  test("executions, the queue, reviews, events and errors read as the golden text says", () => {
    const stale = problem(
      "DIGEST_STALE",
      { what: "Approval", read: Digest.parse(digest("1")), now: Digest.parse(digest("2")) },
      { traceId: "req_1" },
    )
    const parts = [
      ["submit", submittedText(submitted, terminal)],
      [
        "submit, in a pipe",
        submittedText(
          { ...submitted, duplicate: false, held: [], status: "completed", output: { refund: "re_9" } },
          pipe,
        ),
      ],
      ["exec list", executionsText({ items: [item] }, terminal)],
      [
        "exec list, with subjects and names",
        executionsText({ items: [{ ...item, subject: "demo, 1.4.0" }] }, terminal, names),
      ],
      ["exec show", executionText(view, terminal)],
      ["queue list", queueText({ items: [approval] }, terminal)],
      ["queue list, with names", queueText({ items: [approval] }, { ...terminal, width: 120 }, names)],
      ["queue list, in a pipe", queueText({ items: [approval] }, pipe, names)],
      [
        "queue list, of a void one",
        queueText(
          { items: [{ ...approval, status: "voided", voidedBecause: "policyChanged" }] },
          { ...terminal, width: 120 },
        ),
      ],
      ["queue list, of an undo", queueText({ items: [{ ...approval, role: "undo" }] }, terminal)],
      [
        "exec show, whose undo waits and whose first request is out of time",
        executionText(
          {
            ...view,
            held: submitted.held.flatMap((held) => [
              { ...held, role: "undo" as const },
              { ...held, status: "expired" as const },
            ]),
          },
          terminal,
        ),
      ],
      ["queue show", approvalText(approval, terminal)],
      ["queue show, in a pipe", approvalText(approval, pipe)],
      [
        "approve",
        resultsText(
          "approved",
          [
            ...(["paused", "ending", "deadlinePassed", "policyChanged"] as const).map((hindered) => ({
              approvalId: approval.approvalId,
              executionId: approval.executionId,
              stepId: approval.stepId,
              status: "approved" as const,
              quorum: { ...approval.quorum, missing: [] },
              hindered,
              reviewedAt: approval.requestedAt,
            })),
            {
              approvalId: approval.approvalId,
              executionId: approval.executionId,
              stepId: approval.stepId,
              status: "open",
              quorum: approval.quorum,
              reviewedAt: approval.requestedAt,
            },
          ],
          terminal,
        ),
      ],
      [
        "reject",
        resultsText(
          "rejected",
          [
            {
              approvalId: approval.approvalId,
              executionId: approval.executionId,
              stepId: approval.stepId,
              status: "rejected",
              quorum: approval.quorum,
              reviewedAt: approval.requestedAt,
            },
          ],
          terminal,
        ),
      ],
      [
        "exec watch",
        eventText(
          {
            time: asked,
            subject: id("exe"),
            type: "controlPlane.execution.step.completed",
            data: { key: "refund", secret: "kept back" },
          },
          terminal,
        ),
      ],
      [
        "bundle verify",
        verificationText(
          verifyBundle(new TextEncoder().encode("{}\n"), { keys: null, head: null, derive: null }),
          terminal,
        ),
      ],
      ["a problem of the server", errorText(terminal, new AnsweredProblem(stale))],
      [
        "an error of the program",
        errorText(
          terminal,
          new CliError("exe_01ka is not unique.", {
            code: "ID_AMBIGUOUS",
            lines: [id("exe"), id("exe", "8")],
            fix: "counterfoil exec list",
          }),
        ),
      ],
    ]
    return expect(
      `${parts.map(([title, text]) => `# ${title}\n${text}`).join("\n\n")}\n`,
    ).toMatchFileSnapshot("print.golden.txt")
  })

  test("colour only repeats words: without it the text is the same", () => {
    const escape = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g")
    const coloured = submittedText(submitted, { ...terminal, colour: true })
    expect(coloured).not.toBe(submittedText(submitted, terminal))
    expect(coloured.replaceAll(escape, "")).toBe(submittedText(submitted, terminal))
  })
})

function read<S extends z.ZodType>(schema: S, value: unknown): Immutable<z.output<S>> {
  const parsed = parseWith(schema, value)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
}
