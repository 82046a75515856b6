import { describe, expect, test } from "vitest"
import type { Page } from "./page.ts"
import { storyText, type StoryEntry } from "./story.ts"

const page: Page = { format: "human", terminal: false, colour: false, width: 80, now: 0, fields: [] }
const id = (prefix: string, last: string) => `${prefix}_01kaz3v8g0e8r4n2t6w0y3b5d${last}`
const entry = (seq: number, kind: string, payload: StoryEntry["payload"]): StoryEntry => ({
  seq,
  time: "2026-03-02T10:00:00.000Z",
  kind: `controlPlane.${kind}@1`,
  by: "counterfoil.executor",
  payload,
})
const requested = {
  approvalId: id("apr", "1"),
  key: "refund",
  index: 2,
  obligations: { quorum: [{ role: "finance", count: 2 }] },
  preview: [{ label: "Charge", value: "ch_81" }],
  expiresAt: "2026-03-02T11:00:00.000Z",
}
const reviewed = {
  approvalId: id("apr", "1"),
  human: id("hum", "2"),
  decision: "approve",
  method: "session",
  status: "open",
  token: { from: "person", by: id("hum", "3") },
}

describe("the story of a trace", () => {
  test("INV-06 says which rule held a step, whose token gave a review, and the step of the request that was reviewed", () => {
    const verdict = {
      core: { decision: "hold", tier: "medium", determining: ["tenant.refund"], forbids: [] },
    }
    const lines = storyText(
      [
        entry(1, "policy.decided", { key: "refund", index: 2, phase: "binding", verdict }),
        entry(2, "approval.requested", requested),
        entry(3, "approval.reviewed", reviewed),
      ],
      page,
    ).split("\n")
    expect(lines).toEqual([
      expect.stringMatching(/refund\[2\] .* binding: hold, tier medium, by tenant\.refund$/),
      expect.stringMatching(
        /refund\[2\] .* asked 2 of finance until 2026-03-02T11:00:00\.000Z: Charge ch_81$/,
      ),
      expect.stringMatching(/refund\[2\] .* said approve \(token: made by hum_\w+3\); now open$/),
    ])
  })

  test("INV-06 names the key of a signature that no one checked here, and says of no one what the system did", () => {
    const signed = {
      ...reviewed,
      method: "ed25519",
      signature: { signatures: [{ keyid: "fd11".repeat(16) }] },
    }
    const { token: _token, ...unsigned } = reviewed
    const system = { ...unsigned, method: "system", decision: "withdraw" }
    const lines = storyText(
      [entry(1, "approval.reviewed", signed), entry(2, "approval.reviewed", system)],
      page,
    ).split("\n")
    expect(lines).toEqual([
      expect.stringMatching(/said approve \(signed with key (fd11){16}, not checked here\); now open$/),
      expect.stringMatching(/the system took back what hum_\w+2 had approved; now open$/),
    ])
  })

  test("no one's words pass for an entry, a status or a field beside them, and what is left out is counted", () => {
    const input = { to: "ana, amount 5", for: 'a" b', a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }
    const lines = storyText(
      [
        entry(1, "execution.paused", { because: "operator", reason: "ended, completed: all" }),
        entry(2, "approval.reviewed", { ...reviewed, note: 'no", too late to count; now "rejected' }),
        entry(3, "intent.received", { as: { contract: "a.b@1", input } }),
        entry(4, "approval.voided", { approvalId: id("apr", "1"), because: "policyChanged" }),
      ],
      page,
    ).split("\n")
    expect(lines).toEqual([
      expect.stringMatching(/ execution\.paused: operator, "ended, completed: all"$/),
      expect.stringMatching(/ "no\\", too late to count; now \\"rejected"; now open$/),
      expect.stringMatching(
        / asked for a\.b@1 to "ana, amount 5", for "a\\" b", a 1, b 2, c 3, d 4, and 2 more$/,
      ),
      expect.stringMatching(/ approval\.voided: policyChanged$/),
    ])
  })

  test("an entry without its payload shows its kind, and no text of a payload moves the cursor", () => {
    const text = storyText(
      [
        entry(1, "intent.received", undefined),
        entry(2, "intent.received", { as: { contract: "a\u001b[2J@1", input: { "k\u202e": "v\n\u0007" } } }),
        entry(3, "approval.reviewed", { ...reviewed, reason: "\u001b[31mno" }),
        entry(4, "approval.reviewed", { ...reviewed, decision: "\u001b[32mapprove", status: "open\r" }),
        entry(5, "policy.decided", { phase: "\u001b[1A", verdict: { core: { tier: "low\u009b2J" } } }),
        entry(6, "plan.\u001b[2J", {}),
      ],
      page,
    )
    expect(text.split("\n")).toHaveLength(6)
    expect(text.split("\n")[0]).toMatch(/intent\.received$/)
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  })
})
